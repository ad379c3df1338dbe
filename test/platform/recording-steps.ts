import { afterEach, beforeAll, beforeEach, expect, vi } from "vitest";
import { migrated } from "./desk-under-test.ts";
import { deskWorld } from "./desk-worker.ts";
import { answerCalls } from "./recording-peers.ts";
import { follow, MINUTE_MS, PRICE_MICROS, type RecordingUnderTest } from "./recording-under-test.ts";

/** Registers what every file with such recordings needs. Alarms are then an hour ahead of the runtime's clock: they ring when a test rings them. */
export function inRecordingsWorld(): void {
  beforeAll(migrated);
  beforeEach(() => {
    deskWorld.aheadMs = 60 * MINUTE_MS;
    deskWorld.losesHoldReplies = false;
    deskWorld.losesSettleReplies = false;
    answerCalls();
  });
  afterEach(() => void vi.restoreAllMocks());
}

export type Step = [name: string, take: (recording: RecordingUnderTest) => Promise<unknown>];

export const RESULT = '{"text":"hello"}';

/** The way of a recording when nothing goes wrong. */
export const STEPS: readonly Step[] = [
  ["it is started", ({ startMessage }) => follow(startMessage)],
  ["its alarm lists it and wakes up who sends the audio", ({ ring }) => ring()],
  ["the audio is sent and accepted", ({ take }) => follow(take("dispatch"))],
  ["its alarm lists it as in progress", ({ ring }) => ring()],
  ["it is called back", ({ callBack }) => callBack(RESULT)],
  ["its alarm wakes up who checks the result", ({ ring }) => ring()],
  ["the result is checked", ({ take }) => follow(take("check"))],
  ["its alarm settles, lists and relays", ({ ring }) => ring()],
];

/** Takes the first so many steps. */
export async function goTo(recording: RecordingUnderTest, steps: number): Promise<void> {
  for (const [, take] of STEPS.slice(0, steps)) await take(recording);
}

/** Where `goTo` has come to. */
export const STARTED = 1;
export const WOKEN = 2;
export const IN_PROGRESS = 4;
export const RECEIVED = 5;
export const CHECKING = 6;
export const SETTLING = 7;
export const ALL = STEPS.length;

/** One terminal state, one charge, one relay. */
export async function expectCompletedOnce(recording: RecordingUnderTest): Promise<void> {
  expect(await recording.phase()).toBe("completed");
  expect(await recording.seen()).toEqual({
    recorded: [{ status: "successful", code: null, price_micros: PRICE_MICROS }],
    results: ["completed"],
    payloads: 1,
    deadLetters: [],
    bodies: 1,
    spentMicros: PRICE_MICROS,
  });
  expect(recording.peers.relays.map(statusOf)).toEqual([["successful", null]]);
}

/** The same for what failed: nothing is charged, no payload is listed, no body is kept. */
export async function expectFailedOnce(recording: RecordingUnderTest, code: number): Promise<void> {
  expect(await recording.phase()).toBe("failed");
  expect(await recording.seen()).toMatchObject({ recorded: [{ status: "failed", code, price_micros: 0 }], results: ["failed"], payloads: 0, bodies: 0, spentMicros: 0 });
  expect(recording.peers.relays.map(statusOf)).toEqual([["failed", code]]);
}

/** Canceled: recorded at no price, and nobody is told. @param results what is listed: nothing once its recording is deleted. */
export async function expectCanceledOnce(recording: RecordingUnderTest, results: readonly string[] = ["canceled"]): Promise<void> {
  expect(await recording.phase()).toBe("canceled");
  expect(await recording.seen()).toMatchObject({ recorded: [{ status: "failed", code: null, price_micros: 0 }], results, payloads: 0, bodies: 0, spentMicros: 0 });
  expect(recording.peers.relays).toEqual([]);
}

function statusOf({ form }: { form: URLSearchParams }): [string, number | null] {
  const { results } = JSON.parse(form.get("AddOns") ?? "{}") as { results: Record<string, { status: string; code: number | null }> };
  const [item] = Object.values(results);
  return [item?.status ?? "", item?.code ?? null];
}

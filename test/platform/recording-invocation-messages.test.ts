import { assert, asyncProperty, array, constantFrom, record, boolean } from "fast-check";
import { describe, expect, test } from "vitest";
import { deskWorld } from "./desk-worker.ts";
import { CHECKING, expectCompletedOnce, expectFailedOnce, goTo, inRecordingsWorld, RESULT, STARTED, STEPS, WOKEN } from "./recording-steps.ts";
import { follow, MINUTE_MS, SECOND_MS, openRecording, type RecordingUnderTest, type WakeUp } from "./recording-under-test.ts";

inRecordingsWorld();

describe("a wake-up", () => {
  test("to start that comes twice, one after the other and at once, starts it once", async () => {
    const recording = await openRecording();
    expect(await follow(recording.startMessage, recording.startMessage)).toEqual({ acks: 2, retries: 0 });
    expect(await follow(recording.startMessage)).toEqual({ acks: 1, retries: 0 });
    await recording.ring();
    expect(recording.waiting("dispatch")).toBe(1);
  });

  test("to send that comes twice at once, and again later, sends the audio once", async () => {
    const recording = await openRecording();
    await goTo(recording, WOKEN);
    const wakeUp = recording.take("dispatch");
    expect(await follow(wakeUp, wakeUp)).toEqual({ acks: 2, retries: 0 });
    await follow(wakeUp);
    expect(recording.peers.audio).toHaveLength(1);
    expect(await recording.phase()).toBe("in_progress");
  });

  test("to check that comes twice at once, and again after the end, is one charge and one relay", async () => {
    const recording = await openRecording();
    await goTo(recording, CHECKING);
    const wakeUp = recording.take("check");
    expect(await follow(wakeUp, wakeUp)).toEqual({ acks: 2, retries: 0 });
    await recording.ring();
    expect(await follow(wakeUp)).toEqual({ acks: 1, retries: 0 });
    await recording.ring();
    await expectCompletedOnce(recording);
  });

  test("of before that comes after everything changes nothing, in any order", async () => {
    const recording = await openRecording();
    const dispatch: WakeUp = { v: 1, kind: "dispatch", xr: recording.xr };
    const check: WakeUp = { v: 1, kind: "check", xr: recording.xr };
    expect(await follow(check, dispatch)).toEqual({ acks: 2, retries: 0 });
    await goTo(recording, STARTED);
    expect(await follow(check)).toEqual({ acks: 1, retries: 0 });
    for (const [, take] of STEPS.slice(STARTED)) await take(recording);
    await follow(check, recording.startMessage, dispatch);
    await recording.ring();
    await expectCompletedOnce(recording);
  });

  test.each([
    ["to send", "dispatch", WOKEN],
    ["to check", "check", CHECKING],
  ] as const)("%s that is lost is repeated a minute later, as often as it is lost", async (_name, kind, steps) => {
    const recording = await openRecording();
    await goTo(recording, steps);
    for (let times = 0; times < 3; times++) {
      recording.take(kind);
      expect(recording.waiting(kind)).toBe(0);
      const beforeMs = deskWorld.aheadMs;
      await recording.ringAtDue();
      expect(deskWorld.aheadMs - beforeMs).toBeLessThanOrEqual(MINUTE_MS);
    }
    await follow(recording.take(kind));
    if (kind === "dispatch") {
      await recording.ring();
      await recording.callBack(RESULT);
      await recording.ring();
      await follow(recording.take("check"));
    }
    await recording.ring();
    await expectCompletedOnce(recording);
  });

  test("whose sender dies on the way is made good a minute after its time is over: the audio goes out again, after the delay of the schedule", async () => {
    const recording = await openRecording();
    await goTo(recording, WOKEN);
    const wakeUp = recording.take("dispatch");
    expect((await recording.invocation.beginDispatch()).kind).toBe("go");
    expect(await follow(wakeUp)).toEqual({ acks: 1, retries: 0 });
    expect(recording.peers.audio).toEqual([]);
    const beforeMs = deskWorld.aheadMs;
    await recording.ringAtDue();
    // Ours: 30 s to answer, and a minute.
    expect(Math.round((deskWorld.aheadMs - beforeMs) / SECOND_MS)).toBe(90);
    expect(recording.waiting("dispatch")).toBe(0);
    const interruptedMs = deskWorld.aheadMs;
    await recording.ringAtDue();
    expect(Math.round((deskWorld.aheadMs - interruptedMs) / SECOND_MS)).toBe(5);
    await follow(recording.take("dispatch"));
    expect(await recording.phase()).toBe("in_progress");
    // What the dead one would have said comes after all.
    await recording.invocation.dispatched({ number: 1, result: { kind: "unavailable", failure: { kind: "server_error", detail: "late" } }, isSent: true, status: 500, refusalBytes: null });
    expect(await recording.phase()).toBe("in_progress");
  });

  test("that nobody knows is put back, and leaves the others alone", async () => {
    const recording = await openRecording();
    const unknown = { v: 2, kind: "start", recording: recording.recordingSid } as unknown as WakeUp;
    expect(await follow(unknown, recording.startMessage)).toEqual({ acks: 1, retries: 1 });
    expect(await recording.phase()).toBe("queued");
  });
});

const ACTIONS = ["start", "dispatch", "check", "again", "lose", "ring", "due", "call back", "call back otherwise", "evict"] as const;

/** Does one thing that can happen, if it can happen now. */
async function act(recording: RecordingUnderTest, action: (typeof ACTIONS)[number], taken: WakeUp[]): Promise<void> {
  const kind = action === "lose" ? (recording.waiting("dispatch") > 0 ? "dispatch" : "check") : action;
  switch (action) {
    case "start":
      return void (await follow(recording.startMessage));
    case "again":
      return void (taken.length > 0 && (await follow(...taken)));
    case "ring":
      return void (await recording.ring());
    case "due":
      return void ((await recording.hasAlarm()) && (await recording.ringAtDue()));
    case "call back":
    case "call back otherwise":
      if (recording.peers.audio.length > 0) await recording.callBack(action === "call back" ? RESULT : '{"text":"other"}');
      return;
    case "evict":
      return recording.evict();
    default:
      if ((kind !== "dispatch" && kind !== "check") || recording.waiting(kind) === 0) return;
      taken.push(recording.take(kind));
      if (action !== "lose") await follow(taken.at(-1) as WakeUp);
  }
}

/** Everything that is due, until it has ended. */
async function drain(recording: RecordingUnderTest): Promise<void> {
  await follow(recording.startMessage);
  for (let turns = 0; turns < 40; turns++) {
    if (["completed", "failed"].includes((await recording.phase()) ?? "")) return void (await recording.ring());
    for (const kind of ["dispatch", "check"] as const) while (recording.waiting(kind) > 0) await follow(recording.take(kind));
    await recording.ringAtDue(1);
  }
  throw new Error("it does not end");
}

test("whatever comes twice, late, in any order or never: one terminal state, one charge, one relay", async () => {
  const ends = new Set<string>();
  const step = record({ action: constantFrom(...ACTIONS), isBusy: boolean(), losesReply: boolean() });
  await assert(
    asyncProperty(array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      const recording = await openRecording();
      const taken: WakeUp[] = [];
      for (const { action, isBusy, losesReply } of steps) {
        recording.peers.publisher = () => new Response(null, { status: isBusy ? 503 : 202 });
        deskWorld.losesSettleReplies = losesReply;
        await act(recording, action, taken);
      }
      deskWorld.losesSettleReplies = false;
      recording.peers.publisher = () => new Response(null, { status: 202 });
      await drain(recording);
      await act(recording, "again", taken);
      await act(recording, "start", taken);
      const phase = await recording.phase();
      ends.add(phase ?? "");
      if (phase === "completed") await expectCompletedOnce(recording);
      else await expectFailedOnce(recording, 61001);
    }),
    { numRuns: 40, seed: 4 },
  );
  // Both ends were seen, or it would say little.
  expect([...ends].toSorted()).toEqual(["completed", "failed"]);
}, 120_000);

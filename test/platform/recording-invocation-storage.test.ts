import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { audioKey } from "../../src/domain/recording/keys.ts";
import { rows } from "./desk-under-test.ts";
import { deskWorld } from "./desk-worker.ts";
import { expectFailedOnce, goTo, inRecordingsWorld, WOKEN } from "./recording-steps.ts";
import { follow, gateway, openRecording, SECOND_MS, type RecordingUnderTest } from "./recording-under-test.ts";

inRecordingsWorld();

/** As often as the schedule has it. */
async function attemptAll(recording: RecordingUnderTest): Promise<void> {
  for (let attempt = 1; attempt <= 6; attempt++) {
    if (attempt > 1) await recording.ringAtDue();
    await follow(recording.take("dispatch"));
  }
  await recording.ring();
}

const attemptsOf = async ({ xr, desk }: RecordingUnderTest): Promise<unknown> => {
  await desk.flush();
  const [row] = await rows<{ details: string }>("SELECT details FROM invocations WHERE sid = ?", xr);
  return JSON.parse(row?.details ?? "{}").attempts;
};

/** Some bytes of the audio, and then nothing but an error. */
const brokenOff = (): ReadableStream =>
  new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array(100)),
    pull: (controller) => controller.error(new Error("storage is gone")),
  });

const get = env.RECORDINGS.get.bind(env.RECORDINGS);

/** What is stored is read as this. */
async function withBody(key: string, body: ReadableStream): Promise<R2ObjectBody> {
  const object = await get(key);
  if (object === null) throw new Error(`${key} is not stored`);
  await object.body.cancel();
  return new Proxy(object, { get: (target, name: keyof R2ObjectBody) => (name === "body" ? body : target[name]) });
}

function breakOff(key: string): void {
  vi.spyOn(gateway.recordings, "get").mockImplementation(async () => withBody(key, brokenOff()));
  vi.spyOn(gateway.recordings, "head").mockRejectedValue(new Error("storage is gone"));
}

/** Each way in which our own storage fails. */
const FAILURES: [name: string, fail: (key: string) => unknown][] = [
  ["does not answer", () => vi.spyOn(gateway.recordings, "get").mockRejectedValue(new Error("storage is gone"))],
  ["breaks off in the middle and then does not answer", breakOff],
];

describe("audio that our own storage does not hand out", () => {
  test.each(FAILURES)("since it %s is asked for again after 5 s", async (_name, fail) => {
    vi.spyOn(console, "log").mockReturnValue(undefined);
    const recording = await openRecording();
    await goTo(recording, WOKEN);
    await fail(audioKey(recording.accountSid, recording.recordingSid));
    const beforeMs = deskWorld.aheadMs;
    expect(await follow(recording.take("dispatch"))).toEqual({ acks: 1, retries: 0 });
    expect([await recording.phase(), recording.peers.audio]).toEqual(["queued", []]);
    await recording.ringAtDue();
    expect(Math.round((deskWorld.aheadMs - beforeMs) / SECOND_MS)).toBe(5);
    expect(recording.waiting("dispatch")).toBe(1);
  });

  test.each(FAILURES)("since it %s, each time, is our failure: no attempt is held against the publisher", async (_name, fail) => {
    vi.spyOn(console, "log").mockReturnValue(undefined);
    const recording = await openRecording();
    await goTo(recording, WOKEN);
    await fail(audioKey(recording.accountSid, recording.recordingSid));
    await attemptAll(recording);
    await expectFailedOnce(recording, 61000);
    expect([(await recording.invocation.inspect())?.outcome?.failure?.kind, await attemptsOf(recording)]).toEqual(["internal", []]);
  });
});

test("a publisher that closes the connection, each time, has failed itself", async () => {
  const recording = await openRecording();
  recording.peers.publisher = () => {
    throw new Error("connection closed");
  };
  await goTo(recording, WOKEN);
  await attemptAll(recording);
  expect((await recording.invocation.inspect())?.outcome?.failure?.kind).toBe("connection_failed");
  expect(await attemptsOf(recording)).toHaveLength(6);
});

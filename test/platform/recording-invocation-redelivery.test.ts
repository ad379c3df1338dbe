import { describe, expect, test } from "vitest";
import { now } from "./desk-under-test.ts";
import { ALL, goTo, inRecordingsWorld } from "./recording-steps.ts";
import { MINUTE_MS, openRecording } from "./recording-under-test.ts";

inRecordingsWorld();

const answering = (status: number) => (): Response => new Response(null, { status });

describe("a result that is to be sent again", () => {
  test("is pending until it is sent", async () => {
    const recording = await openRecording();
    recording.peers.developer = answering(410);
    await goTo(recording, ALL);
    expect((await recording.relay())?.status).toBe("stopped");
    expect(await recording.invocation.redeliver()).toBe(true);
    expect((await recording.relay())?.status).toBe("pending");
    recording.peers.developer = answering(200);
    await recording.ring();
    expect((await recording.relay())?.status).toBe("delivered");
  });

  test("while an attempt is failing is sent at once, once, and then when its next attempt is due", async () => {
    const recording = await openRecording();
    recording.peers.developer = async () => {
      if (recording.peers.relays.length === 1) await recording.invocation.redeliver();
      return answering(500)();
    };
    await goTo(recording, ALL);
    const { attempts, nextAtMs } = (await recording.relay()) ?? {};
    expect([recording.peers.relays.length, attempts?.length]).toEqual([2, 2]);
    expect(Math.round(((nextAtMs ?? 0) - now()) / MINUTE_MS)).toBe(5);
  });
});

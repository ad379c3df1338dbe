import { describe, expect, test } from "vitest";
import { deskWorld } from "./desk-worker.ts";
import { ALL, expectCompletedOnce, goTo, inRecordingsWorld, SETTLING } from "./recording-steps.ts";
import { MINUTE_MS, openRecording, SECOND_MS, setAccountStatus } from "./recording-under-test.ts";

inRecordingsWorld();

const HOUR_MS = 60 * MINUTE_MS;
const answering = (status: number) => (): Response => new Response(null, { status });

describe("a relay", () => {
  test("that fails is tried after 5 s, 5 and 30 minutes, 2, 5, 10, 14, 20 and 24 hours, over evictions; then it is a dead letter, which can be sent again", async () => {
    const recording = await openRecording();
    recording.peers.developer = answering(500);
    await goTo(recording, ALL);
    const delaysMs: number[] = [];
    for (let attempt = 2; attempt <= 10; attempt++) {
      await recording.evict();
      const beforeMs = deskWorld.aheadMs;
      await recording.ringAtDue();
      delaysMs.push(Math.round((deskWorld.aheadMs - beforeMs) / SECOND_MS) * SECOND_MS);
    }
    expect(delaysMs).toEqual([5 * SECOND_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR_MS)]);
    expect(recording.peers.relays).toHaveLength(10);
    expect(await recording.relay()).toMatchObject({ status: "dead", nextAtMs: null, attempts: Array.from({ length: 10 }, (_, index) => ({ number: index + 1, status: 500 })) });
    expect((await recording.seen()).deadLetters).toEqual([{ attempts: 10, last_status: 500, last_detail: "It answered with status 500." }]);

    expect(await recording.invocation.redeliver()).toBe(true);
    await recording.ring();
    expect((await recording.relay())?.status).toBe("dead");
    expect((await recording.seen()).deadLetters).toEqual([{ attempts: 11, last_status: 500, last_detail: "It answered with status 500." }]);

    recording.peers.developer = answering(204);
    expect(await recording.invocation.redeliver()).toBe(true);
    await recording.ring();
    expect(await recording.relay()).toMatchObject({ status: "delivered", nextAtMs: null });
    // Each is the same, so that a developer can tell a repetition.
    expect(new Set(recording.peers.relays.map(({ form }) => String(form))).size).toBe(1);
    expect(await recording.seen()).toMatchObject({ recorded: [{ status: "successful" }], results: ["completed"] });
  });

  test("that comes through is not sent again, however often the alarm rings", async () => {
    const recording = await openRecording();
    recording.peers.developer = () => answering(recording.peers.relays.length < 3 ? 503 : 200)();
    await goTo(recording, ALL);
    await recording.ringAtDue();
    await recording.ringAtDue();
    for (let times = 0; times < 3; times++) await recording.ring();
    expect(recording.peers.relays).toHaveLength(3);
    expect((await recording.relay())?.status).toBe("delivered");
    expect((await recording.seen()).deadLetters).toEqual([]);
  });

  test("that is told 410 is over", async () => {
    const recording = await openRecording();
    recording.peers.developer = answering(410);
    await goTo(recording, ALL);
    expect(await recording.relay()).toMatchObject({ status: "stopped", nextAtMs: null, attempts: [{ status: 410 }] });
    expect((await recording.seen()).deadLetters).toEqual([]);
  });

  test("has its next time stored before anything is sent", async () => {
    const recording = await openRecording();
    let nextInMs = 0;
    recording.peers.developer = async () => {
      nextInMs = ((await recording.relay())?.nextAtMs ?? 0) - Date.now() - deskWorld.aheadMs;
      return new Response("ok");
    };
    await goTo(recording, ALL);
    expect(Math.round(nextInMs / SECOND_MS)).toBe(60);
    await expectCompletedOnce(recording);
  });

  test("that is asked for while it is being sent is sent once more", async () => {
    const recording = await openRecording();
    recording.peers.developer = async () => {
      if (recording.peers.relays.length === 1) await recording.invocation.redeliver();
      return new Response("ok");
    };
    await goTo(recording, ALL);
    await recording.ring();
    expect(recording.peers.relays).toHaveLength(2);
    expect(await recording.relay()).toMatchObject({ status: "delivered", nextAtMs: null });
  });

  test("whose developer cannot be reached is told of as such, and never by what it said", async () => {
    const recording = await openRecording();
    recording.peers.developer = () => {
      throw new Error("connect ECONNREFUSED 10.0.0.1:443");
    };
    await goTo(recording, ALL);
    expect((await recording.relay())?.attempts).toEqual([{ number: 1, atMs: expect.any(Number), status: null, detail: "It could not be reached: the connection failed." }]);
  });

  test("of an account that is suspended waits, and goes out when it is active again", async () => {
    const recording = await openRecording();
    await goTo(recording, SETTLING);
    await setAccountStatus(recording.accountSid, "suspended");
    await recording.ring();
    expect(recording.peers.relays).toEqual([]);
    expect((await recording.relay())?.attempts).toMatchObject([{ status: null, detail: "The account is not active." }]);
    await setAccountStatus(recording.accountSid, "active");
    await recording.ringAtDue();
    await expectCompletedOnce(recording);
  });

  test("is none where the configuration names no URL", async () => {
    const recording = await openRecording({ relayUrl: null });
    await goTo(recording, ALL);
    await recording.ring();
    expect(await recording.relay()).toEqual({ status: "none", attempts: [], nextAtMs: null });
    expect(await recording.invocation.redeliver()).toBe(false);
    expect(recording.peers.relays).toEqual([]);
  });

  test("before the end is not to be had", async () => {
    const recording = await openRecording();
    await goTo(recording, SETTLING);
    expect(await recording.invocation.redeliver()).toBe(false);
  });
});

import { describe, expect, test } from "vitest";
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { invocationOf } from "../../src/platform/recording-invocation.ts";
import { deskWorld } from "./desk-worker.ts";
import { expectCompletedOnce, expectFailedOnce, inRecordingsWorld, RESULT, STEPS, WOKEN, goTo } from "./recording-steps.ts";
import { DAY_MS, follow, openRecording, sidOf } from "./recording-under-test.ts";

inRecordingsWorld();

describe("a recording's invocation ends once, with one charge and one relay", () => {
  test("when nothing goes wrong", async () => {
    const recording = await openRecording();
    for (const [, take] of STEPS) await take(recording);
    await expectCompletedOnce(recording);
  });

  test.each(STEPS.map(([name], index) => [name, index] as const))("when its object is evicted just before %s", async (_name, before) => {
    const recording = await openRecording();
    for (const [index, [, take]] of STEPS.entries()) {
      if (index === before) await recording.evict();
      await take(recording);
    }
    await expectCompletedOnce(recording);
  });

  test("when its object is evicted between every two steps, and its alarm rings again after each", async () => {
    const recording = await openRecording();
    for (const [, take] of STEPS) {
      await recording.evict();
      await take(recording);
      await recording.evict();
      await recording.ring();
    }
    await expectCompletedOnce(recording);
  });
});

test("who sends the audio gets it whole from storage, each time", async () => {
  const recording = await openRecording();
  recording.peers.publisher = () => new Response(null, { status: recording.peers.audio.length === 1 ? 503 : 204 });
  await goTo(recording, WOKEN);
  await follow(recording.take("dispatch"));
  await recording.ringAtDue();
  await follow(recording.take("dispatch"));
  expect(recording.peers.audio.map(({ method, body, headers }) => [method, new TextDecoder().decode(body), headers.get("Content-Type")])).toEqual(
    Array.from({ length: 2 }, () => ["POST", "sound".repeat(200), "audio/mpeg"]),
  );
  // The same URL, since a callback of the first attempt counts as well.
  expect(new Set(recording.peers.audio.map(({ callbackUrl }) => callbackUrl)).size).toBe(1);
});

test("audio that the publisher never takes fails after the last attempt, uncharged", async () => {
  const recording = await openRecording();
  recording.peers.publisher = () => new Response(null, { status: 500 });
  await goTo(recording, WOKEN);
  const beganAtMs = deskWorld.aheadMs;
  for (let attempt = 1; attempt <= 6; attempt++) {
    if (attempt > 1) await recording.ringAtDue();
    await follow(recording.take("dispatch"));
  }
  await recording.ring();
  expect(recording.peers.audio).toHaveLength(6);
  // 5 s, 30 s, 2, 10 and 30 minutes.
  expect(Math.round((deskWorld.aheadMs - beganAtMs) / 1_000)).toBe(5 + 30 + 120 + 600 + 1_800);
  await expectFailedOnce(recording, 61002);
});

test("a refusal is kept as a payload that is listed, and costs nothing", async () => {
  const recording = await openRecording();
  recording.peers.publisher = () => Response.json({ reason: "too quiet" });
  await goTo(recording, 3);
  await recording.ring();
  expect(await recording.phase()).toBe("failed");
  expect(await recording.seen()).toMatchObject({ recorded: [{ status: "failed", code: 61002, price_micros: 0 }], results: ["failed"], payloads: 1, bodies: 1, spentMicros: 0 });
  expect(await (await env.RECORDINGS.get(`callbacks/${recording.xr}/refusal-1`))?.json()).toEqual({ reason: "too quiet" });
});

test("after 30 days nothing is left of it, in its object, in R2 or in D1; what it cost stays recorded", async () => {
  const recording = await openRecording();
  for (const [, take] of STEPS) await take(recording);
  deskWorld.aheadMs += 30 * DAY_MS;
  await recording.ring();
  expect(await recording.invocation.inspect()).toBeNull();
  expect([await recording.tables(), await recording.hasAlarm()]).toEqual([[], false]);
  expect(await recording.seen()).toMatchObject({ recorded: [{ status: "successful" }], results: [], payloads: 0, bodies: 0 });
  expect(await recording.callBack(RESULT)).toBe("not_found");
});

test("an object that somebody asks for by a made-up name keeps nothing, whatever it is asked", async () => {
  const xr = sidOf("XR");
  const invocation = invocationOf(env.RECORDING_INVOCATION, xr);
  expect(await invocation.openCallback("0".repeat(64), sidOf("AC"))).toEqual({ kind: "not_found" });
  expect(await invocation.receive({ attempt: "a", md5: "m", sizeBytes: 2 }, Date.now())).toEqual({ kind: "gone" });
  expect([await invocation.beginDispatch(), await invocation.beginCheck()]).toEqual([{ kind: "stop" }, { kind: "stop" }]);
  expect([await invocation.inspect(), await invocation.redeliver()]).toEqual([null, false]);
  await invocation.dispatched({ number: 1, result: { kind: "accepted" }, isSent: true, status: 202, refusalBytes: null });
  await invocation.checked(null, 1);
  await invocation.cancel();
  await invocation.forget();
  const kept = await runInDurableObject(env.RECORDING_INVOCATION.getByName(xr), async (_object, { storage }) => [
    storage.sql.exec("SELECT name FROM sqlite_master").toArray(),
    await storage.getAlarm(),
  ]);
  expect(kept).toEqual([[], null]);
});

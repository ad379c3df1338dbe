import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SqlDeskStore } from "../../src/objects/desk-store.ts";
import { eventOf } from "../support/invocation-records.ts";
import { freshXr, migrated, now, openDesk } from "./desk-under-test.ts";
import { deskWorld } from "./desk-worker.ts";

beforeAll(migrated);
beforeEach(() => {
  deskWorld.aheadMs = 0;
});

const ANSWER = Uint8Array.from([1, 2, 254, 255, 0]);
const request = { key: "k", print: "p", seed: "s1" };

const settleKeyed = (desk: ReturnType<typeof openDesk>, seed: string, xr: string, answer = ANSWER) =>
  desk.settle({ begunAtMs: now(), events: [eventOf({ request_sid: xr, price_micros: 0 })], keyed: { key: "k", seed, answer } });

describe("an idempotency key", () => {
  test("runs the first request, and answers the second with the first one's bytes, also after an eviction", async () => {
    const desk = openDesk();
    expect(await desk.begin(request)).toEqual({ kind: "run", seed: "s1" });
    expect(await settleKeyed(desk, "s1", freshXr())).toMatchObject({ kind: "ok" });
    expect(await desk.begin({ ...request, seed: "s2" })).toEqual({ kind: "replay", answer: ANSWER });
    await desk.evict();
    expect(await desk.begin({ ...request, seed: "s3" })).toEqual({ kind: "replay", answer: ANSWER });
    expect(await settleKeyed(desk, "s1", freshXr(), Uint8Array.from([9]))).toEqual({ kind: "replay", answer: ANSWER });
    expect(await desk.balance()).toMatchObject({ events: 1 });
  });

  test("lets a second request wait for the first one's answer", async () => {
    const desk = openDesk();
    await desk.begin(request);
    const second = desk.begin({ ...request, seed: "s2" });
    const third = desk.begin({ ...request, seed: "s3" });
    await settleKeyed(desk, "s1", freshXr());
    expect(await Promise.all([second, third])).toEqual([
      { kind: "replay", answer: ANSWER },
      { kind: "replay", answer: ANSWER },
    ]);
  });

  test("is a conflict with another request", async () => {
    const desk = openDesk();
    await desk.begin(request);
    expect(await desk.begin({ ...request, print: "other", seed: "s2" })).toEqual({ kind: "conflict" });
  });

  test("is free again 30 s after a run that died, for a run with the same seed", async () => {
    const desk = openDesk();
    await desk.begin(request);
    deskWorld.aheadMs = 30_001;
    await desk.evict();
    expect(await desk.begin({ ...request, seed: "s2" })).toEqual({ kind: "run", seed: "s1" });
  });

  test("is answered a repeated begin of the same run as the first time", async () => {
    const desk = openDesk();
    await desk.begin(request);
    expect(await desk.begin(request)).toEqual({ kind: "run", seed: "s1" });
  });

  test("is forgotten after a day, answer and all", async () => {
    const desk = openDesk();
    await desk.begin(request);
    await settleKeyed(desk, "s1", freshXr());
    await desk.flush();
    deskWorld.aheadMs = 24 * 3_600_000 + 1_000;
    await desk.runAlarm();
    expect(await desk.count("claims")).toBe(0);
    expect(await desk.begin({ ...request, seed: "s2" })).toEqual({ kind: "run", seed: "s2" });
    expect(await settleKeyed(desk, "s1", freshXr())).toMatchObject({ kind: "gone" });
  });

  test("that was never settled also ends by the alarm", async () => {
    const desk = openDesk();
    await desk.begin(request);
    expect(await desk.alarmInMs()).toBeGreaterThan(23 * 3_600_000);
    deskWorld.aheadMs = 24 * 3_600_000 + 1_000;
    await desk.runAlarm();
    expect(await desk.count("claims")).toBe(0);
    expect(await desk.alarmInMs()).toBe(Infinity);
  });

  test("whose answer was forgotten at its owner's wish stays used, so that nothing is charged again", async () => {
    const desk = openDesk();
    await desk.begin(request);
    await settleKeyed(desk, "s1", freshXr());
    await desk.forgetAnswer("k");
    await desk.forgetAnswer("never seen");
    expect(await desk.begin({ ...request, seed: "s2" })).toEqual({ kind: "conflict" });
  });
});

test("an answer over 1 MiB is refused by a reply, which its caller need not ask for again; one of 1 MiB is kept", async () => {
  const desk = openDesk();
  await desk.begin(request);
  const largest = new Uint8Array(1024 * 1024).fill(7);
  expect(await settleKeyed(desk, "s1", freshXr(), new Uint8Array(largest.length + 1))).toEqual({ kind: "unsound", problem: "the answer is larger than 1048576 bytes" });
  expect(await desk.voidAll({ begunAtMs: now(), events: Array.from({ length: 101 }, () => eventOf()) })).toEqual({ kind: "unsound", problem: "101 events are more than 100" });
  expect(await settleKeyed(desk, "s1", freshXr(), largest)).toMatchObject({ kind: "ok" });
  expect(await desk.begin({ ...request, seed: "s2" })).toEqual({ kind: "replay", answer: largest });
});

test("the room that claims take is the same as kept and as counted anew, and is free again when their day is over", async () => {
  const claim = { key: "k", print: "p", seed: "s", holder: "s", claimedAtMs: 0, expiresAtMs: 1_000, progress: null, answer: null };
  const answer = new Uint8Array(5_000);
  const bytes = await openDesk().withSql((sql) => {
    const store = new SqlDeskStore(sql, 0);
    const counts: [kept: number, anew: number][] = [];
    const count = () => void counts.push([store.claimsBytes(), new SqlDeskStore(sql, 0).claimsBytes()]);
    count();
    store.keepClaim(claim);
    store.keepClaim({ ...claim, key: "other", expiresAtMs: 9_000 });
    count();
    store.keepProgress("k", new Uint8Array(700));
    store.keepAnswer("k", answer);
    count();
    store.keepProgress("other", new Uint8Array(300));
    store.keepClaim({ ...claim, key: "other", expiresAtMs: 9_000 });
    store.keepClaim({ ...claim, answer: new Uint8Array(0) });
    count();
    store.keepAnswer("k", answer);
    store.expireClaims(1_000);
    count();
    return counts;
  });
  for (const [kept, anew] of bytes) expect(kept).toBe(anew);
  const [none = 0, two = 0, answered = 0, forgotten = 0, one = 0] = bytes.map(([kept]) => kept);
  expect([none, answered - two, forgotten, 2 * one]).toEqual([0, 5_000, two, two]);
});

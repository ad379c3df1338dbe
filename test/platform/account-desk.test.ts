import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eventOf } from "../support/invocation-records.ts";
import { freshXr, migrated, now, openDesk, rows } from "./desk-under-test.ts";
import { deskWorld } from "./desk-worker.ts";

beforeAll(migrated);
beforeEach(() => {
  deskWorld.aheadMs = 0;
});

describe("many callers at once", () => {
  test("are each recorded once, in far fewer commits than there are callers", async () => {
    const desk = openDesk();
    await desk.grantMicros(1_000_000);
    const replies = await Promise.all(Array.from({ length: 300 }, () => desk.settleOne(freshXr())));
    expect(new Set(replies.map(({ kind }) => kind))).toEqual(new Set(["ok"]));
    expect(await desk.balance()).toEqual({ events: 300, grantedMicros: 1_000_000, spentMicros: 30_000, heldMicros: 0, leftMicros: 970_000 });
    expect(await desk.count("segments")).toBeLessThan(100);
  });

  test("never spend more than the credit, and spend all that fits", async () => {
    const desk = openDesk();
    await desk.grantMicros(2_050);
    const replies = await Promise.all(Array.from({ length: 50 }, () => desk.settleOne(freshXr())));
    expect(replies.filter(({ kind }) => kind === "ok")).toHaveLength(20);
    expect(replies.filter(({ kind }) => kind === "refused")).toHaveLength(30);
    expect((await desk.balance()).leftMicros).toBe(50);
  });

  test("are not disturbed by one whose message is malformed", async () => {
    const desk = openDesk();
    await desk.grantMicros(1_000);
    const twice = freshXr();
    const [malformed, sound] = await Promise.all([
      desk.settle({ begunAtMs: now(), events: [twice, twice].map((xr) => ({ xr, priceMicros: 1, record: "{}" })) }),
      desk.settleOne(freshXr()),
    ]);
    expect(malformed).toEqual({ kind: "unsound", problem: "a request SID occurs twice" });
    expect(sound).toMatchObject({ kind: "ok" });
    expect((await desk.balance()).events).toBe(1);
  });
});

describe("a desk that was evicted", () => {
  test("recognises a repeated settlement, before and after D1 has it", async () => {
    const desk = openDesk();
    await desk.grantMicros(1_000);
    const xr = freshXr();
    await desk.settleOne(xr);
    await desk.evict();
    expect(await desk.settleOne(xr)).toEqual({ kind: "ok", leftMicros: 900 });
    await desk.flush();
    await desk.evict();
    expect(await desk.settleOne(xr)).toEqual({ kind: "ok", leftMicros: 900 });
    expect(await desk.settleOne(xr, { price_micros: 0 })).toEqual({ kind: "differs", recorded: [{ xr, priceMicros: 100 }] });
    expect((await desk.balance()).events).toBe(1);
  });

  test("still holds what recordings may cost, and what its installs have spent today", async () => {
    const desk = openDesk();
    await desk.grantMicros(1_000);
    const cap = { installSid: "XE1", limitMicros: 250 };
    await desk.hold({ xr: freshXr(), micros: 700, cap: { installSid: "XE2", limitMicros: 1_000 } });
    const settleCapped = () => desk.settle({ begunAtMs: now(), events: [{ ...eventOf({ account_sid: desk.accountSid, request_sid: freshXr() }), cap }] });
    await settleCapped();
    await desk.evict();
    expect(await desk.balance()).toMatchObject({ heldMicros: 700, leftMicros: 200 });
    expect(await settleCapped()).toMatchObject({ kind: "ok", leftMicros: 100 });
    expect(await settleCapped()).toMatchObject({ kind: "refused", cappedXrs: [expect.any(String)] });
    expect(await desk.hold({ xr: freshXr(), micros: 101 })).toEqual({ kind: "refused", for: "credit" });
  });

  test("never spends more than an install's daily cap with many callers at once, and still knows it", async () => {
    const desk = openDesk();
    await desk.grantMicros(1_000_000);
    const cap = { installSid: "XE1", limitMicros: 550 };
    const settleCapped = () => desk.settle({ begunAtMs: now(), events: [{ ...eventOf({ account_sid: desk.accountSid, request_sid: freshXr() }), cap }] });
    const replies = await Promise.all(Array.from({ length: 64 }, settleCapped));
    expect(replies.filter(({ kind }) => kind === "ok")).toHaveLength(5);
    expect(replies.filter(({ kind }) => kind === "refused")).toHaveLength(59);
    await desk.evict();
    expect(await settleCapped()).toMatchObject({ kind: "refused" });
    expect((await desk.balance()).spentMicros).toBe(500);
    // The next day begins anew.
    deskWorld.aheadMs += 24 * 3_600_000;
    expect((await Promise.all(Array.from({ length: 64 }, settleCapped))).filter(({ kind }) => kind === "ok")).toHaveLength(5);
  });

  test("tells of low credit once, and still does", async () => {
    const desk = openDesk();
    await desk.grantMicros(1_000);
    await desk.settleOne(freshXr(), { price_micros: 850 });
    await desk.evict();
    await desk.settleOne(freshXr(), { price_micros: 110 });
    await desk.evict();
    await desk.settleOne(freshXr(), { price_micros: 1 });
    await desk.flush();
    const told = await rows<{ alert_text: string }>("SELECT alert_text FROM alerts WHERE account_sid = ? ORDER BY created_at", desk.accountSid);
    expect(told.map(({ alert_text }) => alert_text.slice(0, 12))).toEqual(["At most 20 %", "At most 5 % "]);
  });

  test("keeps its voids, of what was charged and of what never came", async () => {
    const desk = openDesk();
    await desk.grantMicros(1_000);
    const [charged, unknown] = [freshXr(), freshXr()];
    await desk.settleOne(charged);
    expect(await desk.voidOne(charged)).toEqual({ kind: "ok", leftMicros: 1_000 });
    expect(await desk.voidOne(unknown)).toEqual({ kind: "ok", leftMicros: 1_000 });
    await desk.evict();
    expect(await desk.settleOne(charged)).toEqual({ kind: "gone", xrs: [charged] });
    expect(await desk.settleOne(unknown)).toEqual({ kind: "gone", xrs: [unknown] });
    expect(await desk.voidOne(charged)).toEqual({ kind: "ok", leftMicros: 1_000 });
    expect(await desk.balance()).toMatchObject({ events: 2, spentMicros: 0 });
  });

  test("gives a credit once for its key", async () => {
    const desk = openDesk();
    const first = await desk.grantMicros(500, "k");
    await desk.evict();
    expect(first).toMatchObject({ kind: "granted", replayed: false });
    expect(await desk.grantMicros(500, "k")).toEqual({ ...first, replayed: true });
    expect(await desk.grantMicros(600, "k")).toEqual({ kind: "conflict" });
    expect((await desk.balance()).grantedMicros).toBe(500);
  });
});

test("what was settled a minute ago is forgotten, and a message from then changes nothing", async () => {
  const desk = openDesk();
  await desk.grantMicros(1_000);
  const [xr, begunAtMs] = [freshXr(), now()];
  await desk.settleOne(xr, {}, begunAtMs);
  await desk.flush();
  deskWorld.aheadMs = 61_000;
  await desk.runAlarm();
  expect(await desk.count("flushed")).toBe(0);
  expect(await desk.settleOne(xr, {}, begunAtMs)).toEqual({ kind: "gone", xrs: [xr] });
  await desk.evict();
  expect(await desk.balance()).toEqual({ events: 1, grantedMicros: 1_000, spentMicros: 100, heldMicros: 0, leftMicros: 900 });
});

test("a commit that fails is heard by its callers, and leaves neither charge nor memory of it", async () => {
  const desk = openDesk();
  await desk.grantMicros(1_000);
  await desk.exec("CREATE TRIGGER full BEFORE INSERT ON segments BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  const xrs = [freshXr(), freshXr(), freshXr()];
  const replies = await Promise.allSettled(xrs.map((xr) => desk.settleOne(xr)));
  expect(replies.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  await desk.exec("DROP TRIGGER full");
  expect(await desk.balance()).toMatchObject({ events: 0, spentMicros: 0 });
  expect(await desk.settleOne(xrs[0] ?? "")).toEqual({ kind: "ok", leftMicros: 900 });
});

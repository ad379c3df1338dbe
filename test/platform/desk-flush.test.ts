import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { freshXr, migrated, now, openDesk, rows } from "./desk-under-test.ts";
import { deskWorld } from "./desk-worker.ts";

beforeAll(migrated);
beforeEach(() => {
  deskWorld.aheadMs = 0;
  deskWorld.losesFlushReplies = false;
});

type Desk = ReturnType<typeof openDesk>;
type Checkpoint = { from_seq: number; seq: number; events: number; charged_micros: number; granted_micros: number };

const checkpointsOf = ({ accountSid }: Desk) =>
  rows<Checkpoint>("SELECT from_seq, seq, events, charged_micros, granted_micros FROM desk_checkpoints WHERE desk = ? ORDER BY seq", accountSid);

const invocationsOf = ({ accountSid }: Desk) =>
  rows<{ sid: string; status: string; code: number | null; price_micros: number }>(
    "SELECT sid, status, code, price_micros FROM invocations WHERE account_sid = ? ORDER BY rowid",
    accountSid,
  );

/** What the books say of the account's credit, and whether every one of its transactions is balanced. */
async function booksOf({ accountSid }: Desk): Promise<{ creditMicros: number; unbalanced: number }> {
  const [credit] = await rows<{ micros: number | null }>("SELECT sum(amount_micros) AS micros FROM ledger_entries WHERE ledger_account = ?", `credit:${accountSid}`);
  const unbalanced = await rows("SELECT transaction_id FROM ledger_entries GROUP BY transaction_id HAVING sum(amount_micros) <> 0");
  return { creditMicros: credit?.micros ?? 0, unbalanced: unbalanced.length };
}

async function ringAfter(desk: Desk, delayMs: number): Promise<void> {
  deskWorld.aheadMs += delayMs;
  await desk.runAlarm();
}

describe("the alarm", () => {
  test("carries what was settled to D1 within a second, with a checkpoint and balanced entries", async () => {
    const desk = openDesk();
    await desk.grantMicros(1_000);
    const [paid, free] = [freshXr(), freshXr()];
    await desk.settleOne(paid, { idempotency_key: "hmac" });
    await desk.settleOne(free, { price_micros: 0, status: "failed", code: 61005, failure: "client_error", detail: "It answered 404." });
    expect(await desk.alarmInMs()).toBeLessThanOrEqual(1_000);
    await ringAfter(desk, 1_000);

    expect(await invocationsOf(desk)).toEqual([
      { sid: paid, status: "successful", code: null, price_micros: 100 },
      { sid: free, status: "failed", code: 61005, price_micros: 0 },
    ]);
    const [row] = await rows<{ details: string }>("SELECT * FROM invocations WHERE sid = ?", paid);
    expect(row).toMatchObject({ integration_point: "lookup", started_at: 1_700_000_000_000, duration_ms: 20, desk_seq: 3 });
    expect(JSON.parse(row?.details ?? "{}")).toEqual({
      unique_name: "anagrams",
      failure: null,
      detail: null,
      warning: null,
      wait_ms: 0,
      bytes_in: 200,
      bytes_out: 300,
      attempts: [{ started_at_ms: 1_700_000_000_000, duration_ms: 20, status: 200, failure: null }],
      number: { country: "US", last4: "4546", hmac: "00" },
      idempotency_key: "hmac",
    });
    expect(await checkpointsOf(desk)).toEqual([{ from_seq: 1, seq: 3, events: 2, charged_micros: 100, granted_micros: 1_000 }]);
    expect(await booksOf(desk)).toEqual({ creditMicros: 900, unbalanced: 0 });
    expect(await desk.inspect()).toMatchObject({ pendingEvents: 0, pendingSinceMs: null, flushedSeq: 3, flushError: null });
    expect(await desk.count("segments")).toBe(0);
  });

  test("has nothing left to ring for when all is with D1 and a minute has passed", async () => {
    const desk = openDesk();
    await desk.settleOne(freshXr(), { price_micros: 0 });
    await ringAfter(desk, 1_000);
    await ringAfter(desk, 60_000);
    expect(await desk.alarmInMs()).toBe(Infinity);
  });
});

test("a caller who asks for a flush reads what it just did", async () => {
  const desk = openDesk();
  await desk.grantMicros(100);
  const xr = freshXr();
  await desk.settleOne(xr);
  expect(await desk.flush()).toEqual({ isCurrent: true });
  expect(await invocationsOf(desk)).toEqual([{ sid: xr, status: "successful", code: null, price_micros: 100 }]);
});

test("more than D1 takes at once goes in several flushes, whole and in order", async () => {
  const desk = openDesk();
  const xrs = Array.from({ length: 12 }, freshXr);
  for (const xr of xrs) await desk.settleOne(xr, { price_micros: 0, detail: "x".repeat(200_000) });
  expect(await desk.flush()).toEqual({ isCurrent: true });
  expect((await invocationsOf(desk)).map(({ sid }) => sid)).toEqual(xrs);
  const checkpoints = await checkpointsOf(desk);
  expect(checkpoints.length).toBeGreaterThan(2);
  expect(checkpoints.map(({ from_seq }) => from_seq)).toEqual([1, ...checkpoints.slice(0, -1).map(({ seq }) => seq + 1)]);
});

describe("a void", () => {
  test("in the same flush as its charge leaves a failure at price 0 and no entry", async () => {
    const desk = openDesk();
    await desk.grantMicros(1_000);
    const [charged, unknown] = [freshXr(), freshXr()];
    await desk.settleOne(charged);
    await desk.voidOne(charged);
    await desk.voidOne(unknown);
    await desk.flush();
    expect(await invocationsOf(desk)).toEqual([charged, unknown].map((sid) => ({ sid, status: "failed", code: 61000, price_micros: 0 })));
    expect(await rows("SELECT 1 FROM ledger_entries WHERE kind = 'charge' AND ledger_account = ?", `credit:${desk.accountSid}`)).toEqual([]);
    expect(await checkpointsOf(desk)).toMatchObject([{ events: 2, charged_micros: 0 }]);
  });

  test("of what D1 already has is taken back by entries of its own", async () => {
    const desk = openDesk();
    await desk.grantMicros(1_000);
    const xr = freshXr();
    await desk.settleOne(xr);
    await desk.flush();
    await desk.voidOne(xr);
    await desk.flush();
    expect(await invocationsOf(desk)).toEqual([{ sid: xr, status: "failed", code: 61000, price_micros: 0 }]);
    expect(await booksOf(desk)).toEqual({ creditMicros: 1_000, unbalanced: 0 });
    const entries = await rows("SELECT amount_micros, quantity FROM ledger_entries WHERE kind = 'charge' AND ledger_account = ? ORDER BY rowid", `credit:${desk.accountSid}`);
    expect(entries).toEqual([
      { amount_micros: -100, quantity: 1 },
      { amount_micros: 100, quantity: -1 },
    ]);
  });
});

describe("when D1 does not take a flush", () => {
  test("the desk goes on, keeps everything, says why, tries again ever later, and loses nothing", async () => {
    const desk = openDesk();
    await desk.grantMicros(1_000);
    const xrs = Array.from({ length: 4 }, freshXr);
    await env.DB.exec("ALTER TABLE invocations RENAME TO invocations_away");
    for (const xr of xrs.slice(0, 3)) {
      expect(await desk.settleOne(xr)).toMatchObject({ kind: "ok" });
      await ringAfter(desk, 5_000);
    }
    expect(await desk.inspect()).toMatchObject({ pendingEvents: 3, flushedSeq: 0, flushFailures: 3, flushError: expect.stringContaining("no such table") });
    expect((await desk.inspect()).pendingSinceMs).toBeLessThan(now() - 10_000);
    expect(await desk.alarmInMs()).toBeLessThanOrEqual(4_000);
    expect(await desk.flush()).toEqual({ isCurrent: false });
    await desk.evict();
    expect(await desk.settleOne(xrs[0] ?? "")).toEqual({ kind: "ok", leftMicros: 700 });

    await env.DB.exec("ALTER TABLE invocations_away RENAME TO invocations");
    await desk.settleOne(xrs[3] ?? "");
    await ringAfter(desk, 60_000);
    expect((await invocationsOf(desk)).map(({ sid }) => sid)).toEqual(xrs);
    expect(await desk.inspect()).toMatchObject({ pendingEvents: 0, flushFailures: 0, flushError: null });
    expect(await booksOf(desk)).toEqual({ creditMicros: 600, unbalanced: 0 });
  });

  test("or its reply is lost, the very same flush is repeated and counts once", async () => {
    const desk = openDesk();
    await desk.grantMicros(1_000);
    const [first, second] = [freshXr(), freshXr()];
    await desk.settleOne(first);
    deskWorld.losesFlushReplies = true;
    await ringAfter(desk, 1_000);
    expect(await desk.inspect()).toMatchObject({ pendingEvents: 1, flushFailures: 1 });
    await desk.settleOne(second);
    await desk.evict();
    deskWorld.losesFlushReplies = false;
    await ringAfter(desk, 60_000);
    expect((await invocationsOf(desk)).map(({ sid }) => sid)).toEqual([first, second]);
    expect((await checkpointsOf(desk)).map(({ from_seq, seq, events }) => [from_seq, seq, events])).toEqual([
      [1, 2, 1],
      [3, 3, 2],
    ]);
    expect(await booksOf(desk)).toEqual({ creditMicros: 800, unbalanced: 0 });
  });
});

import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { EVENTS_PER_COMPARISON } from "../../src/domain/billing/reconciliation.ts";
import { desksToReconcile, listDifferences, reconcileFromStart } from "../../src/platform/d1/reconciliations.ts";
import { reconcile } from "../../src/platform/reconcile.ts";
import { openAccounts, richDesk, type Desk } from "./books.ts";
import { freshXr, migrated, now, openDesk, rows } from "./desk-under-test.ts";
import { deskWorld } from "./desk-worker.ts";
import { gatewayEnv } from "./gateway-env.ts";

beforeAll(migrated);
beforeEach(() => {
  deskWorld.aheadMs += 60_000;
});

const settings = { operatorAccountSid: gatewayEnv.OPERATOR_ACCOUNT_SID };
const run = () => reconcile({ d1: env.DB, settings }, now());
const differencesOf = async ({ accountSid }: Desk) => (await listDifferences(env.DB, 100)).filter(({ desk }) => desk === accountSid);
const seqOf = async ({ accountSid }: Desk) => (await rows<{ seq: number }>("SELECT seq FROM reconciliations WHERE desk = ?", accountSid))[0]?.seq;

/** A desk with one charge that was found right, and its request SID. */
async function reconciledCharge(): Promise<{ desk: Desk; xr: string }> {
  const desk = await richDesk();
  const xr = freshXr();
  await desk.settleOne(xr, { started_at_ms: now() });
  await desk.flush();
  await run();
  expect(await differencesOf(desk)).toEqual([]);
  return { desk, xr };
}

describe("a charge that is taken back", () => {
  test("after it was found right is right again, also for who looks from the start", async () => {
    const { desk, xr } = await reconciledCharge();
    await desk.voidOne(xr);
    await desk.flush();
    await run();
    expect([await differencesOf(desk), await seqOf(desk)]).toEqual([[], 3]);
    deskWorld.aheadMs += 1_000;
    await reconcileFromStart(env.DB);
    await run();
    expect(await differencesOf(desk)).toEqual([]);
  });

  test("while its range is compared still counts where it was made", async () => {
    const desk = await richDesk();
    const [first, second] = [freshXr(), freshXr()];
    await desk.settleOne(first, { started_at_ms: now() });
    await desk.flush();
    const [{ seq } = { seq: 0 }] = await rows<{ seq: number }>("SELECT max(seq) AS seq FROM desk_checkpoints WHERE desk = ?", desk.accountSid);
    await desk.voidOne(first);
    await desk.settleOne(second, { started_at_ms: now() });
    await desk.flush();
    // As a run would find it that had looked for the desk's checkpoints before the last flush.
    await env.DB.prepare("UPDATE desk_checkpoints SET desk = desk || '/hidden' WHERE desk = ?1 AND seq > ?2").bind(desk.accountSid, seq).run();
    await run();
    expect([await differencesOf(desk), await seqOf(desk)]).toEqual([[], seq]);
    await env.DB.prepare("UPDATE desk_checkpoints SET desk = ?1 WHERE desk = ?1 || '/hidden'").bind(desk.accountSid).run();
    deskWorld.aheadMs += 1_000;
    await run();
    expect(await differencesOf(desk)).toEqual([]);
  });

  test("is not right when the ledger does not know of it", async () => {
    const { desk, xr } = await reconciledCharge();
    await desk.voidOne(xr);
    await desk.flush();
    await env.DB.prepare("UPDATE invocations SET voided_micros = voided_micros - 1 WHERE sid = ?1").bind(xr).run();
    await run();
    expect(await differencesOf(desk)).toMatchObject([{ invocations: { chargedMicros: -99 }, ledger: { chargedMicros: -100 }, checkpoints: { chargedMicros: -100 } }]);
    await env.DB.prepare("UPDATE invocations SET voided_micros = voided_micros + 1 WHERE sid = ?1").bind(xr).run();
    deskWorld.aheadMs += 1_000;
    await run();
    expect(await differencesOf(desk)).toEqual([]);
  });
});

test("an invocation that began long before it was settled is found: a recording takes ten times its length", async () => {
  const { desk } = await reconciledCharge();
  await desk.settleOne(freshXr(), { started_at_ms: now() - 13 * 86_400_000 });
  await desk.flush();
  await run();
  expect(await differencesOf(desk)).toEqual([]);
});

type Entry = { transaction_id: string; ledger_account: string; amount_micros: number; version_sid: string | null; quantity: number };

/** Takes the desk's charge back; with `publisher`, wrongly, from another one. */
async function reverseCharge(desk: Desk, publisher?: string): Promise<void> {
  const entries = await rows<Entry>("SELECT * FROM ledger_entries WHERE desk = ? AND kind = 'charge'", desk.accountSid);
  const copied = entries.map(({ ledger_account, amount_micros, version_sid, quantity }) => ({
    ledgerAccount: amount_micros > 0 && publisher !== undefined ? `payable:${publisher}` : ledger_account,
    amountMicros: amount_micros,
    versionSid: version_sid,
    quantity,
  }));
  await desk.reverse({ reverses: { transactionId: entries[0]?.transaction_id ?? "", entries: copied }, reason: "test", xrs: [], readAtMs: now() });
  await desk.flush();
}

const toldOf = async (text: string) => (await rows<{ alert_text: string }>("SELECT alert_text FROM alerts WHERE alert_text LIKE ? ORDER BY generated_at", `%${text}%`)).map(({ alert_text }) => alert_text);

test("a second difference of the same size is told of, too, after the first was mended", async () => {
  const { desk } = await reconciledCharge();
  for (const [segments, add] of [["3 to 3", 1], ["4 to 4", 1]] as const) {
    const xr = freshXr();
    await desk.settleOne(xr, { started_at_ms: now() });
    await desk.flush();
    const change = env.DB.prepare("UPDATE invocations SET price_micros = price_micros + ?2 WHERE sid = ?1");
    await change.bind(xr, add).run();
    for (let runs = 0; runs < 2; runs++) {
      await run();
      deskWorld.aheadMs += 1_000;
    }
    expect((await toldOf(desk.accountSid)).at(-1)).toContain(`in its segments ${segments}:`);
    await change.bind(xr, -add).run();
    await run();
    expect(await differencesOf(desk)).toEqual([]);
  }
  expect(await toldOf(desk.accountSid)).toHaveLength(2);
});

async function insert(transaction: string, kind: string, cause: string, entries: readonly (readonly [account: string, micros: number])[]): Promise<void> {
  const sql = `INSERT INTO ledger_entries (transaction_id, ledger_account, amount_micros, kind, cause, quantity, created_at) SELECT ?1, value->>0, value->>1, ?2, ?3, 1, 0 FROM json_each(?4)`;
  await env.DB.prepare(sql).bind(transaction, kind, cause, JSON.stringify(entries)).run();
}

describe("a transaction that no desk decided", () => {
  test("is looked at once when it is right", async () => {
    await insert("PYright", "payout", "ST1", [["payable:AC1", -5], ["paid_out:AC1", 5]]);
    await insert("PYright/reversal", "reversal", "PYright", [["payable:AC1", 5], ["paid_out:AC1", -5]]);
    expect((await run()).broken).toEqual([]);
  });

  test.each<[string, string, string, string, [string, number][], [string, number][]]>([
    ["half of a payment", "PYhalf", "payout", "ST1", [["paid_out:AC1", 7]], [["payable:AC1", -7]]],
    ["a fee that is less than it takes", "STfee", "fee", "ST1", [["payable:AC1", -7]], [["marketplace", 7]]],
    ["a reversal of nothing", "PYgone/reversal", "reversal", "PYgone", [["payable:AC1", 5], ["paid_out:AC1", -5]], []],
  ])("is told of once and found until it is mended: %s", async (_what, id, kind, cause, entries, missing) => {
    await insert(id, kind, cause, entries);
    for (let runs = 0; runs < 2; runs++) expect((await run()).broken).toEqual([id]);
    expect(await toldOf(`${id} does not sum to zero`)).toHaveLength(1);
    if (missing.length > 0) await insert(id, kind, cause, missing);
    else await insert(cause, "payout", "ST1", [["payable:AC1", -5], ["paid_out:AC1", 5]]);
    expect((await run()).broken).toEqual([]);
  });

  test("is looked at again from the start", async () => {
    // As if the entries had been found right, and were damaged later.
    await env.DB.prepare("UPDATE housekeeping SET done_to = done_to + 1 WHERE task = 'transactions'").run();
    await insert("PYold", "payout", "ST1", [["paid_out:AC1", 7]]);
    expect((await run()).broken).toEqual([]);
    await reconcileFromStart(env.DB);
    expect((await run()).broken).toEqual(["PYold"]);
    await insert("PYold", "payout", "ST1", [["payable:AC1", -7]]);
    expect((await run()).broken).toEqual([]);
  });
});

test("a long history is compared in parts, each by a run of its own, and a difference hides nothing behind it", async () => {
  const desk = await richDesk();
  for (let flushes = 0; flushes < 3; flushes++) {
    await desk.settleOne(freshXr(), { started_at_ms: now() });
    await desk.flush();
  }
  // As if each had been of as many invocations as one query compares.
  const many = "UPDATE desk_checkpoints SET events = events + (seq - 1) * ?2 WHERE desk = ?1";
  await env.DB.prepare(many).bind(desk.accountSid, EVENTS_PER_COMPARISON).run();
  expect(await run()).toMatchObject({ isComplete: false });
  expect(await differencesOf(desk)).toMatchObject([{ fromSeq: 0, toSeq: 2 }]);
  deskWorld.aheadMs += 1_000;
  expect(await run()).toMatchObject({ isComplete: true });
  expect(await differencesOf(desk)).toMatchObject([{ fromSeq: 0, toSeq: 4 }]);
  await env.DB.prepare(many).bind(desk.accountSid, -EVENTS_PER_COMPARISON).run();
  deskWorld.aheadMs += 1_000;
  expect(await run()).toMatchObject({ isComplete: true });
  expect([await differencesOf(desk), await seqOf(desk)]).toEqual([[], 4]);
});

test("a desk that cannot be compared is told of, and waits behind the others", async () => {
  const { desk } = await reconciledCharge();
  const { desk: other } = await reconciledCharge();
  await desk.settleOne(freshXr(), { started_at_ms: now() });
  await desk.flush();
  // What no database of this gateway has: SQLite cannot add it up.
  const overflow = (micros: string) => env.DB.prepare(`UPDATE invocations SET price_micros = ${micros} WHERE account_sid = ?1`).bind(desk.accountSid).run();
  await overflow("9223372036854775807");
  await desk.settleOne(freshXr(), { started_at_ms: now() });
  await desk.flush();
  for (let runs = 0; runs < 2; runs++) {
    expect(await run()).toMatchObject({ isComplete: false });
    deskWorld.aheadMs += 1_000;
  }
  expect(await toldOf(desk.accountSid)).toEqual([`The books of the desk ${desk.accountSid} could not be compared from its segment 3 on.`]);
  await other.settleOne(freshXr(), { started_at_ms: now() });
  await other.flush();
  expect((await desksToReconcile(env.DB, now(), 100)).map(({ desk: sid }) => sid)).toEqual([other.accountSid, desk.accountSid]);
  await overflow("100");
  await run();
  expect([await differencesOf(desk), await seqOf(desk)]).toEqual([[], 4]);
});

test("a month that is closed and a reversal are right, and none of it is looked at twice", async () => {
  const { desk } = await reconciledCharge();
  await reverseCharge(desk);
  await run();
  expect(await differencesOf(desk)).toEqual([]);
  deskWorld.aheadMs += 1_000;
  expect(await run()).toEqual({ checked: 0, isComplete: true, broken: [] });
});

test("more desks than one run compares are the next run's, those first that were looked at longest ago", { timeout: 60_000 }, async () => {
  const desks = Array.from({ length: 104 }, openDesk);
  await openAccounts(desks.map(({ accountSid }) => accountSid));
  for (const desk of desks) {
    await desk.grantMicros(100);
    await desk.flush();
  }
  expect(await run()).toMatchObject({ checked: 100, isComplete: false });
  expect(await run()).toMatchObject({ checked: 4, isComplete: true });
  // From the start, every desk of this file, and each once in a round.
  const all = (await rows("SELECT desk FROM desk_checkpoints GROUP BY desk")).length;
  deskWorld.aheadMs += 1_000;
  await reconcileFromStart(env.DB);
  expect(await run()).toMatchObject({ checked: 100, isComplete: false });
  deskWorld.aheadMs += 1_000;
  expect(await run()).toMatchObject({ checked: all - 100, isComplete: true });
});

// The last one, since its books stay wrong.
test("a reversal that takes from another publisher is found, though it sums to zero", async () => {
  const { desk } = await reconciledCharge();
  await reverseCharge(desk, "ACother");
  await run();
  expect(await differencesOf(desk)).toMatchObject([{ ledger: { unbalanced: 0, mismatched: 2 } }]);
});

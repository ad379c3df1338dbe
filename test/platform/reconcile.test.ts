import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { listDifferences, reconcileFromStart } from "../../src/platform/d1/reconciliations.ts";
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

test("a month that is closed and a reversal are right, and none of it is looked at twice", async () => {
  const { desk } = await reconciledCharge();
  const entries = await rows<{ transaction_id: string; amount_micros: number; ledger_account: string }>("SELECT * FROM ledger_entries WHERE desk = ? AND kind = 'charge'", desk.accountSid);
  const reversed = { transactionId: entries[0]?.transaction_id ?? "", entries: entries.map(({ ledger_account, amount_micros }) => ({ ledgerAccount: ledger_account, amountMicros: amount_micros, versionSid: null, quantity: 1 })) };
  await desk.reverse({ reverses: reversed, reason: "test", xrs: [], readAtMs: now() });
  await desk.flush();
  await run();
  expect(await differencesOf(desk)).toEqual([]);
  deskWorld.aheadMs += 1_000;
  expect(await run()).toEqual({ checked: 0, isComplete: true });
});

test("more desks than one run compares are the next run's, those first that were looked at longest ago", { timeout: 60_000 }, async () => {
  const desks = Array.from({ length: 104 }, openDesk);
  await openAccounts(desks.map(({ accountSid }) => accountSid));
  for (const desk of desks) {
    await desk.grantMicros(100);
    await desk.flush();
  }
  expect(await run()).toEqual({ checked: 100, isComplete: false });
  expect(await run()).toEqual({ checked: 4, isComplete: true });
  // From the start, every desk of this file, and each once in a round.
  const all = (await rows("SELECT desk FROM desk_checkpoints GROUP BY desk")).length;
  deskWorld.aheadMs += 1_000;
  await reconcileFromStart(env.DB);
  expect(await run()).toEqual({ checked: 100, isComplete: false });
  deskWorld.aheadMs += 1_000;
  expect(await run()).toEqual({ checked: all - 100, isComplete: true });
});

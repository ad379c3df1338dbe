import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { endOfMonthMs, monthAfter, monthOf } from "../../src/domain/billing/month.ts";
import { freshXr, migrated, now, openDesk, rows } from "./desk-under-test.ts";
import { deskWorld } from "./desk-worker.ts";

beforeAll(migrated);
beforeEach(() => {
  deskWorld.aheadMs = 0;
  deskWorld.losesFlushReplies = false;
});

type Desk = ReturnType<typeof openDesk>;
type Entry = { transaction_id: string; amount_micros: number; kind: string; cause: string; month: string; desk_seq: number; quantity: number };

const entriesOf = ({ accountSid }: Desk) => rows<Entry>("SELECT * FROM ledger_entries WHERE ledger_account = ? ORDER BY desk_seq, rowid", `credit:${accountSid}`);
const inMonth = async (desk: Desk, kind = "charge") => (await entriesOf(desk)).filter((entry) => entry.kind === kind).map(({ month, quantity }) => [month, quantity]);

/** The desk's clock: so long before the end of this month, or, negative, after it. */
function beforeTheEnd(ms: number): string {
  const month = monthOf(Date.now());
  deskWorld.aheadMs = endOfMonthMs(month) - ms - Date.now();
  return month;
}

async function richDesk(): Promise<Desk> {
  const desk = openDesk();
  await desk.grantMicros(10_000);
  return desk;
}

describe("the end of a month", () => {
  test("parts what was committed before it from what came after, also in one flush", async () => {
    const month = beforeTheEnd(600_000);
    const desk = await richDesk();
    await desk.settleOne(freshXr());
    await desk.settleOne(freshXr());
    beforeTheEnd(-60_000);
    await desk.settleOne(freshXr());
    expect(await desk.flush()).toEqual({ isCurrent: true });
    expect(await inMonth(desk)).toEqual([[month, 2], [monthAfter(month), 1]]);
  });

  test("is closed once, with all that was committed in it, and says the same when asked again", async () => {
    const month = beforeTheEnd(600_000);
    const desk = await richDesk();
    await desk.settleOne(freshXr());
    await desk.settleOne(freshXr(), { price_micros: 0, status: "failed", code: 61005 });
    beforeTheEnd(-60_000);
    await desk.settleOne(freshXr());
    const closing = await desk.close(month);
    expect(closing).toEqual({ month, fromSeq: 1, toSeq: 3, events: 2 });
    await desk.settleOne(freshXr());
    await desk.evict();
    expect(await desk.close(month)).toEqual(closing);
    expect(await desk.close(monthAfter(month))).toMatchObject({ fromSeq: 4, events: 2 });
  });

  test("of a desk in which nothing happened is empty", async () => {
    const month = beforeTheEnd(-60_000);
    expect(await openDesk().close(month)).toEqual({ month, fromSeq: 1, toSeq: 0, events: 0 });
  });

  test("waits for D1, and a flush whose reply was lost stays the one that it was", async () => {
    const month = beforeTheEnd(600_000);
    const desk = await richDesk();
    await desk.settleOne(freshXr());
    deskWorld.losesFlushReplies = true;
    beforeTheEnd(-60_000);
    expect(await desk.close(month)).toBeNull();
    await desk.settleOne(freshXr());
    deskWorld.losesFlushReplies = false;
    expect(await desk.close(month)).toMatchObject({ month, events: 1 });
    expect(await desk.flush()).toEqual({ isCurrent: true });
    expect(await inMonth(desk)).toEqual([[month, 1], [monthAfter(month), 1]]);
  });

  test("is final: what a slow clock commits in it afterwards is the next month's", async () => {
    const month = beforeTheEnd(-60_000);
    const desk = await richDesk();
    await desk.close(month);
    beforeTheEnd(600_000);
    await desk.settleOne(freshXr());
    await desk.flush();
    expect(await inMonth(desk)).toEqual([[monthAfter(month), 1]]);
    await desk.evict();
    await desk.settleOne(freshXr());
    await desk.flush();
    expect(await inMonth(desk)).toEqual([[monthAfter(month), 1], [monthAfter(month), 1]]);
  });
});

const reversed = (entries: Entry[], accountSid: string) => ({
  transactionId: entries[0]?.transaction_id ?? "",
  entries: entries.map(({ amount_micros, quantity }) => ({ ledgerAccount: `credit:${accountSid}`, amountMicros: amount_micros, versionSid: null, quantity })),
});

describe("a reversal", () => {
  test("is in the books once, and outlives the desk's memory", async () => {
    const desk = await richDesk();
    await desk.settleOne(freshXr());
    await desk.flush();
    const reverses = reversed((await entriesOf(desk)).filter(({ kind }) => kind === "charge"), desk.accountSid);
    expect(await desk.reverse({ reverses, reason: "outage", xrs: [], readAtMs: now() })).toMatchObject({ kind: "reversed", replayed: false });
    await desk.evict();
    expect(await desk.reverse({ reverses, reason: "outage", xrs: [], readAtMs: now() })).toMatchObject({ kind: "reversed", replayed: true });
    await desk.flush();
    const [entry, ...more] = (await entriesOf(desk)).filter(({ kind }) => kind === "reversal");
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ transaction_id: `${reverses.transactionId}/reversal`, cause: reverses.transactionId, amount_micros: 100, quantity: -1, month: monthOf(now()) });
    expect(await desk.balance()).toMatchObject({ leftMicros: 10_000, spentMicros: 100, grantedMicros: 10_100 });
  });
});

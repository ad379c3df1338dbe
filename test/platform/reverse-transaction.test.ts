import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { reverseTransaction } from "../../src/platform/reverse-transaction.ts";
import { richDesk, type Desk } from "./books.ts";
import { freshXr, migrated, now, rows } from "./desk-under-test.ts";
import { deskWorld } from "./desk-worker.ts";

beforeAll(migrated);
beforeEach(() => {
  deskWorld.losesFlushReplies = false;
});

const reverse = (transactionId: string, reason = "outage") => reverseTransaction({ d1: env.DB, desks: env.ACCOUNT_DESK }, transactionId, reason, now());
const chargesOf = async ({ accountSid }: Desk) =>
  (await rows<{ transaction_id: string }>("SELECT transaction_id FROM ledger_entries WHERE kind = 'charge' AND ledger_account = ? ORDER BY desk_seq", `credit:${accountSid}`)).map((row) => row.transaction_id);

async function charged(count = 1): Promise<{ desk: Desk; xrs: string[]; transaction: string }> {
  const desk = await richDesk();
  const xrs = Array.from({ length: count }, freshXr);
  for (const xr of xrs) await desk.settleOne(xr, { started_at_ms: now() });
  await desk.flush();
  return { desk, xrs, transaction: (await chargesOf(desk))[0] ?? "" };
}
const left = async (desk: Desk): Promise<number> => (await desk.balance()).leftMicros;

describe("a charge of which a part was taken back", () => {
  test("is not reversed: it would be given back twice", async () => {
    const { desk, xrs, transaction } = await charged(2);
    await desk.voidOne(xrs[0] ?? "");
    expect(await reverse(transaction)).toEqual({ kind: "not_whole" });
    await desk.flush();
    expect(await reverse(transaction)).toEqual({ kind: "not_whole" });
    expect(await left(desk)).toBe(9_900);
  });

  test("nor is what took it back: that would charge it again", async () => {
    const { desk, xrs } = await charged();
    await desk.voidOne(xrs[0] ?? "");
    await desk.flush();
    expect(await reverse((await chargesOf(desk))[1] ?? "")).toEqual({ kind: "not_whole" });
    expect(await left(desk)).toBe(10_000);
  });
});

test("a charge that was reversed is given back once, though it is voided after that, and the desk was evicted in between", async () => {
  const { desk, xrs, transaction } = await charged();
  expect(await reverse(transaction)).toMatchObject({ kind: "reversed" });
  await desk.evict();
  await desk.voidOne(xrs[0] ?? "");
  await desk.flush();
  expect(await left(desk)).toBe(10_000);
  expect(await reverse(transaction)).toMatchObject({ kind: "reversed" });
  expect(await reverse(transaction, "mistake")).toMatchObject({ kind: "conflict" });
  expect(await left(desk)).toBe(10_000);
});

test("a credit and a charge wait until the books have everything", async () => {
  const { desk, transaction } = await charged();
  await desk.settleOne(freshXr());
  deskWorld.losesFlushReplies = true;
  expect(await reverse(transaction)).toEqual({ kind: "unavailable" });
  expect(await left(desk)).toBe(9_800);
});

test("a transaction that nobody made is not found", async () => {
  expect(await reverse("CR1")).toEqual({ kind: "not_found" });
});

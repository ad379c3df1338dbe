import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answering } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace } from "../support/marketplace.ts";
import { closeMonth, download, onlyStatement, statementsOf, type Statement } from "../support/statements.ts";

type Payment = { sid: string; amount: string; reference: string; date_reversed: string | null; code: number; message: string };

describe("payments to publishers", () => {
  let market: Marketplace;
  let invoice: Statement;

  beforeAll(async () => {
    market = await startMarketplace();
    const offer = await market.offer(answering({}), { pricing: { model: "per_use", unit_price: "1.25", currency: "USD" } });
    await market.run(offer);
    await closeMonth(market.gateway);
    // 1.25 less 20 % are 1.
    invoice = await onlyStatement(market.gateway, market.owner);
    await market.run(offer);
    await closeMonth(market.gateway, 2);
  });
  afterAll(() => market.stop());

  const pay = (Amount: string, key?: string, sid = invoice.sid, Reference = "transfer 1") =>
    market.gateway.call<Payment>(market.gateway.operator, "POST", `/v1/Operator/Statements/${sid}/Payments`, { form: { Amount, Reference } }, key === undefined ? {} : { "Idempotency-Key": key });
  const paymentsOf = async (sid: string) => (await market.gateway.call<{ payments: Payment[] }>(market.owner, "GET", `/v1/Statements/${sid}/Payments`)).body.payments;
  const owed = async (): Promise<number> => {
    const db = await market.gateway.miniflare.getD1Database("DB");
    return (await db.prepare("SELECT sum(amount_micros) AS micros FROM ledger_entries WHERE ledger_account = ?1").bind(`payable:${market.owner.sid}`).first<number>("micros")) ?? 0;
  };

  it.each(["-1", "NaN", "Infinity", "0", "0.0000001", "1e-1", "", "1,5", "99999999999", "0x1", " 1"])("are not of %j", async (amount) => {
    expect(await pay(amount)).toMatchObject({ status: 400, body: { code: 20001, message: expect.stringMatching(/^Amount /) } });
    expect(await owed()).toBe(2_000_000);
  });

  it("are recorded once for each key, and another payment with it is a conflict [pricing-invoice]", async () => {
    expect(invoice.net).toBe("1.000000");
    const first = await pay("0.400001", "k1");
    const second = await pay("0.400001", "k1");
    expect([first.status, second.status, second.body.sid]).toEqual([201, 201, first.body.sid]);
    expect([first.headers.get("Idempotent-Replayed"), second.headers.get("Idempotent-Replayed")]).toEqual([null, "true"]);
    expect(await pay("0.400002", "k1")).toMatchObject({ status: 409, body: { code: 20409 } });
    expect(await pay("0.400001", "k1", invoice.sid, "transfer 2")).toMatchObject({ status: 409 });
    expect(await owed()).toBe(2_000_000 - 400_001);
    expect(await paymentsOf(invoice.sid)).toMatchObject([{ sid: first.body.sid, amount: "0.400001", reference: "transfer 1", date_reversed: null }]);
  });

  it("are never more than is owed up to their statement, however many come at once", async () => {
    expect(await pay("0.6")).toMatchObject({ status: 400, body: { message: "Amount must be at most 0.599999 dollars, which is owed up to this statement" } });
    const answers = await Promise.all(Array.from({ length: 8 }, async (_, number) => (await pay("0.1", `at once ${number}`)).status));
    expect(answers.filter((status) => status === 201)).toHaveLength(5);
    expect((await pay("0.099999")).status).toBe(201);
    expect(await pay("0.000001")).toMatchObject({ status: 400 });
    // The next statement's are not paid on the first.
    expect(await owed()).toBe(1_000_000);
  });

  it("can be taken back, once, and made again", async () => {
    const [, second] = await statementsOf(market.gateway, market.owner);
    const { body } = await pay("1", "k2", second?.sid);
    expect(await owed()).toBe(0);
    const reverse = () => market.gateway.call(market.gateway.operator, "POST", "/v1/Operator/Reversals", { form: { Transaction: body.sid, Reason: "returned by the bank" } });
    expect((await Promise.all([reverse(), reverse()])).map(({ status }) => status)).toEqual([201, 201]);
    expect(await owed()).toBe(1_000_000);
    expect(await paymentsOf(second?.sid ?? "")).toMatchObject([{ sid: body.sid, date_reversed: expect.stringMatching(/Z$/) }]);
    expect((await pay("1", "k3", second?.sid)).status).toBe(201);
    expect(await owed()).toBe(0);
  });

  it("of an earlier statement are less where a later one takes something back", async () => {
    const offer = await market.offer(answering({}), { pricing: { model: "per_use", unit_price: "1.25", currency: "USD" } });
    await market.run(offer);
    await closeMonth(market.gateway, 3);
    const third = (await statementsOf(market.gateway, market.owner)).at(-1);
    const { text } = await download(market.gateway.operator, `${market.gateway.url}/v1/Operator/Statements/${third?.sid}/Entries.csv`);
    expect(text.split("\r\n")).toHaveLength(3);
    const db = await market.gateway.miniflare.getD1Database("DB");
    const transaction = await db.prepare("SELECT transaction_id FROM ledger_entries WHERE kind = 'charge' ORDER BY rowid DESC LIMIT 1").first<string>("transaction_id");
    const reversed = await market.gateway.call(market.gateway.operator, "POST", "/v1/Operator/Reversals", { form: { Transaction: transaction ?? "", Reason: "outage" } });
    expect(reversed.status, reversed.text).toBe(201);
    await closeMonth(market.gateway, 4);
    expect((await statementsOf(market.gateway, market.owner)).at(-1)).toMatchObject({ number: 4, net: "-1.000000" });
    expect(await pay("1", "k6", third?.sid)).toMatchObject({ status: 400, body: { message: "Amount must be at most 0.000000 dollars, which is owed up to this statement" } });
  });

  it("are for publishers' statements, by the operator", async () => {
    const [own] = await statementsOf(market.gateway, market.developer);
    expect(await pay("1", "k4", own?.sid)).toMatchObject({ status: 409 });
    expect(await pay("1", "k5", `ST${"0".repeat(32)}`)).toMatchObject({ status: 404 });
    const path = `/v1/Operator/Statements/${invoice.sid}/Payments`;
    expect((await market.gateway.call(market.owner, "POST", path, { form: { Amount: "1" } })).status).toBe(403);
  });
});

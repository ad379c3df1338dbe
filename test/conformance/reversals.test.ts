import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { csvParseRows } from "d3-dsv";
import { answering } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace, type Offer } from "../support/marketplace.ts";
import { closeMonth, download, onlyStatement, statementsOf, thisMonth, verifyStatement } from "../support/statements.ts";
import type { Login } from "../support/gateway.ts";

type Reversal = { transaction: string; reverses: string; entries: { ledger_account: string; amount: string; quantity: number }[] };

describe("reversals", () => {
  let market: Marketplace;
  let offer: Offer;
  let charge: string;

  beforeAll(async () => {
    market = await startMarketplace();
    offer = await market.offer(answering({}), { pricing: { model: "per_use", unit_price: "0.25", currency: "USD" } });
    await market.run(offer);
    await market.run(offer);
    // Also while the month is not over.
    const entries = `${market.gateway.url}/v1/Operator/Accounts/${market.developer.sid}/Entries.csv?Month=${thisMonth()}`;
    const rows = csvParseRows((await download(market.gateway.operator, entries)).text);
    charge = rows.find(([, kind]) => kind === "charge")?.[0] ?? "";
    await closeMonth(market.gateway);
  });
  afterAll(() => market.stop());

  const reverse = (Transaction: string, Reason = "outage", login: Login = market.gateway.operator) =>
    market.gateway.call<Reversal & { code: number; message: string }>(login, "POST", "/v1/Operator/Reversals", { form: { Transaction, Reason } });
  const balance = async (): Promise<string> => (await market.gateway.call<{ balance: string }>(market.developer, "GET", `/2010-04-01/Accounts/${market.developer.sid}/Balance.json`)).body.balance;
  const credit = async (Amount: string): Promise<string> =>
    (await market.gateway.call<{ sid: string }>(market.gateway.operator, "POST", `/v1/Operator/Accounts/${market.developer.sid}/Credits`, { form: { Amount } })).body.sid;
  const usage = async () => (await market.gateway.call<{ usage_records: { category: string; count: string; price: number }[] }>(market.developer, "GET", `/2010-04-01/Accounts/${market.developer.sid}/Usage/Records.json?Category=totalprice`)).body.usage_records;

  it("give a charge back to the developer and take it from the publisher: the original's entries, and a pointer to it", async () => {
    const { amount } = await onlyStatement(market.gateway, market.developer);
    const before = await balance();
    const { status, body } = await reverse(charge);
    expect(status).toBe(201);
    expect(body.reverses).toBe(charge);
    const [given, taken] = body.entries.toSorted((one, other) => one.ledger_account.localeCompare(other.ledger_account));
    expect(given).toMatchObject({ ledger_account: `credit:${market.developer.sid}` });
    expect(taken).toMatchObject({ ledger_account: `payable:${market.owner.sid}`, amount: `-${given?.amount}`, quantity: given?.quantity });
    expect(Number(await balance())).toBeCloseTo(Number(before) + Number(given?.amount), 6);
    expect(Number(given?.amount)).toBeLessThanOrEqual(Number(amount));
    expect(await usage()).toMatchObject([{ count: String(2 + (given?.quantity ?? 0)), price: 0.5 - Number(given?.amount) }]);
  });

  it("are made once; for another reason they are a conflict", async () => {
    const before = await balance();
    const [first, second] = [await reverse(charge), await reverse(charge)];
    expect([first.status, second.body]).toEqual([201, first.body]);
    expect(await reverse(charge, "mistake")).toMatchObject({ status: 409, body: { code: 20409 } });
    expect(await balance()).toBe(before);
    expect(await reverse(first.body.transaction)).toMatchObject({ status: 409, body: { message: "The Transaction is a reversal itself" } });
  });

  it("take a credit back while it has not been spent", async () => {
    const sid = await credit("5");
    const before = Number(await balance());
    expect((await reverse(sid, "bounced")).status).toBe(201);
    expect(Number(await balance())).toBe(before - 5);
    const dear = await credit("7");
    const all = await market.offer(answering({}), { pricing: { model: "per_use", unit_price: await balance(), currency: "USD" } });
    expect(await market.run(all)).toMatchObject({ status: "successful" });
    expect(await reverse(dear, "bounced")).toMatchObject({ status: 409, body: { code: 20409, message: "The credit has been spent or is held: 0.00 dollars are left" } });
    expect(await balance()).toBe("0.00");
  });

  it("are in the statements of the month in which they were made", async () => {
    await closeMonth(market.gateway, 2);
    for (const login of [market.developer, market.owner]) {
      const [, second] = await statementsOf(market.gateway, login);
      expect(second?.lines.find(({ unique_name }) => unique_name === offer.name)).toMatchObject({ amount: expect.stringMatching(/^-/), quantity: expect.any(Number) });
      const [json, csv] = [await download(login, `${second?.url}.json`), await download(login, second?.links.entries ?? "")];
      expect(await verifyStatement(json.text, csv.text)).toEqual({ output: "equal\n", exitCode: 0 });
    }
  });

  it("are none of a fee, of what is not there, and nobody's but the operator's", async () => {
    const { sid } = await onlyStatement(market.gateway, market.owner, `&Month=${thisMonth()}`);
    const db = await market.gateway.miniflare.getD1Database("DB");
    const fee = await db.prepare("SELECT transaction_id FROM ledger_entries WHERE cause = ?1").bind(sid).first<string>("transaction_id");
    expect(await reverse(fee ?? "")).toMatchObject({ status: 409, body: { message: expect.stringContaining("is a fee") } });
    expect(await reverse("CR00000000000000000000000000000000")).toMatchObject({ status: 404, body: { code: 20404 } });
    expect(await reverse("")).toMatchObject({ status: 400, body: { code: 20001 } });
    expect(await reverse(charge, "outage", market.developer)).toMatchObject({ status: 403 });
    expect(await reverse(charge, "outage", market.owner)).toMatchObject({ status: 403 });
  });

  it("leave the books balanced, and reconciled", async () => {
    const { body } = await market.gateway.call(market.gateway.operator, "POST", "/v1/Operator/Reconciliation", { form: { FromStart: "true" } });
    expect(body).toMatchObject({ status: "complete", differences: [] });
    const db = await market.gateway.miniflare.getD1Database("DB");
    const { results } = await db.prepare("SELECT transaction_id FROM ledger_entries GROUP BY transaction_id HAVING sum(amount_micros) <> 0").all();
    expect(results).toEqual([]);
  });
});

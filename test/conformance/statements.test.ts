import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { csvParseRows } from "d3-dsv";
import { install } from "../support/add-ons.ts";
import { answering } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace, type Offer } from "../support/marketplace.ts";
import { afterMonths, closeMonth, download, onlyStatement, type Statement, statementsOf, thisMonth, verifyStatement } from "../support/statements.ts";

const perUse = (unit_price: string) => ({ pricing: { model: "per_use", unit_price, currency: "USD" } });

const byName = (statement: Statement) => new Map(statement.lines.map((line) => [line.unique_name, line]));

describe("monthly statements", () => {
  let market: Marketplace;
  let cheap: Offer;
  let dear: Offer;

  beforeAll(async () => {
    market = await startMarketplace();
    cheap = await market.offer(answering({}), perUse("0.000007"));
    dear = await market.offer(answering({}), perUse("1.5"));
    const failing = await market.offer(answering({}, 403), perUse("1"));
    const fee = await market.gateway.call(market.gateway.operator, "POST", `/v1/Operator/AddOns/${dear.addOnSid}`, { form: { TransactionFeePercent: "12.3456" } });
    expect(fee.status).toBe(200);
    for (const offer of [cheap, dear, cheap, failing, cheap]) await market.run(offer);
    await closeMonth(market.gateway);
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  it("tell a developer what it used, and how that changed its credit [pricing-credit]", async () => {
    const statement = await onlyStatement(market.gateway, market.developer);
    expect(statement).toMatchObject({ role: "developer", number: 1, month: thisMonth(), quantity: 4, amount: "1.500021", fee: "0.000000", net: "1.500021" });
    expect(statement.credit).toEqual({ opening: "0.000000", added: "10.000000", closing: "8.499979" });
    // The failed one too, which cost nothing.
    expect(statement.invocations).toMatchObject({ count: 5, first_seq: 1 });
    expect(byName(statement).get(cheap.name)).toMatchObject({ quantity: 3, amount: "0.000021", fee_percent: null });
  });

  it("tell a publisher what it earned, less a fee that is rounded once for each line, half to even [pricing-invoice]", async () => {
    const statement = await onlyStatement(market.gateway, market.owner);
    expect(statement).toMatchObject({ role: "publisher", number: 1, credit: null, invocations: null });
    // 20 % of 21 micro-dollars are 4.2; 12.3456 % of 1.5 dollars are 0.185184.
    expect(byName(statement).get(cheap.name)).toMatchObject({ quantity: 3, amount: "0.000021", fee_percent: "20", fee: "0.000004", net: "0.000017" });
    expect(byName(statement).get(dear.name)).toMatchObject({ quantity: 1, amount: "1.500000", fee_percent: "12.3456", fee: "0.185184", net: "1.314816" });
    expect(statement).toMatchObject({ amount: "1.500021", fee: "0.185188", net: "1.314833" });
  });

  it("are recomputed from the entries that they list, on anybody's machine", { timeout: 60_000 }, async () => {
    for (const login of [market.developer, market.owner]) {
      const { url, links } = await onlyStatement(market.gateway, login);
      const [json, csv] = [await download(login, `${url}.json`), await download(login, links.entries)];
      expect(csv.mediaType).toBe("text/csv; charset=utf-8");
      expect(await verifyStatement(json.text, csv.text)).toEqual({ output: "equal\n", exitCode: 0 });
      const tampered = await verifyStatement(json.text, csv.text.replace("1.500000", "1.500001"));
      expect(tampered.exitCode).toBe(1);
      expect(tampered.output).toMatch(/entries\.sha256 is .*\n.*amount is 1\.500000 in the statement, and 1\.500001 by the entries/);
    }
  });

  it("name no developer to the publisher", async () => {
    const { links, url } = await onlyStatement(market.gateway, market.owner);
    for (const file of [links.entries, links.csv, links.html, `${url}.json`]) expect((await download(market.owner, file)).text).not.toContain(market.developer.sid);
  });

  it("are a page to print and a CSV of their lines, too", async () => {
    const { links, sid } = await onlyStatement(market.gateway, market.owner);
    const page = await download(market.owner, links.html);
    expect(page.mediaType).toMatch(/^text\/html/);
    for (const text of ["Invoice 1", sid, cheap.name, "1.314833", "0.185184 (12.3456 %)"]) expect(page.text).toContain(text);
    const rows = csvParseRows((await download(market.owner, links.csv)).text);
    expect(rows.at(0)).toEqual(["unique_name", "version", "add_on_sid", "add_on_version_sid", "quantity", "amount", "fee_percent", "fee", "net"]);
    expect(rows.at(-1)).toEqual(["total", "", "", "", "4", "1.500021", "", "0.185188", "1.314833"]);
    expect(rows).toHaveLength(4);
  });

  it("are made once and never changed: what comes later is in the next month's, and every invocation in exactly one", async () => {
    const before = await statementsOf(market.gateway, market.developer);
    await market.run(cheap);
    await market.gateway.call(market.gateway.operator, "POST", `/v1/Operator/AddOns/${dear.addOnSid}`, { form: { TransactionFeePercent: "50" } });
    await closeMonth(market.gateway);
    await closeMonth(market.gateway);
    expect(await statementsOf(market.gateway, market.developer)).toEqual(before);

    await closeMonth(market.gateway, 2);
    const [first, second, ...more] = await statementsOf(market.gateway, market.developer);
    expect([first, more]).toEqual([before[0], []]);
    expect(second).toMatchObject({ number: 2, month: afterMonths(1).toISOString().slice(0, 7), quantity: 1, amount: "0.000007", credit: { opening: "8.499979", added: "0.000000", closing: "8.499972" } });
    expect(second?.invocations).toMatchObject({ count: 1, first_seq: (first?.invocations?.last_seq ?? 0) + 1 });
    const db = await market.gateway.miniflare.getD1Database("DB");
    const { results } = await db
      .prepare("SELECT count(closing.month) AS months FROM invocations LEFT JOIN desk_closings AS closing ON closing.desk = account_sid AND desk_seq BETWEEN closing.from_seq AND closing.to_seq GROUP BY invocations.sid")
      .all<{ months: number }>();
    expect(results.map(({ months }) => months)).toEqual(Array.from({ length: 6 }, () => 1));
    // The add-on's fee has changed, and the closed statement has not.
    const [invoice] = await statementsOf(market.gateway, market.owner);
    expect(invoice).toMatchObject({ fee: "0.185188" });
  });

  it("are kept from being changed by the database itself, as ledger entries are", async () => {
    const db = await market.gateway.miniflare.getD1Database("DB");
    for (const table of ["statements", "ledger_entries"]) {
      const { results: before } = await db.prepare(`SELECT * FROM ${table}`).all();
      await db.prepare(`INSERT OR REPLACE INTO ${table} SELECT * FROM ${table}`).run();
      await db.prepare(`INSERT OR REPLACE INTO ${table} (${Object.keys(before[0] ?? {}).join()}) SELECT ${Object.keys(before[0] ?? {}).map((column) => (column === "created_at" ? "1" : column)).join()} FROM ${table}`).run();
      expect((await db.prepare(`SELECT * FROM ${table}`).all()).results).toEqual(before);
      await expect(db.prepare(`UPDATE ${table} SET created_at = 0`).run()).rejects.toThrow(/are not changed/);
      await expect(db.prepare(`DELETE FROM ${table}`).run()).rejects.toThrow(/are not deleted/);
    }
  });

  it("are an account's own; the operator reads everybody's", async () => {
    const { sid } = await onlyStatement(market.gateway, market.developer, `&Month=${thisMonth()}`);
    const { operator } = market.gateway;
    for (const path of [sid, `${sid}.html`, `${sid}.csv`, `${sid}/Entries.csv`, `${sid}/Payments`]) {
      expect((await market.gateway.call(market.owner, "GET", `/v1/Statements/${path}`)).status).toBe(404);
      expect((await market.gateway.call(operator, "GET", `/v1/Operator/Statements/${path}`)).status).toBe(200);
      expect((await market.gateway.call(market.developer, "GET", `/v1/Operator/Statements/${path}`)).status).toBe(403);
    }
    const { body } = await market.gateway.call<{ statements: Statement[] }>(operator, "GET", `/v1/Operator/Statements?Role=publisher&Month=${thisMonth()}`);
    expect(body.statements.map(({ role, number }) => [role, number])).toEqual([["publisher", 1]]);
    expect((await market.gateway.call(market.developer, "GET", "/v1/Statements?Month=2026-13")).body).toMatchObject({ code: 20001, message: "Month must be a month such as 2026-01" });
  });
});

describe("statements on demand", () => {
  let market: Marketplace;
  beforeAll(async () => {
    market = await startMarketplace();
  });
  afterAll(() => market.stop());

  const demand = (Month: string) => market.gateway.call(market.gateway.operator, "POST", "/v1/Operator/Statements", { form: { Month } });

  it.each([["2026-13"], ["NaN"], [""], ["2026-01-01"]])("are refused for %j, which is no month", async (month) => {
    expect(await demand(month)).toMatchObject({ status: 400, body: { code: 20001, message: "Month must be a month such as 2026-01" } });
  });

  it("are refused for a month that is not over", async () => {
    for (const month of [thisMonth(), afterMonths(1).toISOString().slice(0, 7)]) {
      expect(await demand(month)).toMatchObject({ status: 400, body: { code: 20001, message: expect.stringMatching(/^Month must be one that has been over/) } });
    }
  });

  it("are none for a month before the first account", async () => {
    expect(await demand("2020-01")).toMatchObject({ status: 200, body: { month: "2020-01", status: "closed", accounts_left: 0, statements: 0 } });
  });

  it("are made for a month that is over, as by the schedule", async () => {
    const offer = await market.offer(answering({}), perUse("0.5"));
    await install(market.gateway, await market.gateway.account("Other", "1"), offer.addOnSid);
    await market.run(offer);
    const db = await market.gateway.miniflare.getD1Database("DB");
    // As if the first account had been made three months ago, so that two months have been over for long, whatever day it is.
    await db.prepare("UPDATE accounts SET created_at = ?1").bind(afterMonths(-3).getTime()).run();
    const [oldest, last] = [afterMonths(-3), afterMonths(-2)].map((date) => date.toISOString().slice(0, 7));
    expect(await demand(last ?? "")).toMatchObject({ body: { month: last, status: "closing" } });
    expect(await demand(last ?? "")).toMatchObject({ body: { month: last, status: "closed", accounts_left: 0, statements: 0 } });
    expect(await demand(oldest ?? "")).toMatchObject({ body: { month: oldest, status: "closed", statements: 0 } });
    // The month before this one, and this one.
    for (let runs = 0; runs < 2; runs++) await closeMonth(market.gateway);
    expect(await onlyStatement(market.gateway, market.developer)).toMatchObject({ month: thisMonth(), amount: "0.500000" });
  });
});

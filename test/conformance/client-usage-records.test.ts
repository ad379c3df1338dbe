import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Twilio } from "twilio";
import { answering } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace, type Offer } from "../support/marketplace.ts";
import { restException, twilioClient } from "../support/twilio-client.ts";

const DAY_MS = 24 * 3_600_000;
const perUse = (unit_price: string) => ({ pricing: { model: "per_use", unit_price, currency: "USD" } });
const today = (): string => new Date().toISOString().slice(0, 10);

describe("usage records, with the official client", () => {
  let market: Marketplace;
  let client: Twilio;
  let cheap: Offer;
  let dear: Offer;

  beforeAll(async () => {
    market = await startMarketplace();
    client = twilioClient(market.gateway, market.developer);
    cheap = await market.offer(answering({}), perUse("0.000001"));
    dear = await market.offer(answering({}), perUse("1.5"));
    const failing = await market.offer(answering({}, 403), perUse("1"));
    for (const offer of [cheap, cheap, dear, failing]) await market.run(offer);
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  const shown = async () => (await client.usage.records.list()).map(({ category, count, usage, price }) => [category, count, usage, price]);
  type Shown = { usage_records: { category: string; count: string; start_date: string }[] };
  const get = async (query: string): Promise<Shown["usage_records"]> =>
    (await market.gateway.call<Shown>(market.developer, "GET", `/2010-04-01/Accounts/${market.developer.sid}/Usage/Records.json?${query}`)).body.usage_records;

  it("are what was charged, by add-on and in all", async () => {
    expect(await shown()).toEqual([["totalprice", "3", "3", 1.500002], ...[[`marketplace-${cheap.name}`, "2", "2", 0.000002], [`marketplace-${dear.name}`, "1", "1", 1.5]].toSorted(([one], [other]) => String(one).localeCompare(String(other)))]);
    const [total] = await client.usage.records.list({ category: "totalprice" });
    expect(total).toMatchObject({ accountSid: market.developer.sid, priceUnit: "usd", countUnit: "invocations", usageUnit: "invocations", apiVersion: "2010-04-01" });
    expect(JSON.stringify(total)).toContain(today());
  });

  it("are found by category and by days, also counted from today", async () => {
    const tomorrow = new Date(Date.now() + DAY_MS);
    expect(await client.usage.records.list({ startDate: tomorrow, endDate: tomorrow, category: "totalprice" })).toMatchObject([{ count: "0" }]);
    expect(await get(`Category=marketplace-${cheap.name}&StartDate=-30days`)).toMatchObject([{ count: "2", start_date: new Date(Date.now() - 30 * DAY_MS).toISOString().slice(0, 10) }]);
    expect(await get("EndDate=-1days&StartDate=-2days&Category=totalprice")).toMatchObject([{ count: "0" }]);
    expect(await get("Category=calls")).toEqual([]);
  });

  it("are none of a time that ended before the first charge", async () => {
    expect(await client.usage.records.list({ endDate: new Date(Date.now() - 40 * DAY_MS), category: "totalprice" })).toMatchObject([{ count: "0", price: 0 }]);
  });

  it("are paged", async () => {
    expect((await client.usage.records.list({ pageSize: 1 })).length).toBe(3);
    expect((await client.usage.records.list({ limit: 2 })).length).toBe(2);
  });

  it.each(["yesterday", "2026-02-30", "30days"])("are not found by %s, which is no day", async (text) => {
    const answer = await market.gateway.call(market.developer, "GET", `/2010-04-01/Accounts/${market.developer.sid}/Usage/Records.json?StartDate=${text}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 20001, message: expect.stringMatching(/^StartDate must be/) } });
  });

  it("are the account's own", async () => {
    const stranger = await market.gateway.account("Stranger");
    expect((await twilioClient(market.gateway, stranger).usage.records.list()).map(({ count }) => count)).toEqual(["0"]);
    expect((await restException(twilioClient(market.gateway, stranger, { accountSid: market.developer.sid }).usage.records.list())).status).toBe(404);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { install, lookUp } from "../support/add-ons.ts";
import { startMarketplace, type Marketplace } from "../support/marketplace.ts";

const CALLERS = 64;
const LOOKUPS = 5_000;
const PAID_FOR = 1_000;

describe("an account's credit", () => {
  let market: Marketplace;
  beforeAll(async () => {
    market = await startMarketplace();
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  it("pays for as many look-ups as it covers, with 64 callers at once, and publishers do hardly more", { timeout: 180_000 }, async () => {
    let calls = 0;
    const { name, addOnSid } = await market.offer(
      (_request, response) => {
        calls += 1;
        response.setHeader("Content-Type", "application/json").end("{}");
      },
      { pricing: { model: "per_use", unit_price: "0.001", currency: "USD" } },
    );
    const developer = await market.gateway.account("Spender", "1");
    await install(market.gateway, developer, addOnSid);
    let [left, successful, refused] = [LOOKUPS, 0, 0];
    const caller = async (): Promise<void> => {
      while (left-- > 0) {
        const { body, text } = await lookUp(market.gateway, developer, [name]);
        const result = body.add_ons?.results[name];
        if (result?.status === "successful") successful += 1;
        else if (result?.code === 61003) refused += 1;
        else throw new Error(text);
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    expect([successful, refused]).toEqual([PAID_FOR, LOOKUPS - PAID_FOR]);
    expect(calls).toBeLessThanOrEqual(PAID_FOR + CALLERS);
    const { body } = await market.gateway.call<{ balance: string }>(developer, "GET", `/2010-04-01/Accounts/${developer.sid}/Balance.json`);
    expect(body.balance).toBe("0.00");
    const { body: log } = await market.gateway.call<{ invocations: { price: string; status: string }[] }>(developer, "GET", "/v1/Invocations?Status=successful&PageSize=1000");
    expect(log.invocations.filter(({ price }) => price === "0.001")).toHaveLength(PAID_FOR);
    const { body: told } = await market.gateway.call<{ alerts: { error_code: string; alert_text: string }[] }>(developer, "GET", "/v1/Alerts?PageSize=1000");
    const ofCredit = told.alerts.filter(({ alert_text }) => /last credit|account's credit does not cover an add-on that was asked for/.test(alert_text));
    expect(ofCredit.map(({ alert_text }) => alert_text.slice(0, 15)).toSorted()).toEqual(["At most 20 % of", "At most 5 % of ", "Nothing of the ", "The account's c"]);
  });
});

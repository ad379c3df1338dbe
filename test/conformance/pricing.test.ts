import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lookUp } from "../support/add-ons.ts";
import { answering } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace } from "../support/marketplace.ts";

const MICROS_PER_DOLLAR = 1_000_000;
const perUse = (unit_price: string) => ({ pricing: { model: "per_use", unit_price, currency: "USD" } });
const perSuccess = (success: Record<string, unknown>) => ({ pricing: { model: "per_success", unit_price: "0.0003", currency: "USD", success } });

describe("the price of an invocation", () => {
  let market: Marketplace;
  beforeAll(async () => {
    market = await startMarketplace();
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  async function balanceMicros(): Promise<number> {
    const { body } = await market.gateway.call<{ balance: string; currency: string }>(market.developer, "GET", `/2010-04-01/Accounts/${market.developer.sid}/Balance.json`);
    expect(body.currency).toBe("USD");
    return Math.round(Number(body.balance) * MICROS_PER_DOLLAR);
  }

  /** What this work takes from the developer's credit. */
  async function costMicros(work: () => Promise<unknown>): Promise<number> {
    const before = await balanceMicros();
    await work();
    return before - (await balanceMicros());
  }

  it("is the publisher's own, once per use, and deducted from the developer's credit [pricing-per-use, pricing-own-price, pricing-metered, pricing-credit, example-price]", async () => {
    const offer = await market.offer(answering({}), perUse("0.0001"));
    expect(await costMicros(() => market.run(offer))).toBe(100);
    expect(await costMicros(() => market.run(offer))).toBe(100);
  });

  it("is metered for both sides in the log [pricing-metered]", async () => {
    const { request_sid } = await market.run(await market.offer(answering({}), perUse("1.234567")));
    for (const login of [market.developer, market.owner]) expect((await market.logged(login, request_sid)).price).toBe("1.234567");
  });

  it("differs between the add-ons of one publisher, and one request pays each [pricing-several-add-ons, pricing-models-differ]", async () => {
    const offers = [await market.offer(answering({}), perUse("0.000001")), await market.offer(answering({}), perUse("0.5")), await market.offer(answering({}), perUse("0")), await market.offer(answering({}), perSuccess({}))];
    expect(await costMicros(() => lookUp(market.gateway, market.developer, offers.map(({ name }) => name)))).toBe(1 + 500_000 + 0 + 300);
  });

  it("is nothing when the add-on fails, whatever its model [pricing-per-use, pricing-per-success]", async () => {
    const offers = [await market.offer(answering({}, 403), perUse("0.5")), await market.offer(answering({}, 500), perSuccess({ http_status: [200] })), await market.offer(answering([]), perUse("0.5"))];
    expect(await costMicros(() => lookUp(market.gateway, market.developer, offers.map(({ name }) => name)))).toBe(0);
  });

  it.each([
    { what: "a status of the list", success: { http_status: [200, 201] }, answer: {}, status: 201, micros: 300 },
    { what: "a status that is not of the list", success: { http_status: [200] }, answer: {}, status: 201, micros: 0 },
    { what: "an element that is present", success: { present: ["/carrier/name"] }, answer: { carrier: { name: "x" } }, micros: 300 },
    { what: "an element that is not present", success: { present: ["/carrier/name"] }, answer: { carrier: {} }, micros: 0 },
    { what: "an element that is null, which counts as absent", success: { present: ["/carrier"] }, answer: { carrier: null }, micros: 0 },
    { what: "false, 0 and an empty text, which are present", success: { present: ["/a", "/b", "/c"] }, answer: { a: false, b: 0, c: "" }, micros: 300 },
    { what: "one of two elements", success: { present: ["/a", "/b"] }, answer: { a: 1 }, micros: 0 },
    { what: "an element that is absent", success: { absent: ["/error"] }, answer: {}, micros: 300 },
    { what: "an element that is null where it must be absent", success: { absent: ["/error"] }, answer: { error: null }, micros: 300 },
    { what: "an element where it must be absent", success: { absent: ["/error"] }, answer: { error: {} }, micros: 0 },
    { what: "an element of a list", success: { present: ["/list/1/name"] }, answer: { list: [0, { name: 1 }] }, micros: 300 },
    { what: "no element at a list's own property", success: { present: ["/list/length"] }, answer: { list: [1] }, micros: 0 },
    { what: "no element at what every object inherits", success: { present: ["/constructor"] }, answer: {}, micros: 0 },
    { what: "a name with the characters that pointers escape", success: { present: ["/a~1b/~01"] }, answer: { "a/b": { "~1": 1 } }, micros: 300 },
    { what: "an empty name", success: { present: ["/"] }, answer: { "": 1 }, micros: 300 },
    { what: "all conditions together", success: { http_status: [200], present: ["/a"], absent: ["/b"] }, answer: { a: 1 }, micros: 300 },
  ])("per success is $micros micro-dollars for $what [pricing-per-success]", async ({ success, answer, status = 200, micros }) => {
    const offer = await market.offer(answering(answer, status), perSuccess(success));
    const cost = await costMicros(async () => expect(await market.run(offer)).toMatchObject({ status: "successful", result: answer }));
    expect(cost).toBe(micros);
  });

  it("is charged once when the publisher needed a retry [pricing-metered]", async () => {
    let calls = 0;
    const offer = await market.offer((request, response, socket) => answering({}, calls++ === 0 ? 500 : 200)(request, response, socket), perUse("0.25"));
    expect(await costMicros(() => market.run(offer))).toBe(250_000);
  });
});

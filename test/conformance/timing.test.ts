import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lookUp } from "../support/add-ons.ts";
import { answering, type Respond } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace, type Offer } from "../support/marketplace.ts";

const ADD_ON_MS = 2_000;
/** 100 ms of the gateway's own, and what a busy machine adds. */
const TOLERANCE_MS = 500;

const hang: Respond = () => undefined;
const after = (delayMs: number): Respond => (request, response, socket) => void setTimeout(() => void answering({ ok: true })(request, response, socket), delayMs);

describe("a request that runs many add-ons", () => {
  let market: Marketplace;
  const hanging: Offer[] = [];
  const quick: Offer[] = [];
  const late: Offer[] = [];
  beforeAll(async () => {
    market = await startMarketplace();
    for (let count = 0; count < 12; count++) hanging.push(await market.offer(hang));
    for (let count = 0; count < 6; count++) quick.push(await market.offer(answering({ ok: true })));
    for (let count = 0; count < 6; count++) late.push(await market.offer(after(1_700)));
    await market.run(quick[0] ?? missing());
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
    expect(market.publisher.waiting.most, "never more than six calls wait for headers").toBe(6);
  });

  async function timed(offers: Offer[]) {
    const startedAtMs = performance.now();
    const { body } = await lookUp(market.gateway, market.developer, offers.map(({ name }) => name));
    const elapsedMs = performance.now() - startedAtMs;
    expect(body.add_ons).toMatchObject({ status: "successful", code: null });
    const codes = offers.map(({ name }) => body.add_ons?.results[name]?.code);
    return { elapsedMs, codes, results: body.add_ons?.results ?? {} };
  }
  const codesOf = (offers: Offer[]): (number | null)[] => offers.map((offer) => (hanging.includes(offer) ? 61001 : null));

  it("takes 2,000 ms for six that hang [phone-number-timeout]", async () => {
    const offers = hanging.slice(0, 6);
    const { elapsedMs, codes } = await timed(offers);
    expect(codes).toEqual(codesOf(offers));
    expect(elapsedMs).toBeGreaterThanOrEqual(ADD_ON_MS);
    expect(elapsedMs).toBeLessThan(ADD_ON_MS + TOLERANCE_MS);
  });

  it("takes 4,000 ms for twelve that hang: each one's time starts when its slot is taken [phone-number-timeout]", async () => {
    const { elapsedMs, codes, results } = await timed(hanging);
    expect(codes).toEqual(codesOf(hanging));
    expect(elapsedMs).toBeGreaterThanOrEqual(2 * ADD_ON_MS);
    expect(elapsedMs).toBeLessThan(2 * ADD_ON_MS + TOLERANCE_MS);
    const waits = await Promise.all(hanging.map(async ({ name }) => (await market.logged(market.developer, results[name]?.request_sid ?? "")).wait_ms));
    expect(waits.filter((waitMs) => waitMs < TOLERANCE_MS), "the first six did not wait for a slot").toHaveLength(6);
    expect(waits.filter((waitMs) => waitMs >= ADD_ON_MS - 50), "the log says that the others did").toHaveLength(6);
  });

  it("is answered within 4,000 ms when six hang and six others need nearly their whole time after them [phone-number-timeout]", async () => {
    const offers = [...hanging.slice(0, 6), ...late];
    const { elapsedMs, codes } = await timed(offers);
    expect(codes).toEqual(codesOf(offers));
    expect(elapsedMs).toBeGreaterThanOrEqual(ADD_ON_MS + 1_700);
    expect(elapsedMs).toBeLessThan(2 * ADD_ON_MS + TOLERANCE_MS);
  });

  it.each([
    { order: "first", arrange: () => [...hanging.slice(0, 6), ...quick] },
    { order: "last", arrange: () => [...quick, ...hanging.slice(0, 6)] },
    { order: "in between", arrange: () => quick.flatMap((offer, index) => [hanging[index] ?? missing(), offer]) },
  ])("takes the time of one wave, and answers the others, when the six that hang stand $order [phone-number-timeout]", async ({ arrange }) => {
    const offers = arrange();
    const { elapsedMs, codes } = await timed(offers);
    expect(codes).toEqual(codesOf(offers));
    expect(elapsedMs).toBeGreaterThanOrEqual(ADD_ON_MS);
    expect(elapsedMs).toBeLessThan(ADD_ON_MS + TOLERANCE_MS);
  });

  it("runs the first six together [phone-number-timeout]", async () => {
    const { elapsedMs, codes } = await timed(late);
    expect(codes).toEqual(codesOf(late));
    expect(elapsedMs).toBeLessThan(1_700 + TOLERANCE_MS);
  });
});

function missing(): never {
  throw new Error("an offer is missing");
}

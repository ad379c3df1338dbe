import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lookUp } from "../support/add-ons.ts";
import { runFailing } from "../support/failed-run.ts";
import { answering, type ReceivedRequest, type Respond } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace } from "../support/marketplace.ts";

const after = (delayMs: number, respond: Respond): Respond => (request, response, socket) => void setTimeout(() => void respond(request, response, socket), delayMs);
const hang: Respond = () => undefined;

/** Answers the first call one way and every later one another way. */
function first(once: Respond, afterwards: Respond): Respond {
  let calls = 0;
  return (request, response, socket) => (calls++ === 0 ? once : afterwards)(request, response, socket);
}

const headersThenNothing: Respond = (_request, response) => void response.writeHead(200, { "Content-Type": "application/json" }).write('{"a":');

const trickle: Respond = (_request, response) => {
  response.writeHead(200, { "Content-Type": "application/json" }).write("{");
  const timer = setInterval(() => response.write(" "), 50);
  response.on("close", () => clearInterval(timer));
};

const whole = (received: ReceivedRequest | undefined) => ({ method: received?.method, target: received?.target, headers: received?.headers, body: received?.body });

describe("the time of an add-on", () => {
  let market: Marketplace;
  beforeAll(async () => {
    market = await startMarketplace();
    await market.run(await market.offer(answering({})));
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  it.concurrent.each([
    { what: "sends no headers", respond: hang },
    { what: "sends headers and no body", respond: headersThenNothing },
    { what: "sends its body a byte at a time", respond: trickle },
    { what: "sends half of a body whose length it announced", respond: ((_request, response) => void response.writeHead(200, { "Content-Length": "1000" }).write("{")) satisfies Respond },
  ])("is over after 2,000 ms when the publisher $what: 61001, one attempt, not billed [phone-number-timeout]", async ({ respond }) => {
    const offer = await market.offer(respond);
    const { logged } = await runFailing(market, offer, 61001);
    expect(market.requestsTo(offer)).toHaveLength(1);
    expect(logged.attempts).toEqual([expect.objectContaining({ failure: "timed_out" })]);
    expect(logged.duration_ms).toBeGreaterThanOrEqual(2_000);
    expect(logged.duration_ms).toBeLessThan(2_500);
  });

  it.concurrent("is not over before: an answer after 1,500 ms is a success [phone-number-sla, phone-number-timeout]", async () => {
    const offer = await market.offer(after(1_500, answering({ late: true })));
    const result = await market.run(offer);
    expect(result).toMatchObject({ status: "successful", result: { late: true } });
    const { duration_ms, attempts } = await market.logged(market.owner, result.request_sid);
    expect(duration_ms, "the publisher's log has what its service level is measured by").toBeGreaterThanOrEqual(1_490);
    expect(attempts).toEqual([expect.objectContaining({ status: 200, failure: null, duration_ms: expect.any(Number) })]);
  });

  it.concurrent("covers the retries: the time may strike during one [responses-5xx, phone-number-timeout]", async () => {
    const offer = await market.offer(after(750, answering({}, 500)));
    const { logged } = await runFailing(market, offer, 61001);
    expect(logged.attempts.map(({ failure }) => failure)).toEqual(["server_error", "server_error", "timed_out"]);
    expect(logged.duration_ms).toBeLessThan(2_500);
  });

  it.concurrent("leaves hardly any for a retry after a late failure: the failure that was seen is the one reported, or that the time struck [responses-5xx]", async () => {
    const offer = await market.offer(after(1_960, answering({}, 500)));
    const result = await market.run(offer);
    expect([61001, 61002]).toContain(result.code);
    const logged = await market.logged(market.developer, result.request_sid);
    // A retry that began in time may have been given up before it arrived. That none begins later is shown below the edge, where time stands still.
    expect(logged.attempts.length).toBeLessThanOrEqual(2);
    expect(market.requestsTo(offer).length).toBeLessThanOrEqual(logged.attempts.length);
    expect(logged.duration_ms).toBeLessThan(2_500);
  });

  it.concurrent("has a retry repeat the request byte for byte, however late it is [responses-retry-request-sid, security-unique-request-sid]", async () => {
    const request = { query: { at: "{{unix_timestamp}}" }, body_format: "json", body: { id: "{{request_sid}}", at: "{{unix_timestamp}}" }, credentials: { type: "basic", username: "u", password: "p" } };
    // More than a second later: a date that was taken anew would differ.
    const offer = await market.offer(first(after(1_100, answering({}, 503)), answering({ ok: true })), { request });
    const result = await market.run(offer);
    expect(result).toMatchObject({ status: "successful", result: { ok: true } });
    const [one, two, ...more] = market.requestsTo(offer);
    expect(more).toEqual([]);
    expect((two?.receivedAtMs ?? 0) - (one?.receivedAtMs ?? 0)).toBeGreaterThanOrEqual(1_000);
    expect(whole(two)).toEqual(whole(one));
    expect(two?.headers["x-twilio-requestsid"]).toBe(result.request_sid);
  });

  it("ends a 500 then a 200 as one success that is billed once, with both attempts in the log [responses-5xx, responses-retry-request-sid]", async () => {
    const offer = await market.offer(first(answering({}, 500), answering({ second: true })));
    const result = await market.run(offer);
    expect(result).toMatchObject({ status: "successful", result: { second: true } });
    const logged = await market.logged(market.developer, result.request_sid);
    expect(logged).toMatchObject({ price: "0.0001", counts_against_sla: false });
    expect(logged.attempts).toEqual([expect.objectContaining({ status: 500, failure: "server_error" }), expect.objectContaining({ status: 200, failure: null })]);
  });

  it("is each add-on's own: one that hangs takes nothing from another [phone-number-timeout]", async () => {
    const [slow, quick] = [await market.offer(hang), await market.offer(answering({ quick: true }))];
    const { body } = await lookUp(market.gateway, market.developer, [slow.name, quick.name]);
    expect(body.add_ons).toMatchObject({ status: "successful", code: null });
    expect(body.add_ons?.results[slow.name]).toMatchObject({ code: 61001 });
    expect(body.add_ons?.results[quick.name]).toMatchObject({ status: "successful", result: { quick: true } });
  });
});

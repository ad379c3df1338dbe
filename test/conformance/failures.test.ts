import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runFailing } from "../support/failed-run.ts";
import { answering, type Respond } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace } from "../support/marketplace.ts";

const JSON_TYPE = { "Content-Type": "application/json" };
const withBody = (body: string | Buffer, status = 200, headers: Record<string, string> = JSON_TYPE): Respond => (_request, response) => void response.writeHead(status, headers).end(body);

describe("an add-on fails", () => {
  let market: Marketplace;
  beforeAll(async () => {
    market = await startMarketplace();
  });
  afterAll(async () => {
    const { body } = await market.gateway.call(market.developer, "GET", `/2010-04-01/Accounts/${market.developer.sid}/Balance.json`);
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
    expect(body["balance"], "nothing that failed was billed").toBe("10.00");
  });

  it.each([
    { status: 500, title: "of 500 [responses-5xx, responses-4xx-5xx-logged, responses-4xx-5xx-sla]" },
    { status: 502, title: "of 502 [responses-5xx]" },
    { status: 503, title: "of 503 [responses-5xx]" },
    { status: 599, title: "of 599 [responses-5xx]" },
  ])("with 61002 after two retries for an answer for ever $title", async ({ status }) => {
    const offer = await market.offer(answering({ error: "down" }, status));
    const { result, logged } = await runFailing(market, offer, 61002);
    expect(market.requestsTo(offer)).toHaveLength(3);
    expect(logged.attempts).toEqual(Array.from({ length: 3 }, () => expect.objectContaining({ status, failure: "server_error" })));
    expect(result.detail).toContain(String(status));
  });

  it.each([
    { status: 400, title: "400 [responses-4xx]" },
    { status: 401, title: "401 [responses-4xx]" },
    { status: 403, title: "403 [responses-4xx, responses-4xx-5xx-logged, responses-4xx-5xx-sla]" },
    { status: 404, title: "404 [responses-4xx]" },
    { status: 429, title: "429 [responses-4xx]" },
    { status: 499, title: "499 [responses-4xx]" },
  ])("with 61005, at once and for good, for $title", async ({ status }) => {
    const offer = await market.offer(answering({ error: "no" }, status));
    const { result, logged } = await runFailing(market, offer, 61005);
    expect(market.requestsTo(offer)).toHaveLength(1);
    expect(logged.attempts).toEqual([expect.objectContaining({ status, failure: "client_error" })]);
    expect(result.detail).toContain(String(status));
  });

  it("with both sides' logs telling the publisher's status, and only the developer's telling the name [responses-4xx-5xx-logged, responses-4xx-5xx-sla]", async () => {
    const offer = await market.offer(answering({}, 403));
    const { result } = await runFailing(market, offer, 61005);
    const seen = { code: 61005, counts_against_sla: true, attempts: [expect.objectContaining({ status: 403, failure: "client_error" })] };
    expect(await market.logged(market.developer, result.request_sid)).toMatchObject({ ...seen, role: "developer", unique_name: offer.name });
    expect(await market.logged(market.owner, result.request_sid)).toMatchObject({ ...seen, role: "publisher", unique_name: null, account_sid: null, phone_number: null });
  });

  it.each([301, 302, 303, 307, 308])("with 61002 for a redirect (%i), which is not followed [responses-200-json]", async (status) => {
    const target = await market.offer(answering({ followed: true }));
    const offer = await market.offer((_request, response) => void response.writeHead(status, { Location: market.publisher.origin + target.path }).end());
    const { logged } = await runFailing(market, offer, 61002);
    expect([market.requestsTo(offer).length, market.requestsTo(target).length]).toEqual([1, 0]);
    expect(logged.attempts).toEqual([expect.objectContaining({ status, failure: "redirected" })]);
  });

  it.each([
    { what: "HTML", respond: withBody("<!doctype html><title>Oops</title>", 200, { "Content-Type": "text/html" }) },
    { what: "text", respond: withBody("not found") },
    { what: "half a JSON object", respond: withBody('{"anagrams": ["+18778TWILIO"') },
    { what: "two JSON objects", respond: withBody('{"a":1}\n{"a":2}') },
    { what: "what only JavaScript reads", respond: withBody("{a: 1, b: NaN, }") },
    { what: "an array", respond: answering([{ a: 1 }]) },
    { what: "a JSON text", respond: answering("successful") },
    { what: "a JSON number", respond: answering(200) },
    { what: "null", respond: answering(null) },
    { what: "no content (204)", respond: withBody("", 204) },
    { what: "an empty 200", respond: withBody("") },
    { what: "white space", respond: withBody(" \n ") },
    { what: "bytes that are no UTF-8", respond: withBody(Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d])) },
    { what: "a character cut in half", respond: withBody(Buffer.from('{"a":"é"}').subarray(0, 7)) },
    { what: "UTF-16", respond: withBody(Buffer.from('{"a":1}', "utf16le"), 200, { "Content-Type": "application/json; charset=utf-16le" }) },
  ])("with 61002, without a retry, for $what instead of a JSON object [responses-json-object, responses-200-json]", async ({ respond }) => {
    const offer = await market.offer(respond);
    const { logged } = await runFailing(market, offer, 61002);
    expect(market.requestsTo(offer)).toHaveLength(1);
    expect(logged.attempts).toEqual([expect.objectContaining({ status: expect.any(Number) })]);
  });

  describe("by the response schema", () => {
    /** The guide's own example. */
    const response_schema = {
      $schema: "http://json-schema.org/draft-04/schema#",
      type: "object",
      properties: { args: { type: "object", properties: { e164: { type: "string" } }, required: ["e164"] } },
      required: ["args"],
    };

    it("not, when the answer is the guide's example [response-validation, response-validation-example]", async () => {
      const answer = { args: { e164: "+13233633791", test: "1" }, origin: "" };
      const offer = await market.offer(answering(answer), { response_schema, pricing: { model: "per_use", unit_price: "0", currency: "USD" } });
      expect(await market.run(offer)).toMatchObject({ status: "successful", result: answer });
    });

    it.each([
      { answer: { args: {} }, at: "/args/e164" },
      { answer: { args: { e164: 13233633791 } }, at: "/args/e164" },
      { answer: { origin: "" }, at: "/args" },
      { answer: { args: null }, at: "/args" },
    ])("with 61004, not against the publisher, for $answer, naming $at [response-validation]", async ({ answer, at }) => {
      const offer = await market.offer(answering(answer), { response_schema });
      const { result, logged } = await runFailing(market, offer, 61004);
      expect(result.detail).toContain(`${at}:`);
      expect(market.requestsTo(offer)).toHaveLength(1);
      expect(logged.attempts).toEqual([expect.objectContaining({ status: 200 })]);
    });

    it("with a detail that has neither the publisher's values nor its own names [response-validation]", async () => {
      const schema = { ...response_schema, additionalProperties: { type: "string" } };
      for (const answer of [{ args: { e164: { secret_key: "secret value" } } }, { args: { e164: "+1" }, secret_name: 5 }]) {
        const { result } = await runFailing(market, await market.offer(answering(answer), { response_schema: schema }), 61004);
        expect(result.detail).not.toContain("secret");
      }
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LookupAnswer } from "../support/add-ons.ts";
import { answering } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace } from "../support/marketplace.ts";

/** The guide's own example. */
const GUIDES_SCHEMA = {
  $schema: "http://json-schema.org/draft-04/schema#",
  type: "object",
  properties: { primary_address: { type: "string", pattern: "^\\+(91|1)+[0-9]*$" } },
  required: ["primary_address"],
};

const OPTIONAL_FIELDS = {
  runtime_fields: { reason: {}, depth: {} },
  configuration_schema: { type: "object", properties: { language: { type: "string" }, level: { type: "integer" }, strict: { type: "boolean" } } },
};

describe("request validation", () => {
  let market: Marketplace;
  beforeAll(async () => {
    market = await startMarketplace();
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  it("restricts an add-on to numbers of the guide's example [request-validation, request-validation-example]", async () => {
    const offer = await market.offer(answering({ ok: true }), { request_schema: GUIDES_SCHEMA });
    const statusOf = async (number: string): Promise<string | undefined> => {
      const { body } = await market.gateway.call<LookupAnswer>(market.developer, "GET", `/v1/PhoneNumbers/${number}?AddOns=${offer.name}`);
      return body.add_ons?.results[offer.name]?.status;
    };
    expect(await statusOf("+12345678901")).toBe("successful");
    expect(await statusOf("+919876543210")).toBe("successful");
    expect(await statusOf("+442079460018")).toBe("failed");
    expect(market.requestsTo(offer).map(({ form }) => form["e164"])).toEqual(["+12345678901", "+919876543210"]);
  });

  it("answers a request that is refused with 61003, sends nothing, bills nothing, and does not count it against the publisher [request-validation-61003, request-validation-sla]", async () => {
    const offer = await market.offer(answering({ ok: true }), { request_schema: { ...GUIDES_SCHEMA, properties: { primary_address: { pattern: "^\\+44" } } } });
    const result = await market.run(offer);
    expect(result).toEqual({
      request_sid: expect.stringMatching(/^XR[0-9a-f]{32}$/),
      status: "failed",
      message: "Requirements to invoke Add-ons have not been met",
      code: 61003,
      result: {},
      detail: expect.stringContaining("primary_address"),
    });
    expect(result.detail, "the detail never has the number").not.toContain("8778894546");
    expect(market.requestsTo(offer)).toEqual([]);
    for (const login of [market.developer, market.owner]) {
      expect(await market.logged(login, result.request_sid)).toMatchObject({ status: "failed", code: 61003, price: "0.00", counts_against_sla: false, attempts: [] });
    }
  });

  it("sees one object of every field that has a value, configuration typed, and nothing else [request-validation]", async () => {
    const fields = {
      primary_address: { enum: ["+18778894546"] },
      request_sid: { type: "string", pattern: "^XR[0-9a-f]{32}$" },
      unix_timestamp: { type: "integer" },
      reason: { type: "string", enum: ["5"] },
      language: { enum: ["en_US"] },
      level: { enum: [7] },
      strict: { enum: [false] },
    };
    // Credentials, or a field without a value, would be a property too many.
    const request_schema = { type: "object", properties: fields, required: Object.keys(fields), additionalProperties: false };
    const request = { credentials: { type: "bearer", token: "secret" } };
    const offer = await market.offer(answering({}), { ...OPTIONAL_FIELDS, request_schema, request }, { Configuration: '{"language": "en_US", "level": 7, "strict": false}' });
    expect(await market.run(offer, { [`AddOns.${offer.name}.reason`]: "5" })).toMatchObject({ status: "successful" });
    expect(await market.run(offer), "a required field without a value is not there").toMatchObject({ code: 61003, detail: expect.stringContaining("reason") });
    expect(await market.run(offer, { [`AddOns.${offer.name}.reason`]: "5", [`AddOns.${offer.name}.depth`]: "1" })).toMatchObject({ code: 61003 });
  });

  it("reads a schema without $schema as draft-04 [request-validation]", async () => {
    // In draft-04 `exclusiveMaximum` is a boolean beside `maximum`; later drafts would ignore it or refuse the schema.
    const request_schema = { properties: { level: { maximum: 7, exclusiveMaximum: true } } };
    const under = await market.offer(answering({}), { ...OPTIONAL_FIELDS, request_schema }, { Configuration: '{"level": 6}' });
    const at = await market.offer(answering({}), { ...OPTIONAL_FIELDS, request_schema }, { Configuration: '{"level": 7}' });
    expect([(await market.run(under)).status, (await market.run(at)).status]).toEqual(["successful", "failed"]);
  });

  it("is left out where a definition has no request schema [request-validation]", async () => {
    expect(await market.run(await market.offer(answering({})))).toMatchObject({ status: "successful" });
  });

  it("takes a bounded time for a value that is made against a pattern of exponential cost [request-validation]", async () => {
    const request_schema = { properties: { reason: { pattern: "^(a+)+$" } } };
    const offer = await market.offer(answering({}), { ...OPTIONAL_FIELDS, request_schema });
    const hostile = `${"a".repeat(4_000)}!`;
    const result = await market.run(offer, { [`AddOns.${offer.name}.reason`]: hostile });
    expect(result).toMatchObject({ code: 61003 });
    expect(result.detail).not.toContain("aaaa");
    // With backtracking 28 such characters take a second, and each one more doubles it.
    expect((await market.logged(market.developer, result.request_sid)).duration_ms).toBeLessThan(1_000);
    expect(await market.run(offer, { [`AddOns.${offer.name}.reason`]: "a".repeat(4_000) })).toMatchObject({ status: "successful" });
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition } from "../support/add-ons.ts";
import { answering } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace } from "../support/marketplace.ts";

const SCHEMAS = ["request_schema", "response_schema"] as const;
/** Also on a busy machine. What is unbounded takes minutes. */
const BOUNDED_MS = 2_500;

/** A schema of about so many characters of JSON. */
const withEnum = (characters: number) => ({ properties: { a: { enum: Array.from({ length: Math.floor(characters / 103) }, (_, index) => String(index).padStart(100, "x")) } } });

describe("the JSON Schemas of a definition", () => {
  let market: Marketplace;
  beforeAll(async () => {
    market = await startMarketplace();
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  async function problemsOf(change: Record<string, unknown>): Promise<{ status: number; paths: string[] }> {
    const json = definition(market.publisher, "/schemas", change);
    const { status, body } = await market.gateway.call<{ details?: { problems: { path: string }[] } }>(market.owner, "POST", "/v1/Publisher/AddOns", { json });
    return { status, paths: (body.details?.problems ?? []).map(({ path }) => path) };
  }

  it("may have the guide's two patterns [request-validation-example, configuration-example]", async () => {
    const request_schema = { $schema: "http://json-schema.org/draft-04/schema#", type: "object", properties: { primary_address: { type: "string", pattern: "^\\+(91|1)+[0-9]*$" } }, required: ["primary_address"] };
    const configuration_schema = { title: "Config schema", type: "object", properties: { phone_number: { type: "string", name: "Phone Number", _help: "E164", pattern: "^\\+(1)+[0-9]*$" } } };
    expect(await problemsOf({ request_schema, configuration_schema })).toEqual({ status: 201, paths: [] });
  });

  it.each(["(?=a)b", "(?!a)b", "(?<=a)b", "(?<!a)b", "(a)\\1", "(?<n>a)\\k<n>", "(", "a)", "[a", "*a", "a{2,1}", "(?:a{1000}){1000}", "\\p{No_Such_Script}"])(
    "are refused at the place of a pattern that RE2 cannot compile: %s [request-validation, response-validation, configuration-combining-patterns]",
    async (pattern) => {
      for (const name of SCHEMAS) {
        expect(await problemsOf({ [name]: { properties: { a: { items: [{ pattern }] } } } })).toEqual({ status: 400, paths: [`/${name}/properties/a/items/0/pattern`] });
      }
      const configuration_schema = { type: "object", properties: { a: { type: "string", pattern } } };
      expect(await problemsOf({ configuration_schema })).toEqual({ status: 400, paths: ["/configuration_schema/properties/a/pattern"] });
    },
  );

  it.each([
    { what: "a type that there is not", schema: { properties: { a: { type: "strin" } } }, at: "/properties/a/type" },
    { what: "a draft that there is not", schema: { $schema: "https://www.example.com/my-draft" }, at: "/$schema" },
    { what: "a remote $ref", schema: { properties: { a: { $ref: "https://www.example.com/schema.json" } } }, at: "/properties/a/$ref" },
    { what: "a relative $ref", schema: { properties: { a: { $ref: "other.json#/definitions/b" } } }, at: "/properties/a/$ref" },
    { what: "a recursive $ref", schema: { properties: { a: { $ref: "#" } } }, at: "/properties/a/$ref" },
    { what: "a $ref that leads nowhere", schema: { properties: { a: { $ref: "#/definitions/b" } } }, at: "/properties/a/$ref" },
    { what: "a text for a count", schema: { properties: { a: { maxLength: "5" } } }, at: "/properties/a/maxLength" },
    { what: "a text for a list of names", schema: { required: "a" }, at: "/required" },
    { what: "a list for a schema", schema: { properties: { a: [] } }, at: "/properties/a" },
  ])("are refused at the place of $what [request-validation, response-validation]", async ({ schema, at }) => {
    for (const name of SCHEMAS) expect(await problemsOf({ [name]: schema })).toEqual({ status: 400, paths: [`/${name}${at}`] });
  });

  it("are refused when they recurse by way of each other [response-validation]", async () => {
    const definitions = { a: { properties: { b: { $ref: "#/definitions/b" } } }, b: { properties: { a: { $ref: "#/definitions/a" } } } };
    const { status, paths } = await problemsOf({ response_schema: { $ref: "#/definitions/a", definitions } });
    expect(status).toBe(400);
    for (const path of paths) expect(path).toMatch(/^\/response_schema\/.*\$ref$/);
  });

  it("may point into themselves [response-validation]", async () => {
    const response_schema = { definitions: { name: { type: "string" } }, properties: { a: { $ref: "#/definitions/name" }, b: { $ref: "#/definitions/name" } } };
    expect(await problemsOf({ response_schema })).toEqual({ status: 201, paths: [] });
    const offer = await market.offer(answering({ a: 5 }), { response_schema });
    expect(await market.run(offer)).toMatchObject({ code: 61004 });
  });

  it("are refused when one, or all together, have more than 64 KB", async () => {
    expect(await problemsOf({ request_schema: withEnum(60_000) })).toMatchObject({ status: 201 });
    expect(await problemsOf({ request_schema: withEnum(70_000) })).toMatchObject({ status: 400 });
    expect(await problemsOf({ request_schema: withEnum(40_000), response_schema: withEnum(40_000) })).toMatchObject({ status: 400 });
  });

  it.each(["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(a*)*b", "^(([a-z])+.)+[A-Z]([a-z])+$", "^\\+(91|1)+[0-9]*$", "(.*a){20}"])(
    "take a bounded time for the longest answer that is made against the pattern %s [response-validation]",
    async (pattern) => {
      const { status } = await problemsOf({ response_schema: { properties: { a: { pattern } } } });
      if (status === 400) return;
      const hostile = `+1${"a".repeat(25_000)}${"1".repeat(25_000)}!`;
      const offer = await market.offer(answering({ a: hostile }), { response_schema: { properties: { a: { pattern } } } });
      const { request_sid } = await market.run(offer);
      const { duration_ms, attempts } = await market.logged(market.developer, request_sid);
      // What the gateway did after the answer was read. Backtracking would take longer than the universe has been there.
      expect(duration_ms - (attempts[0]?.duration_ms ?? 0)).toBeLessThan(BOUNDED_MS);
    },
  );

  it.each([
    { what: "many equal items", schema: { properties: { a: { uniqueItems: true } } }, answer: { a: Array.from({ length: 8_000 }, () => ({})) } },
    { what: "many different items", schema: { properties: { a: { uniqueItems: true } } }, answer: { a: Array.from({ length: 8_000 }, (_, index) => index) } },
    { what: "many alternatives", schema: { additionalProperties: { anyOf: Array.from({ length: 100 }, (_, index) => ({ enum: [index] })) } }, answer: Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`n${index}`, "x"])) },
  ])("take a bounded time for $what [response-validation]", async ({ schema, answer }) => {
    const offer = await market.offer(answering(answer), { response_schema: schema });
    const { request_sid, code } = await market.run(offer);
    expect([null, 61004]).toContain(code);
    const { duration_ms, attempts } = await market.logged(market.developer, request_sid);
    expect(duration_ms - (attempts[0]?.duration_ms ?? 0)).toBeLessThan(BOUNDED_MS);
  });
});

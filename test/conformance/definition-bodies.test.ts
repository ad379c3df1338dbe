import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition } from "../support/add-ons.ts";
import { authorization, type Body } from "../support/gateway.ts";
import { startMarketplace, type Marketplace } from "../support/marketplace.ts";

const MIB = 1_024 * 1_024;
const nested = (levels: number): string => `${"[".repeat(levels)}${"]".repeat(levels)}`;

describe("the body that a definition comes in", () => {
  let market: Marketplace;
  let paths: string[];
  beforeAll(async () => {
    market = await startMarketplace();
    const json = definition(market.publisher, "/draft");
    const { body } = await market.gateway.call<{ sid: string; version: { sid: string } }>(market.owner, "POST", "/v1/Publisher/AddOns", { json });
    const addOn = `/v1/Publisher/AddOns/${body.sid}`;
    paths = ["/v1/Publisher/AddOns", `${addOn}/Versions`, `${addOn}/Versions/${body.version.sid}`, `${addOn}/Credentials`];
  });
  afterAll(() => market.stop());

  const post = (path: string, body: Body) => market.gateway.call<{ code: number; message: string }>(market.owner, "POST", path, body);

  it.each([
    { what: "is cut off", body: { raw: '{"unique_name": "a"' } },
    { what: "is empty", body: { raw: "" } },
    { what: "is JavaScript", body: { raw: "{unique_name: 'a'}" } },
    { what: "has something after the JSON", body: { raw: "{} {}" } },
    { what: "is null", body: { raw: "null" } },
    { what: "is a list", body: { raw: "[]" } },
    { what: "is a text", body: { raw: '"definition"' } },
    { what: "is a number", body: { raw: "1e999" } },
    { what: "nests 100,000 lists", body: { raw: nested(100_000) } },
    { what: "nests 100,000 dictionaries", body: { raw: `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}` } },
    { what: "nests 100,000 lists in a schema", body: { raw: `{"request_schema":{"enum":${nested(100_000)}}}` } },
    { what: "nests 100,000 lists in the request's body", body: { raw: `{"request":{"method":"POST","url":"https://www.example.com/","body_format":"json","body":{"a":${nested(100_000)}}}}` } },
    { what: "nests 100,000 lists in the sample response", body: { raw: `{"sample_response":{"a":${nested(100_000)}}}` } },
    { what: "is a form", body: { form: { unique_name: "a" } } },
    { what: "is text", body: { raw: "{}", type: "text/plain" } },
    { what: "is XML", body: { raw: "<a/>", type: "application/xml" } },
    { what: "is of a type that only begins like JSON's", body: { raw: "{}", type: "application/jsonp" } },
    { what: "has a type that is none", body: { raw: "{}", type: "json" } },
    { what: "has a prototype", body: { raw: '{"__proto__": {"unique_name": "a"}, "constructor": 1}' } },
  ] satisfies { what: string; body: Body }[])("is refused when it $what, wherever one is posted", async ({ body }) => {
    for (const path of paths) {
      const { status, body: error } = await post(path, body);
      expect({ path, status, code: error.code }).toEqual({ path, status: 400, code: 20001 });
      expect(error.message).toMatch(/\w{3,}/);
    }
  });

  it("is refused for a content type by that header's name", async () => {
    expect((await post("/v1/Publisher/AddOns", { raw: "{}", type: "text/plain" })).body.message).toContain("Content-Type");
  });

  it("is refused with 413 when it has one byte more than 1 MiB, with and without its length", async () => {
    const over = "x".repeat(MIB + 1);
    for (const path of paths) expect(await post(path, { raw: over })).toMatchObject({ status: 413, body: { code: 20413 } });
    const stream = new Blob([over]).stream();
    const response = await fetch(market.gateway.url + paths[0], { method: "POST", headers: { ...authorization(market.owner), "Content-Type": "application/json" }, body: stream, duplex: "half" });
    expect(response.status).toBe(413);
  });

  it("is read when it has exactly 1 MiB, and refused as a definition that is too long", async () => {
    const json = JSON.stringify(definition(market.publisher, "/padded"));
    expect(await post("/v1/Publisher/AddOns", { raw: json.padEnd(MIB, " ") }), "white space is no part of a definition").toMatchObject({ status: 201 });
    const long = JSON.stringify({ ...definition(market.publisher, "/long"), description: "x".repeat(MIB - 2_000) });
    expect(await post("/v1/Publisher/AddOns", { raw: long })).toMatchObject({ status: 400, body: { code: 20001 } });
  });

  it("may say its charset, and have any case in its type", async () => {
    for (const type of ["application/json; charset=utf-8", "Application/JSON"]) {
      expect((await post("/v1/Publisher/AddOns", { raw: JSON.stringify(definition(market.publisher, "/typed")), type })).status).toBe(201);
    }
  });

  it("is answered with every problem, also when there are thousands", async () => {
    const extra = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`unknown_${index}`, index]));
    const { status, body } = await market.gateway.call<{ message: string; details: { problems: unknown[] } }>(market.owner, "POST", "/v1/Publisher/AddOns", { json: { ...definition(market.publisher, "/many"), ...extra } });
    expect({ status, problems: body.details.problems.length }).toEqual({ status: 400, problems: 5_000 });
    expect(body.message.length, "the message names the first few").toBeLessThan(1_000);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition } from "../support/add-ons.ts";
import { answering } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace } from "../support/marketplace.ts";

type Problems = { problems: { path: string; message: string }[] };

const fields = (names: Record<string, string>) => ({ request: { body: names } });
const schemaOf = (properties: Record<string, unknown>, more: Record<string, unknown> = {}) => ({ configuration_schema: { type: "object", properties, ...more } });
const price = (change: Record<string, unknown>) => ({ pricing: { model: "per_use", unit_price: "0.0001", currency: "USD", ...change } });
const success = (rule: Record<string, unknown>) => price({ model: "per_success", success: rule });

describe("an add-on's definition", () => {
  let market: Marketplace;
  beforeAll(async () => {
    market = await startMarketplace();
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  const post = (json: unknown) => market.gateway.call<{ code: number; message: string; details?: Problems }>(market.owner, "POST", "/v1/Publisher/AddOns", { json });

  it("with ten mistakes is refused with all ten by their places, and nothing is created", async () => {
    const json = definition(market.publisher, "/mistakes", {
      unique_name: "no.dots",
      description: "",
      extensions: ["lookup", "recording-api"],
      request: {
        url: "https://169.254.169.254/latest",
        query: { InvocationDate: "x" },
        body: { to: "{{no_such_field}}" },
        credentials: { type: "basic", username: "u", password: "{{primary_address}}" },
      },
      configuration_schema: { type: "object", properties: { list: { type: "array" } } },
      response_schema: { properties: { name: { pattern: "^(?=a)" } } },
      pricing: { model: "per_use", unit_price: "0.0000001", currency: "USD" },
    });
    const { status, body } = await post(json);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 20001 });
    expect(body.details?.problems.map(({ path }) => path).toSorted()).toEqual([
      "/configuration_schema/properties/list/type",
      "/description",
      "/extensions/1",
      "/pricing/unit_price",
      "/request/body/to",
      "/request/credentials/password",
      "/request/query/InvocationDate",
      "/request/url",
      "/response_schema/properties/name/pattern",
      "/unique_name",
    ]);
    for (const { message } of body.details?.problems ?? []) expect(message).toMatch(/\w{3,}/);
    expect(body.message).toContain("/unique_name");
    const listed = await market.gateway.call<{ add_ons: unknown[] }>(market.owner, "GET", "/v1/Publisher/AddOns");
    expect(listed.body.add_ons).toEqual([]);
  });

  it.each(["unique_name", "friendly_name", "description", "type", "extensions", "request", "pricing"])("without %s is refused by that name", async (name) => {
    const { [name]: _, ...json } = definition(market.publisher, "/incomplete") as Record<string, unknown>;
    const { status, body } = await post(json);
    expect({ status, paths: body.details?.problems.map(({ path }) => path) }).toEqual({ status: 400, paths: expect.arrayContaining([`/${name}`]) });
  });

  it.each([
    { title: "an unknown key", change: { colour: "red" }, path: "/colour" },
    { title: "an unknown key with characters that pointers escape", change: { "a/b~c": 1 }, path: "/a~1b~0c" },
    { title: "an unknown key of the request", change: { request: { verb: "GET" } }, path: "/request/verb" },
    { title: "an unknown key of the pricing", change: price({ discount: "1" }), path: "/pricing/discount" },
    { title: "an unknown key of a runtime field", change: { runtime_fields: { reason: { must: true } } }, path: "/runtime_fields/reason/must" },
    { title: "a list for a text", change: { friendly_name: ["x"] }, path: "/friendly_name" },
    { title: "a unique name with a digit first", change: { unique_name: "1a" }, path: "/unique_name" },
    { title: "a unique name with a space", change: { unique_name: "a b" }, path: "/unique_name" },
    { title: "a unique name of 65 characters", change: { unique_name: "a".repeat(65) }, path: "/unique_name" },
    { title: "an unknown type [types-phone-number]", change: { type: "fax_analysis" }, path: "/type" },
    { title: "no extension [types-phone-number-points]", change: { extensions: [] }, path: "/extensions" },
    { title: "an extension of another type [types-phone-number-points]", change: { extensions: ["recording-verb"] }, path: "/extensions/0" },
    { title: "an extension that there is not [types-phone-number-points]", change: { extensions: ["fax-incoming"] }, path: "/extensions/0" },
    { title: "an extension twice", change: { extensions: ["lookup", "lookup"] }, path: "/extensions/1" },
    { title: "a method that there is not", change: { request: { method: "PATCH" } }, path: "/request/method" },
    { title: "PUT, which is for recordings [parameters-query]", change: { request: { method: "PUT" } }, path: "/request/method" },
    { title: "a form in a GET [parameters-form]", change: { request: { method: "GET" } }, path: "/request/body_format" },
    { title: "JSON in a GET [parameters-json]", change: { request: { method: "GET", body_format: "json" } }, path: "/request/body_format" },
    { title: "a multipart body, which is for recordings", change: { request: { body_format: "multipart" } }, path: "/request/body_format" },
    { title: "a nested form [parameters-form]", change: { request: { body: { a: { b: "c" } } } }, path: "/request/body/a" },
    { title: "a body where there is none", change: { request: { body_format: "none" } }, path: "/request/body" },
    { title: "a template in the URL", change: { request: { url: "https://www.example.com/{{primary_address}}" } }, path: "/request/url" },
    { title: "a template in a body parameter's name", change: fields({ "{{primary_address}}": "x" }), path: "/request/body/{{primary_address}}" },
    { title: "a template in a query parameter's name", change: { request: { query: { "{{primary_address}}": "x" } } }, path: "/request/query/{{primary_address}}" },
    { title: "a template for a method", change: { request: { method: "{{primary_address}}" } }, path: "/request/method" },
    { title: "a template in credentials", change: { request: { credentials: { type: "query", params: { key: "{{request_sid}}" } } } }, path: "/request/credentials/params/key" },
    { title: "a template without a name", change: fields({ a: "{{}}" }), path: "/request/body/a" },
    { title: "a template with a space in its name", change: fields({ a: "{{primary address}}" }), path: "/request/body/a" },
    { title: "a hash that there is not [template-sha256]", change: fields({ a: "{{SHA1:primary_address}}" }), path: "/request/body/a" },
    { title: "a field of messages [parameters-templates]", change: fields({ a: "{{body}}" }), path: "/request/body/a" },
    { title: "a field of recordings [parameters-templates]", change: fields({ a: "{{audio_data}}" }), path: "/request/body/a" },
    { title: "a field that nobody declares, also hashed [parameters-templates]", change: fields({ a: "{{SHA256:reason}}" }), path: "/request/body/a" },
    { title: "a field that nobody declares, deep in JSON [parameters-templates]", change: { request: { body_format: "json", body: { a: [{ b: "{{reason}}" }] } } }, path: "/request/body/a" },
    { title: "a parameter of the gateway's in the query [security-date-ttl]", change: { request: { query: { InvocationTtlMs: "9" } } }, path: "/request/query/InvocationTtlMs" },
    { title: "a parameter of the gateway's in the body [security-date-ttl]", change: fields({ bodySHA256: "x" }), path: "/request/body/bodySHA256" },
    { title: "a parameter of the gateway's in the URL's own query [security-date-ttl]", change: { request: { url: "https://www.example.com/?a=1&InvocationDate=x" } }, path: "/request/url" },
    { title: "a parameter of the gateway's in credentials [security-date-ttl]", change: { request: { credentials: { type: "query", params: { bodySHA256: "x" } } } }, path: "/request/credentials/params/bodySHA256" },
    { title: "body credentials without a body [credentials-body]", change: { request: { body_format: "none", body: {}, credentials: { type: "body", params: { key: "x" } } } }, path: "/request/credentials" },
    { title: "a runtime field with a dot [template-runtime-field]", change: { runtime_fields: { "a.b": {} } }, path: "/runtime_fields/a.b" },
    { title: "a runtime field that is a configuration element too [template-runtime-field]", change: { runtime_fields: { a: {} }, ...schemaOf({ a: { type: "string" } }) }, path: "/runtime_fields/a" },
    { title: "a required runtime field beyond Lookup [template-runtime-field]", change: { runtime_fields: { reason: { required: true } } }, path: "/runtime_fields/reason" },
    { title: "a configuration element of type object [configuration-no-object-array]", change: schemaOf({ a: { type: "object" } }), path: "/configuration_schema/properties/a/type" },
    { title: "a configuration element of type array [configuration-no-object-array]", change: schemaOf({ a: { type: ["string", "array"] } }), path: "/configuration_schema/properties/a/type" },
    { title: "a configuration element with a dot [configuration-element-names]", change: schemaOf({ "a.b": { type: "string" } }), path: "/configuration_schema/properties/a.b" },
    { title: "a required configuration element that there is not [configuration-json-schema]", change: schemaOf({}, { required: ["a"] }), path: "/configuration_schema/required/0" },
    { title: "a price below a millionth [pricing-own-price]", change: price({ unit_price: "0.0000001" }), path: "/pricing/unit_price" },
    { title: "a negative price [pricing-own-price]", change: price({ unit_price: "-1" }), path: "/pricing/unit_price" },
    { title: "a price with an exponent [pricing-own-price]", change: price({ unit_price: "1e-4" }), path: "/pricing/unit_price" },
    { title: "a price that is a number", change: price({ unit_price: 0.1 }), path: "/pricing/unit_price" },
    { title: "another currency", change: price({ currency: "EUR" }), path: "/pricing/currency" },
    { title: "an unknown model [pricing-models-differ]", change: price({ model: "per_month" }), path: "/pricing/model" },
    { title: "per minute, which is for recordings [pricing-models-differ]", change: price({ model: "per_minute" }), path: "/pricing/model" },
    { title: "per success without a rule [pricing-per-success]", change: price({ model: "per_success" }), path: "/pricing/success" },
    { title: "a success that is a 404 [pricing-per-success]", change: success({ http_status: [404] }), path: "/pricing/success/http_status/0" },
    { title: "a pointer without a slash [pricing-per-success]", change: success({ present: ["a"] }), path: "/pricing/success/present/0" },
    { title: "a pointer with a wrong escape [pricing-per-success]", change: success({ absent: ["/a", "/~2"] }), path: "/pricing/success/absent/1" },
    { title: "a callback time, which is for recordings", change: { callback_timeout: { times_duration: 3 } }, path: "/callback_timeout" },
    { title: "channels, which are for recordings", change: { request: { channels: "mixed" } }, path: "/request/channels" },
    { title: "terms that are a script", change: { terms_url: "javascript:alert(1)" }, path: "/terms_url" },
    { title: "an e-mail address that is none", change: { support_email: "nobody" }, path: "/support_email" },
  ])("with $title is refused at that place", async ({ change, path }) => {
    const { status, body } = await post(definition(market.publisher, "/refused", change));
    expect({ status, code: body.code }).toEqual({ status: 400, code: 20001 });
    expect(body.details?.problems).toEqual([{ path, message: expect.stringMatching(/\w{3,}/) }]);
  });

  it.each("request_sid unix_timestamp primary_address secondary_address body audio_data callback_url channels duration format media_sid size".split(" "))(
    "cannot take the reserved name %s for a field of its own [template-runtime-field, configuration-element-names]",
    async (name) => {
      const asRuntime = await post(definition(market.publisher, "/reserved", { runtime_fields: { [name]: {} } }));
      expect(asRuntime.body.details?.problems.map(({ path }) => path)).toEqual([`/runtime_fields/${name}`]);
      const asElement = await post(definition(market.publisher, "/reserved", schemaOf({ [name]: { type: "string" } })));
      expect(asElement.body.details?.problems.map(({ path }) => path)).toEqual([`/configuration_schema/properties/${name}`]);
    },
  );

  it("takes all of the contract's fields, and answers with them without the credentials [types-phone-number, types-phone-number-points]", async () => {
    const json = definition(market.publisher, "/everything", {
      extensions: ["lookup", "sms-incoming", "voice-incoming"],
      request: { query: { v: "1" }, credentials: { type: "basic", username: "u", password: "p" } },
      runtime_fields: { reason: { required: false } },
      request_schema: { $schema: "http://json-schema.org/draft-04/schema#", type: "object" },
      response_schema: { $schema: "http://json-schema.org/draft-04/schema#", type: "object", required: ["a"] },
      sample_response: { a: 1 },
      documentation_url: "https://www.example.com/docs",
      terms_url: "https://www.example.com/terms",
      privacy_url: "https://www.example.com/privacy",
      support_email: "help@example.com",
      category: "Numbers",
      change_notes: "First version.",
    });
    const { status, body } = await post(json);
    const { credentials, ...request } = json["request"] as Record<string, unknown>;
    expect(credentials).toBeDefined();
    expect({ status, body }).toEqual({ status: 201, body: expect.objectContaining({ ...json, request: expect.objectContaining(request), credentials: { type: "basic" }, account_sid: market.owner.sid }) });
    expect(body).toMatchObject({ sid: expect.stringMatching(/^XB/), version: { sid: expect.stringMatching(/^XC/), number: 1, status: "draft" } });
  });

  it("cannot be what its sample response breaks [response-validation]", async () => {
    const { body } = await post(definition(market.publisher, "/sample", { response_schema: { required: ["a"] }, sample_response: { b: 1 } }));
    expect(body.details?.problems).toEqual([{ path: "/sample_response/a", message: expect.any(String) }]);
  });

  it("takes a unique name once in the marketplace", async () => {
    const offer = await market.offer(answering({}), { unique_name: "taken_once" });
    const other = await market.gateway.account("Another publisher");
    const { status, body } = await market.gateway.call(other, "POST", "/v1/Publisher/AddOns", { json: definition(market.publisher, "/taken", { unique_name: offer.name }) });
    expect({ status, code: body["code"] }).toEqual({ status: 409, code: 20409 });
  });
});

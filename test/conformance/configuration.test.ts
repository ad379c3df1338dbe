import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, publish } from "../support/add-ons.ts";
import { until } from "../support/gateway.ts";
import { answering } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace } from "../support/marketplace.ts";

/** The guide's own example, with the brackets that its text lost. */
const GUIDES_SCHEMA = {
  title: "Config schema",
  type: "object",
  properties: {
    language: {
      type: "string",
      name: "Language",
      _help: "Select the language for your recordings: US English (en_US), UK English (en_UK), Spanish (es)",
      enum: ["en_US", "en_UK", "es"],
    },
    combine_tracks: { type: "boolean", name: "Combine Audio Tracks", _help: "Combine transcriptions from different tracks into one list or keep them separated" },
    keywords: { type: "string", name: "Keywords to detect", _help: "Identify the presence and timestamps for these keywords (Comma separated) in the audio" },
    phone_number: { type: "string", name: "Phone Number", _help: "E164 formatted phone numbers. Only +1 prefixes allowed", pattern: "^\\+(1)+[0-9]*$" },
  },
  required: ["language"],
};
const GUIDES_PARAMETERS = { language: "{{language}}", combine: "{{combine_tracks}}", keywords: "{{keywords}}", phone: "{{phone_number}}" };

const RULES = {
  type: "object",
  properties: {
    text: { type: "string", maxLength: 5 },
    whole: { type: "integer", minimum: 1 },
    ratio: { type: "number" },
    strict: { type: "boolean" },
    choice: { enum: ["a", 1, true] },
    either: { anyOf: [{ type: "integer" }, { type: "string", pattern: "^auto$" }] },
    odd: { type: "integer", not: { multipleOf: 2 } },
    code: { type: "string", pattern: "^[A-Z]{2}$" },
  },
};

describe("configuration", () => {
  let market: Marketplace;
  let rulesSid: string;
  beforeAll(async () => {
    market = await startMarketplace();
    rulesSid = await publish(market.gateway, market.owner, definition(market.publisher, "/rules", { configuration_schema: RULES }));
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  it("of the guide's own schema becomes template fields by the names of its elements [configuration-example, configuration-element-names, configuration-passed, template-configuration-field]", async () => {
    const configuration = { language: "en_UK", combine_tracks: true, keywords: "one,two", phone_number: "+18005550100" };
    const change = { configuration_schema: GUIDES_SCHEMA, request: { body_format: "json", body: GUIDES_PARAMETERS } };
    const offer = await market.offer(answering({}), change, { Configuration: JSON.stringify(configuration) });
    expect(await market.run(offer)).toMatchObject({ status: "successful" });
    expect(JSON.parse(market.requireRequestTo(offer).body)).toEqual({ language: "en_UK", combine: true, keywords: "one,two", phone: "+18005550100" });
  });

  it("is described to developers by the schema that the publisher gave, labels and tooltips included [configuration-json-schema, configuration-labels]", async () => {
    const addOnSid = await publish(market.gateway, market.owner, definition(market.publisher, "/described", { configuration_schema: GUIDES_SCHEMA }));
    const { status, body } = await market.gateway.call(market.developer, "GET", `/v1/AvailableAddOns/${addOnSid}`);
    expect({ status, schema: body["configuration_schema"] }).toEqual({ status: 200, schema: GUIDES_SCHEMA });
  });

  it.each([
    { title: "a text, a number, a whole number and a checkbox [configuration-types]", configuration: { text: "é", ratio: 0.5, whole: 2, strict: false } },
    { title: "one of an enum [configuration-enum]", configuration: { choice: 1 } },
    { title: "either of combined schemas [configuration-combining-patterns]", configuration: { either: "auto", odd: 3 } },
    { title: "what fits a pattern [configuration-combining-patterns]", configuration: { code: "DE" } },
    { title: "nothing, where nothing is required [configuration-json-schema]", configuration: {} },
  ])("takes $title", async ({ configuration }) => {
    const { status, body } = await install(configuration);
    expect({ status, configuration: body["configuration"] }).toEqual({ status: 201, configuration });
  });

  it.each([
    { title: "text for a number [configuration-types, configuration-error-message]", configuration: { ratio: "0.5" }, field: "ratio" },
    { title: "a fraction for a whole number [configuration-types, configuration-error-message]", configuration: { whole: 1.5 }, field: "whole" },
    { title: "text for a checkbox [configuration-types, configuration-error-message]", configuration: { strict: "true" }, field: "strict" },
    { title: "a number for text [configuration-types, configuration-error-message]", configuration: { text: 5 }, field: "text" },
    { title: "what is not in an enum [configuration-enum, configuration-error-message]", configuration: { choice: "b" }, field: "choice" },
    { title: "none of combined schemas [configuration-combining-patterns, configuration-error-message]", configuration: { either: "manual" }, field: "either" },
    { title: "what a schema under not matches [configuration-combining-patterns, configuration-error-message]", configuration: { odd: 4 }, field: "odd" },
    { title: "what does not fit a pattern [configuration-combining-patterns, configuration-error-message]", configuration: { code: "de" }, field: "code" },
    { title: "what is too long [configuration-error-message]", configuration: { text: "123456" }, field: "text" },
    { title: "an object [configuration-no-object-array]", configuration: { text: {} }, field: "text" },
    { title: "an array [configuration-no-object-array]", configuration: { text: ["a"] }, field: "text" },
    { title: "an element that there is not [configuration-json-schema, configuration-error-message]", configuration: { other: "x" }, field: "other" },
  ])("refuses $title, by the name of the field", async ({ configuration, field }) => {
    const { status, body } = await install(configuration);
    expect({ status, code: body["code"] }).toEqual({ status: 400, code: 20001 });
    expect(body["message"]).toMatch(new RegExp(`\\b${field}\\b`));
  });

  it.each(["{", "[]", "5", '"text"', "null", `${'{"a":'.repeat(1_000)}1${"}".repeat(1_000)}`.slice(0, 5_000)])("refuses what is not a JSON object: %.20s", async (text) => {
    const form = { AvailableAddOnSid: rulesSid, AcceptTermsOfService: "true", Configuration: text };
    const { status, body } = await market.gateway.call(market.developer, "POST", "/v1/InstalledAddOns", { form });
    expect({ status, code: body["code"], message: body["message"] }).toEqual({ status: 400, code: 20001, message: expect.stringContaining("Configuration") });
  });

  it("that is changed is in the next requests [configuration-passed]", async () => {
    const change = { configuration_schema: GUIDES_SCHEMA, request: { body: { language: "{{language}}" } } };
    const offer = await market.offer(answering({}), change, { Configuration: '{"language": "es"}' });
    await market.run(offer);
    const changed = await market.gateway.call(market.developer, "POST", `/v1/InstalledAddOns/${offer.installedSid}`, { form: { Configuration: '{"language": "en_US"}' } });
    expect(changed.status).toBe(200);
    await until("a request with the new configuration", async () => {
      await market.run(offer);
      return market.requireRequestTo(offer).form["language"] === "en_US";
    });
    expect(market.requestsTo(offer)[0]?.form).toEqual({ language: "es" });
  });

  it("of two instances of one add-on is each one's own [configuration-passed]", async () => {
    const change = { configuration_schema: GUIDES_SCHEMA, request: { body: { language: "{{language}}" } } };
    const first = await market.offer(answering({}), change, { Configuration: '{"language": "es"}', UniqueName: "spanish" });
    const form = { AvailableAddOnSid: first.addOnSid, AcceptTermsOfService: "true", UniqueName: "english", Configuration: '{"language": "en_UK"}' };
    expect((await market.gateway.call(market.developer, "POST", "/v1/InstalledAddOns", { form })).status).toBe(201);
    for (const name of ["spanish", "english"]) await market.run({ ...first, name });
    expect(market.requestsTo(first).map((received) => received.form["language"])).toEqual(["es", "en_UK"]);
  });

  let installs = 0;
  function install(configuration: Record<string, unknown>) {
    installs += 1;
    const form = { AvailableAddOnSid: rulesSid, AcceptTermsOfService: "true", UniqueName: `rules_${installs}`, Configuration: JSON.stringify(configuration) };
    return market.gateway.call(market.developer, "POST", "/v1/InstalledAddOns", { form });
  }
});

import { Validator } from "@cfworker/json-schema";
import { describe, expect, test } from "vitest";
import { answeringDefinitions, type Definition, definitions } from "../../examples/publishers/definitions.ts";

const credentials = { anagramsPassword: "secret-one", numberInsightToken: "secret-two", spamScoreKey: "secret-three", messageSentimentKey: "secret-four", soundAnalysisPassword: "secret-five" };
const all = answeringDefinitions("https://publisher.test", credentials);

/** The guide's fields by type, as far as every extension of the add-on has them; the add-on's own are added below. */
const fieldsByType: Record<string, string[]> = {
  phone_number: ["request_sid", "unix_timestamp", "primary_address"],
  message_analysis: ["request_sid", "unix_timestamp", "primary_address", "secondary_address", "body"],
};

function namesIn(value: unknown): string[] {
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}

function textsIn(value: unknown): string[] {
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [String(value)];
}

function configurationElements(definition: Definition): string[] {
  const schema = definition["configuration_schema"];
  return typeof schema === "object" && schema !== null && "properties" in schema ? namesIn(schema.properties) : [];
}

test("there are five, each with a price; sound_analysis has tests of its own", () => {
  const prices = definitions("https://publisher.test", credentials).map(({ unique_name, pricing }) => ({ unique_name, pricing }));
  expect(prices).toMatchObject([
    { unique_name: "publisher_anagrams", pricing: { unit_price: "0.0001" } },
    { unique_name: "number_insight", pricing: { unit_price: "0.002" } },
    { unique_name: "spam_score", pricing: { unit_price: "0.001" } },
    { unique_name: "message_sentiment", pricing: { unit_price: "0.0005" } },
    { unique_name: "sound_analysis", pricing: { unit_price: "0.002" } },
  ]);
});

describe.each(all)("the definition of $unique_name", (definition) => {
  test("sends requests to the server's own origin", () => {
    expect(new URL(definition.request.url).origin).toBe("https://publisher.test");
  });

  test("carries the given credentials and no placeholder", () => {
    expect(JSON.stringify(definition.request.credentials)).toContain("secret-");
    expect(JSON.stringify(definition)).not.toContain("replace-me");
  });

  test("names template fields that an add-on of its type has", () => {
    const fields = [...(fieldsByType[String(definition["type"])] ?? []), ...namesIn(definition["runtime_fields"]), ...configurationElements(definition)];
    const templates = [...textsIn(definition.request.query ?? {}), ...textsIn(definition.request.body ?? {})].filter((text) => text.includes("{{"));
    expect(templates).toContain("{{request_sid}}");
    for (const template of templates) expect(fields).toContain(/^\{\{(?:SHA256:)?(\w+)\}\}$/.exec(template)?.[1]);
  });

  test("has a sample response that its response schema accepts, and a schema that refuses something else", () => {
    const schema = definition["response_schema"];
    if (typeof schema !== "object" || schema === null) throw new Error("no response schema");
    const validator = new Validator(schema, "4");
    expect(validator.validate(definition["sample_response"])).toMatchObject({ valid: true });
    expect(validator.validate({ something: "else" })).toMatchObject({ valid: false });
  });
});

test("an add-on with a required runtime field has no extension but lookup", () => {
  const requiring = all.filter((definition) => JSON.stringify(definition["runtime_fields"] ?? {}).includes('"required":true'));
  expect(requiring.map(({ extensions }) => extensions)).toEqual([["lookup"]]);
});

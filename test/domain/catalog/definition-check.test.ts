import { describe, expect, test } from "vitest";
import { checkDefinition } from "../../../src/domain/catalog/definition-check.ts";
import { compileVersion } from "../../../src/domain/catalog/compiled-version.ts";
import type { Problem } from "../../../src/domain/refusal.ts";

const URL_POLICY = { ownOrigin: "https://gateway.example.com", allowInsecure: false, allowUserInfo: false };

const REQUEST = { method: "POST", url: "https://www.example.com/anagrams", body_format: "json" };

const definition = (parts: object): unknown => ({
  unique_name: "publisher_anagrams",
  friendly_name: "Anagram",
  description: "English words that a phone number spells.",
  type: "phone_number",
  extensions: ["lookup"],
  request: { ...REQUEST, body: { e164: "{{primary_address}}" } },
  pricing: { model: "per_use", unit_price: "0.0001", currency: "USD" },
  ...parts,
});

/** As it comes in: 1e999 is a number of JSON that JSON.parse makes Infinity. */
const received = (parts: object): unknown => JSON.parse(JSON.stringify(definition(parts)).replaceAll('"1e999"', "1e999"));

function problems(input: unknown): Problem[] {
  const result = checkDefinition(input, URL_POLICY);
  return result.ok ? [] : result.error;
}

describe("a number that would be stored as null is refused by its place", () => {
  test.each([
    [{ response_schema: { properties: { score: { minimum: "1e999" } } } }, ["/response_schema/properties/score/minimum"]],
    [{ request_schema: { description: "1e999" } }, ["/request_schema/description"]],
    [{ configuration_schema: { type: "object", properties: { limit: { enum: [1, "1e999"] } } } }, ["/configuration_schema/properties/limit/enum/1"]],
    [{ request: { ...REQUEST, body: { a: { b: ["1e999"] } } } }, ["/request/body/a/b/0"]],
    [{ sample_response: { score: "1e999" } }, ["/sample_response/score"]],
    [{ response_schema: { minimum: "1e999" }, extensions: ["sms-outgoing"] }, ["/response_schema/minimum", "/extensions/0"]],
  ])("%j", (parts, paths) => {
    expect(problems(received(parts)).filter(({ path }) => paths.includes(path)).map(({ path }) => path)).toEqual(paths);
  });
});

test("a definition that passes still compiles when it is read from where it is stored", () => {
  const checked = checkDefinition(received({ response_schema: { minimum: 5, properties: { a: { pattern: "^\\+(1)+[0-9]*$" } } } }), URL_POLICY);
  if (!checked.ok) throw new Error(JSON.stringify(checked.error));
  const stored = JSON.parse(JSON.stringify(checked.value.definition));
  expect(stored).toEqual(checked.value.definition);
  expect(compileVersion("XC00000000000000000000000000000000", stored).responseSchema).not.toBeNull();
});

describe("a template stands in a value, and is whole", () => {
  test.each([
    [{ a: { "{{primary_address}}": "1" } }, "/request/body/a/{{primary_address}}"],
    [{ a: [{ b: { "x{{": 1 } }] }, "/request/body/a/0/b/x{{"],
    [{ a: "{{primary_address}" }, "/request/body/a"],
    [{ a: "{{" }, "/request/body/a"],
    [{ a: ["{{primary_address}} and {{request_sid"] }, "/request/body/a/0"],
    [{ a: "{{primary_address{{request_sid}}" }, "/request/body/a"],
    [{ a: "{{not a field}}" }, "/request/body/a"],
  ])("not %j", (body, path) => expect(problems(definition({ request: { ...REQUEST, body } }))).toEqual([{ path, message: expect.any(String) }]));

  test.each([[{ a: '{"e164":"{{primary_address}}"}' }], [{ a: "{{{primary_address}}}{" }], [{ a: "}} { { }" }], [{ a: { b: "{{SHA256:primary_address}}" } }]])("but %j", (body) =>
    expect(problems(definition({ request: { ...REQUEST, body } }))).toEqual([]),
  );
});

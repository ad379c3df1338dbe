import { describe, expect, test } from "vitest";
import { problemsOfConfigurationSchema, validateConfiguration } from "../../../src/domain/catalog/configuration-schema.ts";
import { compileSchema, type CompiledSchema } from "../../../src/domain/json-schema.ts";
import { FIELD_VALUE_CHARACTERS } from "../../../src/domain/limits.ts";

/** The guide's own example. */
const GUIDE = {
  title: "Config schema",
  type: "object",
  properties: {
    language: { type: "string", name: "Language", _help: "Select the language for your recordings: US English (en_US), UK English (en_UK), Spanish (es)", enum: ["en_US", "en_UK", "es"] },
    combine_tracks: { type: "boolean", name: "Combine Audio Tracks", _help: "Combine transcriptions from different tracks into one list or keep them separated" },
    keywords: { type: "string", name: "Keywords to detect" },
    phone_number: { type: "string", name: "Phone Number", _help: "E164 formatted phone numbers. Only +1 prefixes allowed", pattern: "^\\+(1)+[0-9]*$" },
  },
  required: ["language"],
};

function compiled(schema: unknown): CompiledSchema {
  const result = compileSchema(schema);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

const withElement = (name: string, element: unknown): unknown => ({ type: "object", properties: { [name]: element } });

describe("a configuration schema may have", () => {
  test.each([
    ["the guide's example", GUIDE],
    ["no elements", { type: "object", properties: {} }],
    ["no type of its own", { properties: {} }],
    ["numbers with bounds", withElement("a", { type: "number", minimum: 0, maximum: 1, default: 0.5 })],
    ["an integer", withElement("a", { type: "integer" })],
    ["an enum without a type", withElement("a", { enum: ["x", 1, true] })],
    ["combined schemas", withElement("a", { anyOf: [{ type: "string", pattern: "^x" }, { type: "integer" }], not: { enum: ["xx"] } })],
    ["a list of types", withElement("a", { type: ["string", "integer"] })],
    ["combined elements", { properties: { a: { type: "string" }, b: { type: "string" } }, anyOf: [{ required: ["a"] }, { required: ["b"] }] }],
    ["names up to 64 characters", withElement(`A-_${"x".repeat(61)}`, { type: "string" })],
  ])("%s", (_, schema) => {
    expect(problemsOfConfigurationSchema(schema, "phone_number")).toEqual([]);
    expect(compileSchema(schema).ok).toBe(true);
  });
});

describe("a configuration schema is refused for", () => {
  test.each([
    ["being no object", [], ["" ]],
    ["another type", { type: "array", properties: {} }, ["/type"]],
    ["having no properties", { type: "object" }, ["/properties"]],
    ["a reference as a whole", { $ref: "#/definitions/a", properties: {} }, ["/$ref"]],
    ["an object", withElement("a", { type: "object" }), ["/properties/a/type"]],
    ["an array", withElement("a", { type: "array" }), ["/properties/a/type"]],
    ["null", withElement("a", { type: "null" }), ["/properties/a/type"]],
    ["an object among types", withElement("a", { type: ["string", "object"] }), ["/properties/a/type"]],
    ["an object in a combination", withElement("a", { type: "string", allOf: [{ not: { type: "object" } }] }), ["/properties/a/allOf/0/not/type"]],
    ["a keyword of objects", withElement("a", { type: "string", properties: {} }), ["/properties/a/properties"]],
    ["a keyword of arrays", withElement("a", { type: "string", items: {} }), ["/properties/a/items"]],
    ["required inside an element", withElement("a", { type: "string", required: true }), ["/properties/a/required"]],
    ["a reference", withElement("a", { $ref: "#/definitions/a", type: "string" }), ["/properties/a/$ref"]],
    ["an object as a value", withElement("a", { enum: ["x", {}] }), ["/properties/a"]],
    ["a list as a constant", withElement("a", { const: [1] }), ["/properties/a"]],
    ["an element that may be anything", withElement("a", {}), ["/properties/a"]],
    ["an element that is no object", withElement("a", true), ["/properties/a"]],
    ["a label that is no text", withElement("a", { type: "string", name: 5, _help: [] }), ["/properties/a/name", "/properties/a/_help"]],
    ["a dot in a name", withElement("a.b", { type: "string" }), ["/properties/a.b"]],
    ["a slash in a name", withElement("a/b", { type: "string" }), ["/properties/a~1b"]],
    ["a digit first", withElement("1a", { type: "string" }), ["/properties/1a"]],
    ["an empty name", withElement("", { type: "string" }), ["/properties/"]],
    ["65 characters", withElement("x".repeat(65), { type: "string" }), [`/properties/${"x".repeat(65)}`]],
    ["the name of a template field", { properties: { primary_address: { type: "string" }, request_sid: { type: "string" } } }, ["/properties/primary_address", "/properties/request_sid"]],
    ["a required element that is not declared", { ...GUIDE, required: ["language", "lang"] }, ["/required/1"]],
  ])("%s", (_, schema, paths) => expect(problemsOfConfigurationSchema(schema, "phone_number").map(({ path }) => path)).toEqual(paths));

  test("the elements that the gateway adds to recording add-ons itself", () => {
    const schema = { properties: { callback_url: { type: "string" }, callback_method: { type: "string" } } };
    expect(problemsOfConfigurationSchema(schema, "recording_analysis").map(({ path }) => path)).toEqual(["/properties/callback_url", "/properties/callback_method"]);
    expect(problemsOfConfigurationSchema({ properties: { callback_method: { type: "string" } } }, "phone_number")).toEqual([]);
  });

  test("all of its mistakes at once", () => {
    const schema = { type: "array", properties: { "a b": { type: "object", items: {} }, size: { type: "integer" } }, required: ["c"] };
    expect(problemsOfConfigurationSchema(schema).map(({ path }) => path)).toEqual(["/type", "/properties/a b", "/properties/a b/type", "/properties/a b/items", "/properties/size", "/required/0"]);
  });
});

describe("a configuration", () => {
  const schema = compiled(GUIDE);

  test.each([
    [{ language: "es" }],
    [{ language: "en_US", combine_tracks: true, keywords: "a, b", phone_number: "+15005550006" }],
  ])("%j is taken", (configuration) => expect(validateConfiguration(schema, configuration)).toBeNull());

  test.each([
    [{ language: "de" }, "language", 'must be one of ["en_US","en_UK","es"]'],
    [{}, "language", "is required"],
    [{ language: "es", combine_tracks: "yes" }, "combine_tracks", "must be of type boolean"],
    [{ language: "es", phone_number: "+44" }, "phone_number", "must match the pattern ^\\+(1)+[0-9]*$"],
    [{ language: "es", volume: 11 }, "volume", "is not an element of the add-on's configuration"],
    [{ language: "es", keywords: "x".repeat(FIELD_VALUE_CHARACTERS + 1) }, "keywords", `must be at most ${FIELD_VALUE_CHARACTERS} characters`],
    [{ language: "es", keywords: ["a"] }, "keywords", "must be a string, a number, true or false"],
    [{ language: "es", keywords: { a: 1 } }, "keywords", "must be a string, a number, true or false"],
    [{ language: "es", keywords: null }, "keywords", "must be a string, a number, true or false"],
    [{ language: "es", "+14155550123": 1 }, "Configuration", "is not an element of the add-on's configuration"],
    [JSON.parse('{"language":"es","__proto__":{"a":1}}'), "Configuration", "is not an element of the add-on's configuration"],
    [{ language: "es", constructor: 1 }, "constructor", "is not an element of the add-on's configuration"],
    [["es"], "Configuration", "must be a JSON object"],
    ["es", "Configuration", "must be a JSON object"],
    [null, "Configuration", "must be a JSON object"],
  ])("%j is refused for %s", (configuration, field, message) => expect(validateConfiguration(schema, configuration)).toEqual({ field, message }));

  test("may break a rule about elements together", () => {
    const either = compiled({ properties: { a: { type: "string" }, b: { type: "string" } }, anyOf: [{ required: ["a"] }, { required: ["b"] }] });
    expect(validateConfiguration(either, {})).toEqual({ field: "Configuration", message: 'must match one of the schemas under "anyOf"' });
    expect(validateConfiguration(either, { b: "" })).toBeNull();
  });
});

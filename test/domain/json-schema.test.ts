import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileSchema, type CompiledSchema, type SchemaViolation } from "../../src/domain/json-schema.ts";

const DRAFT_07 = "http://json-schema.org/draft-07/schema#";
const DRAFT_2020 = "https://json-schema.org/draft/2020-12/schema";

function compiled(schema: unknown): CompiledSchema {
  const result = compileSchema(schema);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

const violation = (schema: unknown, instance: unknown): SchemaViolation | null => compiled(schema).validate(instance);

describe("the guide's schemas", () => {
  const request = {
    $schema: "http://json-schema.org/draft-04/schema#",
    type: "object",
    properties: { primary_address: { type: "string", pattern: "^\\+(91|1)+[0-9]*$" } },
    required: ["primary_address"],
  };
  test.each([
    [{ primary_address: "+12345678901" }, null],
    [{ primary_address: "+919876543210" }, null],
    [{ primary_address: "+4930123456" }, { path: "/primary_address", message: "must match the pattern ^\\+(91|1)+[0-9]*$" }],
    [{ primary_address: 12345678901 }, { path: "/primary_address", message: "must be of type string" }],
    [{}, { path: "/primary_address", message: "is required" }],
  ])("request validation of %j", (instance, expected) => expect(violation(request, instance)).toEqual(expected));

  const response = {
    $schema: "http://json-schema.org/draft-04/schema#",
    type: "object",
    properties: { args: { type: "object", properties: { e164: { type: "string" } }, required: ["e164"] } },
    required: ["args"],
  };
  test.each([
    [{ args: { e164: "+13233633791", test: "1" }, origin: "" }, null],
    [{ args: { test: "1" } }, { path: "/args/e164", message: "is required" }],
    [{ origin: "" }, { path: "/args", message: "is required" }],
  ])("response validation of %j", (instance, expected) => expect(violation(response, instance)).toEqual(expected));
});

describe("a violation names the place and the keyword", () => {
  test.each([
    [{ type: ["string", "null"] }, 1, "", "must be of type string or null"],
    [{ properties: { "a/b": { items: { type: "integer" } } } }, { "a/b": [1, 1.5] }, "/a~1b/1", "must be of type integer"],
    [{ enum: ["en_US", "es"] }, "de", "", 'must be one of ["en_US","es"]'],
    [{ $schema: DRAFT_07, const: 5 }, 6, "", "must be 5"],
    [{ minimum: 3 }, 2, "", "must be at least 3"],
    [{ maximum: 3 }, 4, "", "must be at most 3"],
    [{ minimum: 3, exclusiveMinimum: true }, 3, "", "must be more than 3"],
    [{ maximum: 3, exclusiveMaximum: false }, 4, "", "must be at most 3"],
    [{ $schema: DRAFT_07, exclusiveMinimum: 3 }, 3, "", "must be more than 3"],
    [{ $schema: DRAFT_07, exclusiveMaximum: 3 }, 3, "", "must be less than 3"],
    [{ multipleOf: 0.1 }, 0.25, "", "must be a multiple of 0.1"],
    [{ minLength: 2 }, "😀", "", "must have at least 2 characters"],
    [{ maxLength: 2 }, "abc", "", "must have at most 2 characters"],
    [{ minItems: 1 }, [], "", "must have at least 1 items"],
    [{ maxItems: 1 }, [1, 2], "", "must have at most 1 items"],
    [{ minProperties: 1 }, {}, "", "must have at least 1 properties"],
    [{ maxProperties: 0 }, { a: 1 }, "", "must have at most 0 properties"],
    [{ format: "email" }, "nobody", "", "must match the format email"],
    [{ not: { type: "string" } }, "x", "", 'must not match the schema under "not"'],
    [{ anyOf: [{ type: "string" }, { minimum: 3 }] }, 1, "", 'must match one of the schemas under "anyOf"'],
    [{ oneOf: [{ type: "integer" }, { minimum: 3 }] }, 4, "", 'must match exactly one of the schemas under "oneOf"'],
    [{ allOf: [{ type: "integer" }, { minimum: 3 }] }, 1, "", "must be at least 3"],
    [{ $schema: DRAFT_07, contains: { type: "string" } }, [1], "", 'must have an item that matches the schema under "contains"'],
    [{ $schema: DRAFT_07, propertyNames: { maxLength: 1 } }, { ab: 1 }, "", 'must only have property names that match the schema under "propertyNames"'],
    [JSON.parse(`{"$schema":"${DRAFT_07}","if":{"required":["a"]},"then":{"required":["b"]}}`), { a: 1 }, "/b", "is required"],
    [{ dependencies: { a: ["b"] } }, { a: 1 }, "/b", "is required"],
    [{ $schema: DRAFT_2020, dependentRequired: { a: ["b"] } }, { a: 1 }, "/b", "is required"],
    [{ uniqueItems: true }, [{ a: 1, b: [2] }, { b: [2], a: 1 }], "", "must not have two equal items"],
    [{ properties: { a: {} }, additionalProperties: false }, { a: 1, b: 2 }, "/*", "must not be present"],
    [false, 1, "", "must not be present"],
  ])("%j refuses %j", (schema, instance, path, message) => expect(violation(schema, instance)).toEqual({ path, message }));

  test("by the first thing that is wrong inside a nested schema", () => {
    const schema = { properties: { a: { properties: { b: { items: { required: ["c"] } } } } } };
    expect(violation(schema, { a: { b: [{ c: 1 }, {}] } })).toEqual({ path: "/a/b/1/c", message: "is required" });
  });
});

describe("a violation never has a value of the instance in it", () => {
  const secret = "+14155550123";
  test.each([
    [{ additionalProperties: { type: "integer" } }, { [secret]: "x" }, "/*"],
    [{ patternProperties: { "^\\+": { type: "integer" } } }, { [secret]: "x" }, "/*"],
    [{ properties: { calls: { additionalProperties: { required: ["at"] } } } }, { calls: { [secret]: {} } }, "/calls/*/at"],
    [{ $schema: DRAFT_07, propertyNames: { pattern: "^[a-z]" } }, { [secret]: 1 }, ""],
    [{ $schema: DRAFT_2020, unevaluatedProperties: false }, { [secret]: 1 }, "/*"],
    [{ minimum: 5 }, 4.155550123, ""],
    [{ multipleOf: 7 }, 4155550123, ""],
    [{ enum: ["a"] }, secret, ""],
    [{ maxLength: 3 }, secret, ""],
    [{ type: "integer" }, secret, ""],
  ])("%j", (schema, instance, path) => {
    const found = violation(schema, instance);
    expect(found).toEqual({ path, message: expect.any(String) });
    expect(JSON.stringify(found)).not.toMatch(/155550123/);
  });
});

describe("drafts", () => {
  test.each([
    ["a schema without $schema is draft-04", { minimum: 3, exclusiveMinimum: true }, 3, false],
    ["draft-04 is taken with and without the hash, over http and https", { $schema: "https://json-schema.org/draft-04/schema", maximum: 3, exclusiveMaximum: true }, 3, false],
    ["draft-04 ignores what stands beside a $ref", { definitions: { a: {} }, properties: { x: { $ref: "#/definitions/a", type: "string" } } }, { x: 1 }, true],
    ["draft-07 too", { $schema: DRAFT_07, definitions: { a: {} }, properties: { x: { $ref: "#/definitions/a", type: "string" } } }, { x: 1 }, true],
    ["draft-2020-12 does not", { $schema: DRAFT_2020, $defs: { a: {} }, properties: { x: { $ref: "#/$defs/a", type: "string" } } }, { x: 1 }, false],
    ["draft-2019-09 has items as a list", { $schema: "https://json-schema.org/draft/2019-09/schema", items: [{ type: "string" }], additionalItems: false }, ["a", 1], false],
    ["draft-2020-12 has prefixItems", { $schema: DRAFT_2020, prefixItems: [{ type: "string" }], items: false }, ["a", 1], false],
    ["unevaluatedProperties sees through a $ref", { $schema: DRAFT_2020, $ref: "#/$defs/a", $defs: { a: { properties: { x: {} } } }, properties: { y: {} }, unevaluatedProperties: false }, { x: 1, y: 1 }, true],
    ["and refuses what nothing evaluated", { $schema: DRAFT_2020, $ref: "#/$defs/a", $defs: { a: { properties: { x: {} } } }, unevaluatedProperties: false }, { z: 1 }, false],
    ["unknown keywords and annotations change nothing", { title: 1, description: "x", default: 5, examples: [], "x-own": { type: 12 } }, "x", true],
    ["an unknown format asserts nothing", { format: "phone" }, "x", true],
    ["nor does one that is a property of every object", { format: "__proto__" }, "", true],
  ])("%s", (_, schema, instance, valid) => expect(violation(schema, instance) === null).toBe(valid));
});

describe("references", () => {
  test("lead to any place of the same schema, by an escaped and encoded pointer", () => {
    const schema = { definitions: { "a/b": { c: 1, "~ü": { type: "string" } } }, properties: { x: { $ref: "#/definitions/a~1b/~0%C3%BC" } } };
    expect(violation(schema, { x: 1 })).toEqual({ path: "/x", message: "must be of type string" });
    expect(violation(schema, { x: "" })).toBeNull();
  });

  test("may be shared, and are checked at each place", () => {
    const schema = { definitions: { text: { type: "string" } }, properties: { a: { $ref: "#/definitions/text" }, b: { items: { $ref: "#/definitions/text" } } } };
    expect(violation(schema, { a: "", b: ["", 1] })).toEqual({ path: "/b/1", message: "must be of type string" });
  });

  test("are not led elsewhere by an id, as generators write them", () => {
    const schema = {
      $schema: DRAFT_07,
      $id: "http://example.com/root.json",
      definitions: { text: { $id: "#text", type: "string" } },
      properties: { a: { $id: "#/properties/a", $ref: "#/definitions/text" } },
    };
    expect(violation(schema, { a: 1 })).toEqual({ path: "/a", message: "must be of type string" });
  });
});

describe("patternProperties, which RE2 matches", () => {
  const schema = {
    properties: { "+1": { maximum: 10 }, name: {} },
    patternProperties: { "^\\+": { type: "integer" }, "9$": { minimum: 5 } },
    additionalProperties: { type: "string" },
  };
  test.each([
    [{ "+1": 5, "+29": 7, name: true, other: "x" }, null],
    [{ "+2": "x" }, "/*"],
    [{ "+1": "x" }, "/+1"],
    [{ "+1": 11 }, "/+1"],
    [{ "+29": 4 }, "/*"],
    [{ other: 1 }, "/*"],
  ])("%j", (instance, path) => expect(violation(schema, instance)?.path ?? null).toBe(path));
});

test("properties may have names that objects inherit", () => {
  const schema = compiled(JSON.parse('{"properties":{"__proto__":{"type":"string"},"constructor":{"type":"string"}},"required":["toString"]}'));
  expect(schema.validate(JSON.parse('{"toString":1}'))).toBeNull();
  expect(schema.validate({})).toEqual({ path: "/toString", message: "is required" });
  expect(schema.validate(JSON.parse('{"toString":1,"__proto__":1}'))).toEqual({ path: "/__proto__", message: "must be of type string" });
});

test("unique items are compared by value, whatever the order of their properties", () => {
  const distinct = fc.uniqueArray(fc.jsonValue({ maxDepth: 3 }), { selector: (value) => JSON.stringify(value, sortedKeys) });
  fc.assert(
    fc.property(distinct, fc.nat(), (items, index) => {
      const schema = compiled({ uniqueItems: true, maxItems: 1_000 });
      const plain: unknown[] = JSON.parse(JSON.stringify(items));
      expect(schema.validate(plain)).toBeNull();
      if (plain.length > 0) expect(schema.validate([...plain, structuredClone(plain[index % plain.length])])).not.toBeNull();
    }),
  );
});

function sortedKeys(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

test("one schema's checks are not seen by another, and stay right after a failure", () => {
  const digits = compiled({ pattern: "^[0-9]+$" });
  const letters = compiled({ pattern: "^[a-z]+$", format: "email" });
  for (let round = 0; round < 3; round++) {
    expect(digits.validate("12")).toBeNull();
    expect(letters.validate("ab")).toEqual({ path: "", message: "must match the format email" });
    expect(digits.validate("ab")).not.toBeNull();
  }
  expect(compiled({ format: "pattern ^[0-9]+$" }).validate("ab")).toBeNull();
});

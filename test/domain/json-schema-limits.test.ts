import { describe, expect, test } from "vitest";
import { compileSchema, type SchemaViolation } from "../../src/domain/json-schema.ts";
import { SCHEMA_CHARACTERS, SCHEMA_DEPTH } from "../../src/domain/limits.ts";
import type { Problem } from "../../src/domain/refusal.ts";

const DRAFT_07 = "http://json-schema.org/draft-07/schema#";
const DRAFT_2020 = "https://json-schema.org/draft/2020-12/schema";

function problems(schema: unknown): Problem[] {
  const result = compileSchema(schema);
  return result.ok ? [] : result.error;
}

function violation(schema: unknown, instance: unknown): SchemaViolation | null {
  const result = compileSchema(schema);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.validate(instance);
}

describe("a keyword of the wrong type is refused by its place", () => {
  test.each([
    [12, ""],
    ["string", ""],
    [null, ""],
    [[], ""],
    [{ type: 12 }, "/type"],
    [{ type: "text" }, "/type"],
    [{ type: [] }, "/type"],
    [{ type: ["string", "nil"] }, "/type"],
    [{ enum: "a" }, "/enum"],
    [{ enum: [] }, "/enum"],
    [{ required: "x" }, "/required"],
    [{ required: true }, "/required"],
    [{ required: [1] }, "/required"],
    [{ properties: [] }, "/properties"],
    [{ properties: { "a/b": 5 } }, "/properties/a~1b"],
    [{ patternProperties: "x" }, "/patternProperties"],
    [{ additionalProperties: "no" }, "/additionalProperties"],
    [{ items: 5 }, "/items"],
    [{ items: [] }, "/items"],
    [{ items: [{}, 5] }, "/items/1"],
    [{ $schema: DRAFT_2020, items: [{}] }, "/items"],
    [{ anyOf: [] }, "/anyOf"],
    [{ anyOf: {} }, "/anyOf"],
    [{ allOf: [1] }, "/allOf/0"],
    [{ not: "x" }, "/not"],
    [{ minimum: "3" }, "/minimum"],
    [{ exclusiveMinimum: 3 }, "/exclusiveMinimum"],
    [{ $schema: DRAFT_07, exclusiveMinimum: true }, "/exclusiveMinimum"],
    [{ multipleOf: 0 }, "/multipleOf"],
    [{ multipleOf: -1 }, "/multipleOf"],
    [{ minLength: -1 }, "/minLength"],
    [{ maxItems: 1.5 }, "/maxItems"],
    [{ uniqueItems: "yes" }, "/uniqueItems"],
    [{ pattern: 5 }, "/pattern"],
    [{ format: {} }, "/format"],
    [{ dependencies: { a: "b" } }, "/dependencies/a"],
    [{ $schema: DRAFT_2020, dependentRequired: { a: "b" } }, "/dependentRequired"],
    [{ definitions: { unused: { type: 12 } } }, "/definitions/unused/type"],
    [{ $schema: "http://json-schema.org/draft-03/schema#" }, "/$schema"],
    [{ $schema: "https://example.com/schema" }, "/$schema"],
    [{ $schema: 4 }, "/$schema"],
  ])("%j", (schema, path) => expect(problems(schema)).toEqual([{ path, message: expect.stringMatching(/^must /) }]));

  test("every mistake is named in one answer", () => {
    const schema = { type: 12, required: "x", properties: { a: { pattern: "(?=a)" }, b: { $ref: "#/nowhere" } }, anyOf: [], minLength: -1 };
    expect(problems(schema).map(({ path }) => path)).toEqual(["/type", "/required", "/properties/a/pattern", "/properties/b/$ref", "/anyOf", "/minLength"]);
  });

  test("or the first hundred of them", () => {
    expect(problems({ allOf: Array.from({ length: 500 }, () => 1) })).toHaveLength(100);
  });
});

describe("a reference is refused when it is", () => {
  test.each([
    ["to another document", { $ref: "http://json-schema.org/draft-04/schema#" }, "/$ref", "nothing is fetched"],
    ["to a file beside it", { items: { $ref: "other.json" } }, "/items/$ref", "nothing is fetched"],
    ["to an anchor", { $schema: DRAFT_2020, $defs: { a: { $anchor: "a" } }, $ref: "#a" }, "/$ref", "nothing is fetched"],
    ["to nothing", { items: { $ref: "#/definitions/a" } }, "/items/$ref", "leads to nothing"],
    ["to an inherited property", { $ref: "#/constructor" }, "/$ref", "leads to nothing"],
    ["to something that is no schema", { minimum: 5, items: { $ref: "#/minimum" } }, "/minimum", "JSON Schema"],
    ["badly encoded", { $ref: "#/%E0%A4%A" }, "/$ref", "JSON Pointer"],
    ["no text", { $ref: 5 }, "/$ref", "string"],
    ["to the whole schema", { $ref: "#" }, "/$ref", "recursive"],
    ["to the whole schema, below", { properties: { child: { $ref: "#" } } }, "/properties/child/$ref", "recursive"],
    ["to a schema around it", { definitions: { a: { items: { $ref: "#/definitions/a" } } } }, "/definitions/a/items/$ref", "recursive"],
    ["in a circle", { definitions: { a: { $ref: "#/definitions/b" }, b: { not: { $ref: "#/definitions/a" } } } }, "/definitions/b/not/$ref", "recursive"],
    ["a recursive one by its name", { $schema: "https://json-schema.org/draft/2019-09/schema", items: { $recursiveRef: "#" } }, "/items/$recursiveRef", "recursive"],
    ["a dynamic one", { $schema: DRAFT_2020, items: { $dynamicRef: "#node" } }, "/items/$dynamicRef", "recursive"],
    [
      "below an id that would lead it elsewhere",
      { $schema: DRAFT_07, definitions: { a: {} }, properties: { b: { $id: "http://example.com/", items: { $ref: "#/definitions/a" } } } },
      "/properties/b/items/$ref",
      "id of its own",
    ],
    ["below a draft-04 id", { definitions: { a: {} }, properties: { b: { id: "/b", items: { $ref: "#/definitions/a" } } } }, "/properties/b/items/$ref", "id of its own"],
  ])("%s", (_, schema, path, message) => expect(problems(schema)).toEqual([{ path, message: expect.stringContaining(message) }]));
});

const nested = (depth: number): unknown => (depth === 0 ? {} : { items: nested(depth - 1) });

const chain = (length: number): unknown => ({
  definitions: Object.fromEntries(Array.from({ length }, (_, index) => [`d${index}`, index === 0 ? {} : { items: { $ref: `#/definitions/d${index - 1}` } }])),
  $ref: `#/definitions/d${length - 1}`,
});

const doubling = (levels: number): unknown => ({
  definitions: Object.fromEntries(
    Array.from({ length: levels }, (_, index) => [`d${index}`, index === 0 ? {} : { allOf: Array.from({ length: 2 }, () => ({ $ref: `#/definitions/d${index - 1}` })) }]),
  ),
  $ref: `#/definitions/d${levels - 1}`,
});

const ofSize = (characters: number): unknown => ({ description: "x".repeat(characters - '{"description":""}'.length) });

const nestedArrays = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));

describe("a schema is refused when it is too", () => {
  test("large", () => {
    expect(problems(ofSize(SCHEMA_CHARACTERS))).toEqual([]);
    expect(problems(ofSize(SCHEMA_CHARACTERS + 1))).toEqual([{ path: "", message: `must be at most ${SCHEMA_CHARACTERS} characters of JSON` }]);
  });

  test.each([
    ["deep", nested(SCHEMA_DEPTH - 1), nested(SCHEMA_DEPTH)],
    ["very deep", {}, nested(1_000)],
    ["deep by its references", chain(SCHEMA_DEPTH), chain(SCHEMA_DEPTH + 1)],
    ["very deep by its references", {}, chain(1_000)],
  ])("%s", (_, taken, refused) => {
    expect(problems(taken)).toEqual([]);
    expect(problems(refused)).toEqual([{ path: "", message: `must not nest deeper than ${SCHEMA_DEPTH} schemas, every $ref followed` }]);
  });

  test("many, once its references are followed", () => {
    expect(problems(doubling(9))).toEqual([]);
    expect(problems(doubling(28))).toEqual([{ path: "", message: expect.stringContaining("sub-schemas") }]);
  });

  test("not JSON", () => {
    const circle: Record<string, unknown> = {};
    circle["items"] = circle;
    expect(problems(circle)).toEqual([{ path: "", message: "must be JSON that does not nest too deep" }]);
    expect(problems(undefined)).not.toEqual([]);
  });
});

/** The bound is 20 ms of a quiet machine; this one may be busy, and has not compiled the validator yet. */
const BOUND_MS = 250;

describe("no instance of 64 KB takes long, whatever the schema", () => {
  const keys = Object.fromEntries(Array.from({ length: 6_000 }, (_, index) => [`k${index}`, 1]));
  const ones = Array.from({ length: 30_000 }, () => 1);
  test.each([
    ["5,000 unique objects", { uniqueItems: true }, Array.from({ length: 5_000 }, (_, a) => ({ a })), null],
    ["unique lists beside lists that are not", { items: { uniqueItems: true } }, Array.from({ length: 6_000 }, (_, index) => [index, index < 3_000 ? -1 : index]), "too much work"],
    ["unique items nested 30,000 deep", { uniqueItems: true }, nestedArrays(30_000), "cannot be checked"],
    ["unique items nested 65 deep", { uniqueItems: true }, nestedArrays(66), "cannot be checked"],
    ["an instance nested deeper than the schema", { type: "array", items: { type: "array" } }, nestedArrays(30_000), null],
    ["990 schemas for each of 30,000 items", { items: { allOf: Array.from({ length: 990 }, () => ({ type: "integer" })) } }, ones, "too much work"],
    ["490 boolean schemas for each of 6,000 properties", { allOf: Array.from({ length: 490 }, () => ({ additionalProperties: true })) }, keys, "too much work"],
    ["990 counts of 6,000 properties", { allOf: Array.from({ length: 990 }, () => ({ minProperties: 1 })) }, keys, "too much work"],
    ["an enum of 6,000 values for 6,000 items", { items: { enum: Array.from({ length: 6_000 }, (_, index) => `v${index}`) } }, Array.from({ length: 6_000 }, () => "v5999"), "too much work"],
    ["50 patterns for each of 6,000 names", { patternProperties: Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`^k.{0,${index}}$`, { type: "integer" }])) }, keys, "too much work"],
    ["990 lengths of one text", { allOf: Array.from({ length: 990 }, () => ({ maxLength: 65_536 })) }, "é".repeat(60_000), "too much work"],
    ["900 lengths of each text", { items: { allOf: Array.from({ length: 900 }, () => ({ maxLength: 65_536 })) } }, Array.from({ length: 60 }, () => "x".repeat(1_000)), "too much work"],
    ["300 divisions of each of 10,000 items", { items: { allOf: Array.from({ length: 300 }, () => ({ multipleOf: 1e-300 })) } }, Array.from({ length: 10_000 }, () => 1e300), "too much work"],
    ["nothing that is contained", { $schema: DRAFT_07, contains: { type: "string" } }, ones.slice(0, 10_000), "contains"],
    ["the format url, which the library gives exponential time", { format: "url" }, `http://${"a".repeat(100)}<`, "format url"],
    ["the format uri of more characters than a URL may have", { format: "uri" }, `https://www.example.com/${"a".repeat(20_000)}`, "format uri"],
    ["the format email", { format: "email" }, `${"a.".repeat(30_000)}@`, "format email"],
    ["the format hostname", { format: "hostname" }, "a.".repeat(30_000), "format hostname"],
    ["the format uri-template", { format: "uri-template" }, "{a,".repeat(20_000), "format uri-template"],
    ["the format regex", { format: "regex" }, "(".repeat(60_000), "format regex"],
  ])("%s", (_, schema, instance, message) => {
    const started = process.cpuUsage();
    const found = violation(schema, instance);
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1_000).toBeLessThan(BOUND_MS);
    expect(found === null ? null : found.message).toEqual(message === null ? null : expect.stringContaining(message));
  });
});

test.each([
  ["a minimum", { minimum: Infinity }, "/minimum"],
  ["a value of an enum", { items: { enum: [1, { a: [-Infinity] }] } }, "/items/enum/1/a/0"],
  ["what asserts nothing", { properties: { "a/b": { default: Number.NaN } } }, "/properties/a~1b/default"],
])("a number that JSON cannot hold is refused by its place, as %s", (_, schema, path) => {
  expect(problems(schema)).toEqual([{ path, message: expect.stringContaining("must be a number") }]);
});

describe("what is said of a violation is short, however long the schema's names and values are", () => {
  const name = "n".repeat(20_000);
  test.each([
    ["a required name", { required: [name] }, {}, `/${"n".repeat(197)} …`, "is required"],
    ["a path", { properties: { [name]: { type: "string" } } }, { [name]: 1 }, `/${"n".repeat(197)} …`, "must be of type string"],
    ["a pattern", { pattern: `^${"a".repeat(900)}$` }, "b", "", `must match the pattern ^${"a".repeat(174)} …`],
    ["a constant", { const: name }, "b", "", `must be "${"n".repeat(189)} …`],
  ])("%s", (_, schema, instance, path, message) => expect(violation(schema, instance)).toEqual({ path, message }));
});

test("an ordinary large answer is far from the limit of work", () => {
  const items = Array.from({ length: 700 }, (_, id) => ({ id: `00000000-0000-4000-8000-${String(id).padStart(12, "0")}`, at: "2026-01-31T23:59:59Z" }));
  const item = { required: ["id", "at"], properties: { id: { pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$" }, at: { format: "date-time" } } };
  const thrice = { allOf: [{ items: item }, { items: item }, { items: item }], uniqueItems: true };
  expect(JSON.stringify(items).length).toBeGreaterThan(50 * 1_024);
  expect(violation(thrice, items)).toBeNull();
});

test("what cannot be checked is a violation and no exception", () => {
  const schema = { additionalProperties: { type: "string" } };
  expect(violation(schema, JSON.parse('{"\\ud800":"x"}'))).toEqual({ path: "", message: "cannot be checked against the schema" });
  expect(violation({}, undefined)).toEqual({ path: "", message: "cannot be checked against the schema" });
  expect(violation({}, 5n)).toEqual({ path: "", message: "cannot be checked against the schema" });
});

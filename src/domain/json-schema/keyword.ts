import { isJsonObject } from "../json-document.ts";

/** The drafts of JSON Schema that we take, by the validator's names for them. */
export type Draft = "4" | "7" | "2019-09" | "2020-12";

/** How a keyword holds further schemas. */
export type Applicator = "schema" | "list" | "map" | "schema or list" | "map of schemas or names";

export const APPLICATORS: ReadonlyMap<string, Applicator> = new Map<string, Applicator>([
  ...["additionalItems", "unevaluatedItems", "contains", "additionalProperties", "unevaluatedProperties", "propertyNames"].map(schemaAt),
  ...["not", "if", "then", "else"].map(schemaAt),
  ...["allOf", "anyOf", "oneOf", "prefixItems"].map((keyword): [string, Applicator] => [keyword, "list"]),
  ...["properties", "dependentSchemas"].map((keyword): [string, Applicator] => [keyword, "map"]),
  ["items", "schema or list"],
  ["dependencies", "map of schemas or names"],
]);

/** Schemas that only `$ref` uses; they are checked, but apply to nothing by themselves. */
export const DEFINITIONS: ReadonlySet<string> = new Set(["definitions", "$defs"]);

/** Keywords that can only be used for recursion. */
export const RECURSIVE_KEYWORDS: ReadonlySet<string> = new Set(["$recursiveRef", "$dynamicRef"]);

const TYPES: readonly unknown[] = ["string", "number", "integer", "boolean", "object", "array", "null"];

/** What is wrong with the value of a keyword that holds no schema, or null. The validator itself would ignore it or throw much later. */
export type ValueCheck = (value: unknown, draft: Draft) => string | null;

const unless = (right: boolean, message: string): string | null => (right ? null : message);
const isName = (value: unknown): value is string => typeof value === "string";
const isListOf = (value: unknown, test: (item: unknown) => boolean): boolean => Array.isArray(value) && value.every(test);

const names: ValueCheck = (value) => unless(isListOf(value, isName), "must be a list of property names");
const count: ValueCheck = (value) => unless(typeof value === "number" && Number.isInteger(value) && value >= 0, "must be a whole number, 0 or more");
const number: ValueCheck = (value) => unless(typeof value === "number", "must be a number");
const text: ValueCheck = (value) => unless(typeof value === "string", "must be a string");
const exclusive: ValueCheck = (value, draft) =>
  draft === "4" ? unless(typeof value === "boolean", "must be true or false in draft-04, beside minimum or maximum") : number(value, draft);

export const VALUE_CHECKS: ReadonlyMap<string, ValueCheck> = new Map<string, ValueCheck>([
  ["type", (value) => unless(TYPES.includes(value) || (Array.isArray(value) && value.length > 0 && value.every((item) => TYPES.includes(item))), `must be one of ${TYPES.join(", ")}, or a list of them`)],
  ["enum", (value) => unless(Array.isArray(value) && value.length > 0, "must be a list of at least one value")],
  ["const", () => null],
  ["required", names],
  ["dependentRequired", (value) => unless(isJsonObject(value) && Object.values(value).every((list) => isListOf(list, isName)), "must be a dictionary of lists of property names")],
  ...["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains"].map((keyword): [string, ValueCheck] => [keyword, count]),
  ...["minimum", "maximum"].map((keyword): [string, ValueCheck] => [keyword, number]),
  ...["exclusiveMinimum", "exclusiveMaximum"].map((keyword): [string, ValueCheck] => [keyword, exclusive]),
  ["multipleOf", (value) => unless(typeof value === "number" && value > 0, "must be a number over 0")],
  ["uniqueItems", (value) => unless(typeof value === "boolean", "must be true or false")],
  ["pattern", text],
  ["format", text],
]);

function schemaAt(keyword: string): [string, Applicator] {
  return [keyword, "schema"];
}

/** @returns the draft that `$schema` names, draft-04 where there is none, or null for any other. Draft-06 is draft-07 without `if`. */
export function draftOf(schema: Record<string, unknown>): Draft | null {
  const uri = schema["$schema"];
  if (uri === undefined) return "4";
  const name = typeof uri === "string" ? /^https?:\/\/json-schema\.org\/(.+)\/schema#?$/.exec(uri)?.[1] : undefined;
  return DRAFTS.get(name ?? "") ?? null;
}

const DRAFTS: ReadonlyMap<string, Draft> = new Map<string, Draft>([
  ["draft-04", "4"],
  ["draft-06", "7"],
  ["draft-07", "7"],
  ["draft/2019-09", "2019-09"],
  ["draft/2020-12", "2020-12"],
]);

import { isJsonObject } from "../json-document.ts";
import { namesOfPointer, pointerToken } from "../json-pointer.ts";
import type { CompiledSchema } from "../json-schema.ts";
import { FIELD_VALUE_CHARACTERS } from "../limits.ts";
import type { Problem } from "../refusal.ts";
import { CHOSEN_NAME, RESERVED_FIELD_NAMES, type AddOnTypeName } from "./add-on-type.ts";

/** Guide, "Configuration JSON Schema": what an element may be; it becomes a text field, a checkbox or, with `enum`, a list. */
const ELEMENT_TYPES: readonly unknown[] = ["string", "number", "integer", "boolean"];
const COMBINING_KEYWORDS = ["anyOf", "allOf", "oneOf", "not", "if", "then", "else"];
/** Texts for people, by their keyword in the guide. */
const LABELS = ["name", "_help"];

/** Keywords that only describe objects or arrays, which are not supported; and `$ref`, so that each element can be shown by itself. */
const UNSUPPORTED_KEYWORDS: ReadonlySet<string> = new Set(
  [
    "$ref properties patternProperties additionalProperties unevaluatedProperties propertyNames required minProperties maxProperties",
    "dependencies dependentRequired dependentSchemas items prefixItems additionalItems unevaluatedItems contains",
    "minContains maxContains minItems maxItems uniqueItems",
  ].flatMap((keywords) => keywords.split(" ")),
);

/** The gateway adds these to every recording add-on's configuration itself, and keeps them to itself. */
const RELAY_ELEMENTS: ReadonlySet<string> = new Set(["callback_url", "callback_method"]);

/**
 * What is wrong with a configuration schema beyond what any JSON Schema must be, which compiling it tells.
 * @param type undefined where the definition has none that is known.
 */
export function problemsOfConfigurationSchema(schema: unknown, type?: AddOnTypeName): Problem[] {
  if (!isJsonObject(schema)) return [{ path: "", message: "must be a JSON object" }];
  const problems: Problem[] = [];
  const { properties } = schema;
  if (schema["type"] !== undefined && schema["type"] !== "object") problems.push({ path: "/type", message: "must be object: a configuration is a dictionary of elements" });
  if (properties === undefined) problems.push({ path: "/properties", message: "is required, with an entry for each element" });
  if (Object.hasOwn(schema, "$ref")) problems.push({ path: "/$ref", message: "is not supported in a configuration schema" });
  const elements = isJsonObject(properties) ? properties : {};
  for (const [name, element] of Object.entries(elements)) problems.push(...problemsOfElement(name, element, type));
  if (Array.isArray(schema["required"])) problems.push(...problemsOfRequired(schema["required"], elements));
  return problems;
}

function problemsOfRequired(required: unknown[], elements: Record<string, unknown>): Problem[] {
  return required.flatMap((name, index) =>
    typeof name !== "string" || Object.hasOwn(elements, name) ? [] : [{ path: `/required/${index}`, message: "must be the name of an element under properties" }],
  );
}

function problemsOfElement(name: string, element: unknown, type: AddOnTypeName | undefined): Problem[] {
  const path = `/properties/${pointerToken(name)}`;
  const problems = problemsOfName(name, type).map((message) => ({ path, message }));
  if (!isJsonObject(element)) return [...problems, { path, message: "must be an object with a type" }];
  if (!["type", "enum", "const", ...COMBINING_KEYWORDS].some((keyword) => Object.hasOwn(element, keyword))) {
    problems.push({ path, message: `must have a type, one of ${ELEMENT_TYPES.join(", ")}, or an enum` });
  }
  for (const label of LABELS) {
    if (Object.hasOwn(element, label) && typeof element[label] !== "string") problems.push({ path: `${path}/${label}`, message: "must be a string" });
  }
  return [...problems, ...problemsOfValueSchema(element, path)];
}

function problemsOfName(name: string, type: AddOnTypeName | undefined): string[] {
  if (type === "recording_analysis" && RELAY_ELEMENTS.has(name)) return ["must not be declared: the gateway adds it to every recording add-on"];
  if (RESERVED_FIELD_NAMES.has(name)) return ["is the name of a template field of the gateway"];
  return CHOSEN_NAME.test(name) ? [] : ["must start with a letter, and have at most 64 letters, digits, _ and -"];
}

/** An element's schema, and those that it combines. */
function problemsOfValueSchema(schema: Record<string, unknown>, path: string): Problem[] {
  const problems: Problem[] = [];
  const types = Object.hasOwn(schema, "type") ? [schema["type"]].flat() : [];
  if (types.some((type) => !ELEMENT_TYPES.includes(type))) problems.push({ path: `${path}/type`, message: `must be ${ELEMENT_TYPES.join(", ")}: object and array are not supported` });
  const values = [Array.isArray(schema["enum"]) ? schema["enum"] : [], Object.hasOwn(schema, "const") ? [schema["const"]] : []].flat();
  if (values.some((value) => !isElementValue(value))) problems.push({ path, message: "must only have strings, numbers, true and false as values" });
  for (const keyword of Object.keys(schema)) {
    if (UNSUPPORTED_KEYWORDS.has(keyword)) problems.push({ path: `${path}/${keyword}`, message: "is not supported: an element is a string, a number or a boolean" });
  }
  for (const [at, part] of partsOf(schema, path)) problems.push(...problemsOfValueSchema(part, at));
  return problems;
}

function partsOf(schema: Record<string, unknown>, path: string): [string, Record<string, unknown>][] {
  return COMBINING_KEYWORDS.flatMap((keyword) => {
    const value = schema[keyword];
    const parts: [string, unknown][] = Array.isArray(value) ? value.map((part, index) => [`${path}/${keyword}/${index}`, part]) : [[`${path}/${keyword}`, value]];
    return parts.flatMap(([at, part]): [string, Record<string, unknown>][] => (isJsonObject(part) ? [[at, part]] : []));
  });
}

const isElementValue = (value: unknown): boolean => typeof value === "string" || typeof value === "number" || typeof value === "boolean";

/** What is wrong with one element of a configuration, or with the configuration as a whole. */
export type ConfigurationProblem = { field: string; message: string };

/** Checks a developer's configuration of an add-on. `field` is the element's name, or `Configuration` where it is no single element. */
export function validateConfiguration(schema: CompiledSchema, configuration: unknown): ConfigurationProblem | null {
  if (!isJsonObject(configuration)) return { field: "Configuration", message: "must be a JSON object" };
  for (const [name, value] of Object.entries(configuration)) {
    const message = schema.properties.has(name) ? problemOfValue(value) : "is not an element of the add-on's configuration";
    if (message !== null) return { field: fieldOf(name), message };
  }
  const violation = schema.validate(configuration);
  if (violation === null) return null;
  const [field = "Configuration"] = namesOfPointer(violation.path);
  return { field, message: violation.message };
}

function problemOfValue(value: unknown): string | null {
  if (!isElementValue(value)) return "must be a string, a number, true or false";
  return typeof value === "string" && value.length > FIELD_VALUE_CHARACTERS ? `must be at most ${FIELD_VALUE_CHARACTERS} characters` : null;
}

/** A name that no schema gave may be anything, also a value in the wrong place. */
const fieldOf = (name: string): string => (CHOSEN_NAME.test(name) ? name : "Configuration");

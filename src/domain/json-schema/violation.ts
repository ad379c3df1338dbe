import { memberOf, namesOfPointer, pointerToken } from "../json-pointer.ts";
import { isJsonObject } from "../json-document.ts";

/** Why an instance does not pass a schema. It names what the schema names, and never a value of the instance, which is somebody's data. */
export type SchemaViolation = {
  /** A JSON Pointer into the instance, in which a name that the schema does not give stands as `*`. */
  path: string;
  message: string;
};

/** What the validator reports for each keyword that failed, outermost first. */
export type KeywordError = { keyword: string; keywordLocation: string; instanceLocation: string; error: string };

/** Ours. */
const SHORTENED_CHARACTERS = 200;

/** Keywords whose error only says that another follows. */
const WRAPPERS: ReadonlySet<string> = new Set(
  "properties additionalProperties unevaluatedProperties items prefixItems additionalItems unevaluatedItems allOf if dependentSchemas dependencies".split(" "),
);

/** Where a keyword's value goes into the message. */
const MESSAGES: Record<string, (value: unknown) => string> = {
  type: (value) => `must be of type ${Array.isArray(value) ? value.join(" or ") : String(value)}`,
  enum: (value) => `must be one of ${JSON.stringify(value)}`,
  const: (value) => `must be ${JSON.stringify(value)}`,
  minimum: (value) => `must be at least ${String(value)}`,
  maximum: (value) => `must be at most ${String(value)}`,
  exclusiveMinimum: (value) => `must be more than ${String(value)}`,
  exclusiveMaximum: (value) => `must be less than ${String(value)}`,
  multipleOf: (value) => `must be a multiple of ${String(value)}`,
  minLength: (value) => `must have at least ${String(value)} characters`,
  maxLength: (value) => `must have at most ${String(value)} characters`,
  minItems: (value) => `must have at least ${String(value)} items`,
  maxItems: (value) => `must have at most ${String(value)} items`,
  minProperties: (value) => `must have at least ${String(value)} properties`,
  maxProperties: (value) => `must have at most ${String(value)} properties`,
  format: (value) => `must match the ${String(value)}`,
  not: (value) => (isJsonObject(value) && typeof value["says"] === "string" ? value["says"] : 'must not match the schema under "not"'),
  anyOf: () => 'must match one of the schemas under "anyOf"',
  oneOf: () => 'must match exactly one of the schemas under "oneOf"',
  contains: () => 'must have an item that matches the schema under "contains"',
  minContains: (value) => `must have at least ${String(value)} items that match the schema under "contains"`,
  maxContains: (value) => `must have at most ${String(value)} items that match the schema under "contains"`,
  propertyNames: () => 'must only have property names that match the schema under "propertyNames"',
};

/** @param schema the schema as the validator ran it. */
export function violationOf(errors: readonly KeywordError[], schema: unknown, instance: unknown, schemaNames: ReadonlySet<string>): SchemaViolation {
  const { path, message } = unboundedViolation(errors, schema, instance, schemaNames);
  return { path: shortened(path), message: shortened(message) };
}

function unboundedViolation(errors: readonly KeywordError[], schema: unknown, instance: unknown, schemaNames: ReadonlySet<string>): SchemaViolation {
  const cause = errors.find(({ keyword }) => !WRAPPERS.has(keyword)) ?? errors.at(-1);
  if (cause === undefined) return { path: "", message: "must match the schema" };
  const path = maskedPath(cause.instanceLocation, instance, schemaNames);
  const missing = missingName(cause);
  if (missing !== undefined) return { path: `${path}/${pointerToken(missing)}`, message: "is required" };
  return { path, message: messageOf(cause, schema) };
}

/** The validator says which name is missing in its sentence only; both names in it are the schema's. */
function missingName({ keyword, error }: KeywordError): string | undefined {
  const sentence = keyword === "required" ? /required property "(.*)"\.$/s : /but does not have "(.*)"\.$/s;
  return ["required", "dependentRequired", "dependencies"].includes(keyword) ? sentence.exec(error)?.[1] : undefined;
}

function messageOf({ keyword, keywordLocation }: KeywordError, schema: unknown): string {
  const names = namesOfLocation(keywordLocation);
  let value = schema;
  for (const name of names) value = memberOf(value, name);
  return MESSAGES[keyword]?.(value) ?? `must match the schema under "${keyword}"`;
}

function maskedPath(location: string, instance: unknown, schemaNames: ReadonlySet<string>): string {
  let value = instance;
  return namesOfLocation(location)
    .map((name) => {
      const isGiven = Array.isArray(value) || schemaNames.has(name);
      value = memberOf(value, name);
      return isGiven ? `/${pointerToken(name)}` : "/*";
    })
    .join("");
}

/** The validator's locations are URI fragments. */
const namesOfLocation = (location: string): string[] => namesOfPointer(decodeURIComponent(location));

/** A name or a value of the schema may be as long as the schema, and what we say of it is stored and logged. */
const shortened = (text: string): string => (text.length <= SHORTENED_CHARACTERS ? text : `${text.slice(0, SHORTENED_CHARACTERS - 2).toWellFormed()} …`);

/** A schema of an OpenAPI 3.0 description, as far as the public API's descriptions go. */
export type Schema = {
  $ref?: string;
  type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  nullable?: boolean;
  properties?: Record<string, Schema>;
  items?: Schema;
  enum?: string[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  format?: string;
};

/** What a schema is read with: where its references lead, and which URIs an answer may have. */
export type SchemaContext = { schemas: Record<string, Schema>; isUri(text: string): boolean };

/** Keywords that describe and do not judge. `required` is not needed: here every property is. */
const SILENT_KEYWORDS = new Set(["description", "title", "example", "readOnly", "required"]);
const JUDGING_KEYWORDS = new Set(["$ref", "type", "nullable", "properties", "items", "enum", "pattern", "minLength", "maxLength", "format"]);

type Format = (value: unknown, context: SchemaContext) => boolean;

/** A format that is not here fails the test that meets it: none is passed over without a word. */
const FORMATS: Record<string, Format> = {
  /** With a Z and without milliseconds, as every example of the descriptions has it. */
  "date-time": (value) => isText(value) && asDate(value)?.toISOString().replace(/\.\d+Z/, "Z") === value,
  "date-time-rfc-2822": (value) => isText(value) && asDate(value)?.toUTCString().replace("GMT", "+0000") === value,
  date: (value) => isText(value) && asDate(value)?.toISOString().slice(0, 10) === value,
  uri: (value, { isUri }) => isText(value) && isUri(value),
  "uri-map": (value, { isUri }) => isObject(value) && Object.values(value).every((item) => isText(item) && isUri(item)),
  "phone-number": (value) => isText(value) && /^\+[1-9]\d{1,14}$/.test(value),
  "phone-number-capabilities": isObject,
  "http-method": (value) => value === "GET" || value === "POST",
  currency: (value) => isText(value) && /^[A-Z]{3}$/i.test(value),
  int32: (value) => Number.isInteger(value),
};

const TYPES: Record<NonNullable<Schema["type"]>, (value: unknown) => boolean> = {
  object: isObject,
  array: Array.isArray,
  string: isText,
  integer: Number.isInteger,
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
};

/**
 * What is wrong with a value. Stricter than OpenAPI: every property that a schema names must be there (null where it may be null), and
 * none besides; an object of which the schema names no property is open.
 */
export function violationsOfSchema(schema: Schema, value: unknown, path: string, context: SchemaContext): string[] {
  requireKnownKeywords(schema, path);
  if (schema.$ref !== undefined) return violationsOfSchema(requireSchema(schema.$ref, context), value, path, context);
  if (value === null) return schema.nullable === true ? [] : [`${path} must not be null`];
  if (schema.type !== undefined && !TYPES[schema.type](value)) return [`${path} must be of type ${schema.type}`];
  return [
    ...(isText(value) ? violationsOfText(schema, value, path) : []),
    ...violationsOfFormat(schema, value, path, context),
    ...(isObject(value) && schema.properties !== undefined ? violationsOfProperties(schema.properties, value, path, context) : []),
    ...(Array.isArray(value) && schema.items !== undefined ? value.flatMap((item, index) => violationsOfSchema(schema.items ?? {}, item, `${path}/${index}`, context)) : []),
  ];
}

function violationsOfProperties(properties: Record<string, Schema>, value: Record<string, unknown>, path: string, context: SchemaContext): string[] {
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(properties, name));
  return [
    ...unknown.map((name) => `${path}/${name} is not in the description`),
    ...Object.entries(properties).flatMap(([name, property]) =>
      Object.hasOwn(value, name) ? violationsOfSchema(property, value[name], `${path}/${name}`, context) : [`${path}/${name} is missing`],
    ),
  ];
}

function violationsOfText(schema: Schema, text: string, path: string): string[] {
  const { enum: values, pattern, minLength = 0, maxLength = Infinity } = schema;
  return [
    ...(values?.includes(text) === false ? [`${path} must be one of ${values.join(", ")}`] : []),
    ...(pattern !== undefined && !new RegExp(pattern).test(text) ? [`${path} must match ${pattern}`] : []),
    ...(text.length < minLength || text.length > maxLength ? [`${path} must have ${minLength} to ${maxLength} characters`] : []),
  ];
}

function violationsOfFormat({ format }: Schema, value: unknown, path: string, context: SchemaContext): string[] {
  if (format === undefined) return [];
  const fits = FORMATS[format];
  if (fits === undefined) throw new Error(`${path}: the format ${format} is not known here`);
  return fits(value, context) ? [] : [`${path} must have the format ${format}, and is ${JSON.stringify(value)}`];
}

function requireSchema(reference: string, { schemas }: SchemaContext): Schema {
  const schema = schemas[reference.replace("#/components/schemas/", "")];
  if (schema === undefined) throw new Error(`${reference} is not in the description`);
  return schema;
}

function requireKnownKeywords(schema: Schema, path: string): void {
  const unknown = Object.keys(schema).find((keyword) => !JUDGING_KEYWORDS.has(keyword) && !SILENT_KEYWORDS.has(keyword) && !keyword.startsWith("x-"));
  if (unknown !== undefined) throw new Error(`${path}: the keyword ${unknown} is not known here`);
}

function asDate(text: string): Date | null {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

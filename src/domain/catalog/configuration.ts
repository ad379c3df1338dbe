import { isJsonObject } from "../json-document.ts";
import { compileSchema } from "../json-schema.ts";
import type { FieldValue } from "../request/template.ts";
import { refuseUrl, type UrlPolicy } from "../request/url-policy.ts";
import { err, ok, type Result } from "../result.ts";
import type { AddOnTypeName } from "./add-on-type.ts";
import { validateConfiguration, type ConfigurationProblem } from "./configuration-schema.ts";
import type { Definition } from "./definition.ts";

/** The values that a developer chose for the elements of a version's configuration schema. */
export type Configuration = Record<string, FieldValue>;

type Schema = Record<string, unknown>;

/** Guide, "asynchronous model": the developer is asked for a callback URL at configuration time, whatever the recording add-on. */
const RELAY_ELEMENTS = {
  callback_url: { type: "string", name: "Callback URL", _help: "Where results are posted to: an https URL. Without one they can only be fetched." },
  callback_method: { type: "string", name: "Callback method", enum: ["POST"] },
};

/** The configuration schema as a developer fills it in: with the elements that every recording add-on has. */
export function fillableSchema(type: AddOnTypeName, schema: Schema): Schema {
  return type === "recording_analysis" ? { ...schema, properties: { ...propertiesOf(schema), ...RELAY_ELEMENTS } } : schema;
}

/**
 * Checks a configuration against a version's schema. An element that is left out gets its `default`, where the schema gives one.
 * @returns the configuration to store, or its first problem.
 */
export function checkConfiguration(definition: Pick<Definition, "type" | "configuration_schema">, input: Record<string, unknown>, urlPolicy: UrlPolicy): Result<Configuration, ConfigurationProblem> {
  const { type, configuration_schema: schema } = definition;
  const compiled = compileSchema(schema);
  if (!compiled.ok) throw new Error(`not a checked definition: ${JSON.stringify(compiled.error)}`);
  // The publisher's schema does not know the relay's elements, and may refuse what it does not know.
  const [relay, own] = type === "recording_analysis" ? splitRelay(input) : [{}, input];
  const elements = { ...defaultsOf(schema), ...own };
  const problem = problemOfRelay(relay, urlPolicy) ?? validateConfiguration(compiled.value, elements);
  return problem === null ? storable({ ...elements, ...relay }) : err(problem);
}

function splitRelay(input: Record<string, unknown>): [Record<string, unknown>, Record<string, unknown>] {
  const entries = Object.entries(input);
  return [Object.fromEntries(entries.filter(([name]) => isOfRelay(name))), Object.fromEntries(entries.filter(([name]) => !isOfRelay(name)))];
}

const isOfRelay = (name: string): boolean => Object.hasOwn(RELAY_ELEMENTS, name);

function storable(elements: Record<string, unknown>): Result<Configuration, ConfigurationProblem> {
  const configuration: Configuration = {};
  for (const [field, value] of Object.entries(elements)) {
    // JSON can write a number that is too large for one of ours; it would be stored as null.
    if (!isFieldValue(value)) return err({ field, message: "must be a string, a number that is not too large, true or false" });
    configuration[field] = value;
  }
  return ok(configuration);
}

function isFieldValue(value: unknown): value is FieldValue {
  return typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}

function problemOfRelay({ callback_url: url, callback_method: method }: Record<string, unknown>, urlPolicy: UrlPolicy): ConfigurationProblem | null {
  const refused = url === undefined ? null : typeof url === "string" ? refuseUrl(url, { ...urlPolicy, allowUserInfo: true }) : "must be an https URL";
  if (refused !== null) return { field: "callback_url", message: refused };
  return method === undefined || method === "POST" ? null : { field: "callback_method", message: "must be POST" };
}

function defaultsOf(schema: Schema): Record<string, unknown> {
  const elements = Object.entries(propertiesOf(schema));
  return Object.fromEntries(elements.flatMap(([name, element]) => (isJsonObject(element) && element["default"] !== undefined ? [[name, element["default"]]] : [])));
}

const propertiesOf = (schema: Schema): Record<string, unknown> => (isJsonObject(schema["properties"]) ? schema["properties"] : {});

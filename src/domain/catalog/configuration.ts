import { compileSchema } from "../json-schema.ts";
import { pointerToken } from "../json-pointer.ts";
import { isJsonObject } from "../json-document.ts";
import { FIELD_VALUE_CHARACTERS } from "../limits.ts";
import type { Problem } from "../refusal.ts";
import type { FieldValue } from "../request/template.ts";
import { refuseUrl, type UrlPolicy } from "../request/url-policy.ts";
import { err, ok, type Result } from "../result.ts";
import type { AddOnTypeName } from "./add-on-type.ts";
import type { Definition } from "./definition.ts";
import { configurationElements } from "./definition-fields.ts";

/** The values that a developer chose for the elements of a version's configuration schema. */
export type Configuration = Record<string, FieldValue>;

type Schema = Record<string, unknown>;

/** Guide, "asynchronous model": the developer is asked for a callback URL at configuration time, whatever the add-on. */
const RELAY_ELEMENTS = {
  callback_url: { type: "string", name: "Callback URL", _help: "Where results are posted to: an https URL. Without one they can only be fetched." },
  callback_method: { type: "string", name: "Callback method", enum: ["POST"] },
};

/** The configuration schema as a developer has to fill it in: with the elements that every recording add-on has. */
export function fillableSchema(type: AddOnTypeName, schema: Schema): Schema {
  return type === "recording_analysis" ? { ...schema, properties: { ...propertiesOf(schema), ...RELAY_ELEMENTS } } : schema;
}

/**
 * Checks a configuration against a version's schema. An element that was left out gets its `default`, when the schema has one.
 * @returns the configuration to store, or what is wrong, by element.
 */
export function checkConfiguration({ type, configuration_schema: schema }: Definition, input: Record<string, unknown>, urlPolicy: UrlPolicy): Result<Configuration, Problem[]> {
  const declared = new Set([...configurationElements(schema), ...(type === "recording_analysis" ? Object.keys(RELAY_ELEMENTS) : [])]);
  const configuration: Configuration = {};
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries({ ...defaultsOf(schema), ...input })) {
    const path = `/${pointerToken(name)}`;
    // What the schema does not declare could take the place of a template field, such as request_sid.
    if (!declared.has(name)) problems.push({ path, message: "is not an element of this add-on's configuration" });
    else if (!isFieldValue(value)) problems.push({ path, message: "must be text, a number, true or false" });
    else if (typeof value === "string" && value.length > FIELD_VALUE_CHARACTERS) problems.push({ path, message: `must be at most ${FIELD_VALUE_CHARACTERS} characters` });
    else configuration[name] = value;
  }
  if (problems.length > 0) return err(problems);
  const refused = type === "recording_analysis" ? problemsOfRelay(configuration, urlPolicy) : [];
  refused.push(...problemsOfSchema(schema, ownElements(type, configuration)));
  return refused.length > 0 ? err(refused) : ok(configuration);
}

function problemsOfSchema(schema: Schema, configuration: Configuration): Problem[] {
  const compiled = compileSchema(schema);
  if (!compiled.ok) throw new Error(`not a checked definition: ${JSON.stringify(compiled.error)}`);
  const violation = compiled.value.validate(configuration);
  return violation === null ? [] : [violation];
}

/** The publisher's schema does not know the relay's elements, and may refuse what it does not know. */
function ownElements(type: AddOnTypeName, configuration: Configuration): Configuration {
  if (type !== "recording_analysis") return configuration;
  return Object.fromEntries(Object.entries(configuration).filter(([name]) => !Object.hasOwn(RELAY_ELEMENTS, name)));
}

function problemsOfRelay({ callback_url: url, callback_method: method }: Configuration, urlPolicy: UrlPolicy): Problem[] {
  const refused = url === undefined ? null : typeof url === "string" ? refuseUrl(url, { ...urlPolicy, allowUserInfo: true }) : "must be an https URL";
  return [
    ...(refused === null ? [] : [{ path: "/callback_url", message: refused }]),
    ...(method === undefined || method === "POST" ? [] : [{ path: "/callback_method", message: "must be POST" }]),
  ];
}

function defaultsOf(schema: Schema): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(propertiesOf(schema)).flatMap(([name, element]) => (isJsonObject(element) && element["default"] !== undefined ? [[name, element["default"]]] : [])),
  );
}

const propertiesOf = (schema: Schema): Record<string, unknown> => (isJsonObject(schema["properties"]) ? schema["properties"] : {});

/** JSON has numbers that are too large for one of ours; they would be stored as null. */
function isFieldValue(value: unknown): value is FieldValue {
  return typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}

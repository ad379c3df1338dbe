import { CHOSEN_NAME } from "./catalog/add-on-type.ts";
import { isJsonObject, parseJsonDocument } from "./json-document.ts";
import { ADD_ONS_PER_REQUEST, FIELD_VALUE_CHARACTERS } from "./limits.ts";
import type { Refusal } from "./refusal.ts";
import { err, ok, type Result } from "./result.ts";

/** What a Lookup asks for, beside the number. */
export type LookupParameters = {
  countryCode: string | undefined;
  /** The unique names in the order in which they came; null when AddOns was not sent at all. */
  addOns: string[] | null;
  /** By unique name, then by field. */
  runtimeData: Map<string, Map<string, string>>;
};

type Invalid = Extract<Refusal, { kind: "invalid" }>;

/**
 * Reads Lookup's parameters: `AddOns` repeated, runtime data as `AddOns.<unique name>.<field>`, or `AddOnsData` as JSON, which some
 * clients send.
 * @param parameters decoded, of the query and of a form body, which the guide's own curl sends with a GET.
 */
export function lookupParameters(parameters: Iterable<readonly [string, string]>): Result<LookupParameters, Invalid> {
  const read: LookupParameters = { countryCode: undefined, addOns: null, runtimeData: new Map() };
  for (const [name, value] of parameters) {
    if (value.length > FIELD_VALUE_CHARACTERS && name !== "AddOnsData") return invalid(parameterName(name), `must be at most ${FIELD_VALUE_CHARACTERS} characters`);
    if (name === "CountryCode") read.countryCode = value;
    else if (name === "AddOns") read.addOns = namesWith(read.addOns, value);
    else if (name === "AddOnsData") {
      const problem = readJsonData(read, value);
      if (problem !== null) return invalid("AddOnsData", problem);
    } else if (name.startsWith("AddOns.")) {
      if (!addDatum(read, name.slice("AddOns.".length), value)) return invalid("AddOns", "takes runtime data as AddOns.<unique name>.<field>");
    }
  }
  if (read.addOns?.some((name) => !CHOSEN_NAME.test(name))) return invalid("AddOns", "must be the unique name of an installed add-on");
  if ((read.addOns?.length ?? 0) > ADD_ONS_PER_REQUEST) return invalid("AddOns", `must name at most ${ADD_ONS_PER_REQUEST} add-ons`);
  return ok(read);
}

/** Duplicates collapse; an empty value asks for the envelope without add-ons. */
function namesWith(names: string[] | null, value: string): string[] {
  const present = names ?? [];
  return value === "" || present.includes(value) ? present : [...present, value];
}

function addDatum(read: LookupParameters, path: string, value: string): boolean {
  const [addOn, field, ...rest] = path.split(".");
  if (addOn === undefined || field === undefined || rest.length > 0 || !CHOSEN_NAME.test(addOn) || !CHOSEN_NAME.test(field)) return false;
  const fields = read.runtimeData.get(addOn) ?? new Map<string, string>();
  read.runtimeData.set(addOn, fields.set(field, value.toWellFormed()));
  return true;
}

/** `{"name": {"field": …}}` or `{"name.field": …}`. */
function readJsonData(read: LookupParameters, text: string): string | null {
  const document = parseJsonDocument(text);
  if (!document.ok) return document.error;
  if (!isJsonObject(document.value)) return "must be a JSON object";
  for (const [name, value] of Object.entries(document.value)) {
    const data: [string, unknown][] = isJsonObject(value) ? Object.entries(value).map(([field, item]) => [`${name}.${field}`, item]) : [[name, value]];
    for (const [path, item] of data) {
      if (item === null) continue;
      if (typeof item !== "string" && typeof item !== "number" && typeof item !== "boolean") return "must have texts, numbers or booleans as values";
      if (String(item).length > FIELD_VALUE_CHARACTERS) return `must have values of at most ${FIELD_VALUE_CHARACTERS} characters`;
      if (!addDatum(read, path, String(item))) return 'must be {"<unique name>": {"<field>": …}}';
    }
  }
  return null;
}

const invalid = (parameter: string, problem: string): { ok: false; error: Invalid } => err({ kind: "invalid", parameter, message: `${parameter} ${problem}` });

/** A parameter's name as an error may show it: what a caller made up stays out. */
const parameterName = (name: string): string => (name.startsWith("AddOns.") ? "AddOns" : /^\w{1,64}$/.test(name) ? name : "A parameter");

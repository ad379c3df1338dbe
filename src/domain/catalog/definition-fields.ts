import { ADD_ON_TYPES, COMMON_FIELDS } from "./add-on-type.ts";
import type { DefinitionParts } from "./definition-check.ts";
import { isJsonObject } from "../json-document.ts";
import { pointerToken } from "../json-pointer.ts";
import type { Problem } from "../refusal.ts";
import { parseParameterTree, templatesOf } from "../request/parameters.ts";

/** Every template field of a request must be one that this add-on has: of its type, a runtime field, or a configuration element. */
export function problemsOfFields(parts: DefinitionParts, request: { query?: unknown; body?: unknown }): Problem[] {
  const { type } = parts;
  if (type === undefined) return [];
  const known = new Set([
    ...COMMON_FIELDS,
    ...ADD_ON_TYPES[type].contentFields,
    ...Object.keys(parts.runtime_fields ?? {}),
    ...configurationElements(parts.configuration_schema),
  ]);
  const values: [string, unknown][] = [
    ...entries(request.query).map(([name, value]): [string, unknown] => [`/request/query/${pointerToken(name)}`, value]),
    ...entries(request.body).map(([name, value]): [string, unknown] => [`/request/body/${pointerToken(name)}`, value]),
  ];
  return values.flatMap(([path, value]) => {
    const tree = parseParameterTree(value, path);
    if (!tree.ok) return tree.error;
    const unknown = new Set(templatesOf(tree.value).flatMap((template) => template.flatMap((part) => (typeof part === "object" && !known.has(part.field) ? [part.field] : []))));
    return [...unknown].map((field) => ({ path, message: `{{${field}}} is not a field of ${type} add-ons, a runtime field or a configuration element` }));
  });
}

/** The names of the elements that a configuration schema declares. */
export function configurationElements(schema: unknown): string[] {
  return isJsonObject(schema) && isJsonObject(schema["properties"]) ? Object.keys(schema["properties"]) : [];
}

const entries = (value: unknown): [string, unknown][] => (isJsonObject(value) ? Object.entries(value) : []);

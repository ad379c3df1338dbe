import { namesOfPointer, pointerToken } from "../json-pointer.ts";
import type { SchemaViolation } from "../json-schema.ts";
import { CALLBACK_PARSED_BYTES, CALLBACK_PARSED_VALUES } from "../limits.ts";
import type { TopLevel } from "./json-top-level.ts";

const [COMMA, OPENING_BRACKET, OPENING_BRACE] = [0x2c, 0x5b, 0x7b];

/** Whether a result may be parsed. Commas and brackets count, also those in texts: there are no more values than these, and one. */
export function isParsable(json: Uint8Array): boolean {
  if (json.byteLength > CALLBACK_PARSED_BYTES) return false;
  let count = 1;
  // By the index: an iterator costs seven times as much, and this holds up the isolate's other requests.
  for (let at = 0; at < json.byteLength; at++) {
    const byte = json[at];
    if (byte === COMMA || byte === OPENING_BRACE || byte === OPENING_BRACKET) count++;
  }
  return count <= CALLBACK_PARSED_VALUES;
}

/** A result that is too large to be parsed is held to its schema's own `type` and `required`. */
export function violationOfLargeResult(schema: Record<string, unknown>, topLevel: TopLevel): SchemaViolation | null {
  // In the drafts that most schemas are of, what stands beside a $ref is ignored.
  if (Object.hasOwn(schema, "$ref")) return null;
  const { type, required } = schema;
  const types: unknown[] = type === undefined ? ["object"] : [type].flat();
  if (!types.includes("object")) return { path: "", message: `must be of type ${types.join(" or ")}` };
  const missing = Array.isArray(required) ? required.find((name) => typeof name === "string" && hasMember(topLevel, name) === false) : undefined;
  return missing === undefined ? null : { path: `/${pointerToken(String(missing))}`, message: "is required" };
}

/** As for a price: null counts as absent. @returns null where only the parsed result could tell. */
export function hasValueInLargeResult(topLevel: TopLevel, pointer: string): boolean | null {
  const [name, ...deeper] = namesOfPointer(pointer);
  if (name === undefined) return true;
  const type = topLevel.types.get(name);
  if (type === undefined) return hasMember(topLevel, name);
  if (type === "null") return false;
  if (deeper.length === 0) return true;
  return type === "object" || type === "array" ? null : false;
}

function hasMember({ types, isComplete }: TopLevel, name: string): boolean | null {
  if (types.has(name)) return true;
  return isComplete ? false : null;
}

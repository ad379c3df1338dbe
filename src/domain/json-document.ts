import { err, ok, type Result } from "./result.ts";

/** How deep a JSON document of a caller may nest: everything that walks one afterwards may recurse. */
const MAX_DEPTH = 64;

/**
 * Parses a caller's JSON.
 * @returns the value, or a sentence that says what is wrong with the text; it never quotes it.
 */
export function parseJsonDocument(text: string): Result<unknown, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err("is not well-formed JSON");
  }
  return ofBoundedDepth(value);
}

/** The same check for a document that was parsed already. */
export function ofBoundedDepth(value: unknown): Result<unknown, string> {
  return isNestedDeeperThan(value, MAX_DEPTH) ? err(`nests deeper than ${MAX_DEPTH} levels`) : ok(value);
}

/** Walks level by level, since the depth is the caller's choice and a recursion would overflow the stack. */
function isNestedDeeperThan(value: unknown, maxDepth: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) return true;
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
  }
  return false;
}

/** A JSON object that is neither null nor an array. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether two JSON values say the same, whatever the order of their keys. */
export function isSameJson(left: unknown, right: unknown): boolean {
  return JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, item]) => [name, sorted(item)]),
  );
}

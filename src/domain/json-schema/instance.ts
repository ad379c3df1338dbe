import { isJsonObject } from "../json-document.ts";

/** Every property name that stands anywhere in an instance. */
export function propertyNamesIn(instance: unknown): Set<string> {
  const names = new Set<string>();
  const rest: unknown[] = [instance];
  while (rest.length > 0) {
    const value = rest.pop();
    if (isJsonObject(value)) for (const name of Object.keys(value)) names.add(name);
    if (typeof value === "object" && value !== null) for (const member of Object.values(value)) rest.push(member);
  }
  return names;
}

/** Ours: each level of an instance writes the text of all levels below it again. */
const COMPARED_DEPTH = 64;

/**
 * Every array of an instance that holds two equal items.
 * @throws when the instance nests deeper than any sensible answer.
 */
export function arraysWithDuplicatesIn(instance: unknown): unknown[][] {
  const found: unknown[][] = [];
  canonicalText(instance, found, 0);
  return found;
}

/** Equal values, and only they, have the same text, whatever the order of their properties. */
function canonicalText(value: unknown, found: unknown[][], depth: number): string {
  if (depth > COMPARED_DEPTH) throw new Error(`the instance nests deeper than ${COMPARED_DEPTH} levels`);
  if (Array.isArray(value)) {
    const items = value.map((item) => canonicalText(item, found, depth + 1));
    if (new Set(items).size < items.length) found.push(value);
    return `[${items.join(",")}]`;
  }
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${canonicalText(member, found, depth + 1)}`);
  return `{${members.toSorted().join(",")}}`;
}

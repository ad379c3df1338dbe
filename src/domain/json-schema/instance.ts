import { isJsonObject } from "../json-document.ts";
import type { BulkCost } from "./work.ts";

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

/** The validator lists an object's names at each visit, and a text's characters for each of its lengths; up to here that is nothing. */
const LARGE_OBJECT = 500;
const LARGE_TEXT = 200;

export function bulkCostOf(instance: unknown): BulkCost {
  const cost: BulkCost = { objects: 0, texts: 0 };
  const rest: unknown[] = [instance];
  while (rest.length > 0) {
    const value = rest.pop();
    if (typeof value === "string" && value.length > LARGE_TEXT) cost.texts += value.length / 16;
    if (typeof value !== "object" || value === null) continue;
    const members = Object.values(value);
    if (members.length > LARGE_OBJECT && !Array.isArray(value)) cost.objects += members.length * 2;
    for (const member of members) rest.push(member);
  }
  return cost;
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

import { parseParameterTree, templatesOf } from "../request/parameters.ts";
import type { Definition } from "./definition.ts";

/** A template field that a version's request carries to its publisher. */
export type FieldSent = {
  name: string;
  /** Whether it leaves only as its SHA-256, never as it is. */
  hashed: boolean;
};

/** What a developer must know before installing: which fields leave to the publisher, in the order in which the request has them. */
export function fieldsSent({ query, body }: Pick<Definition["request"], "query" | "body">): FieldSent[] {
  const onlyHashed = new Map<string, boolean>();
  for (const value of [query, body]) {
    const tree = parseParameterTree(value, "");
    if (!tree.ok) throw new Error(`not a checked definition: ${JSON.stringify(tree.error)}`);
    for (const part of templatesOf(tree.value).flat()) {
      if (typeof part === "object") onlyHashed.set(part.field, part.hashed && (onlyHashed.get(part.field) ?? true));
    }
  }
  return [...onlyHashed].map(([name, hashed]) => ({ name, hashed }));
}

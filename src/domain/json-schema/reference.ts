import { memberOf, namesOfPointer, pointerToken } from "../json-pointer.ts";
import { isJsonObject } from "../json-document.ts";
import { err, ok, type Result } from "../result.ts";

/**
 * The schema that a `$ref` means. Only a JSON Pointer into the same document is followed: nothing is fetched, and an `$id`
 * cannot lead it elsewhere.
 * @param path where the schema with the `$ref` stands.
 */
export function resolveReference(root: unknown, path: string, reference: unknown): Result<{ schema: unknown; path: string }, string> {
  if (typeof reference !== "string") return err("must be a string");
  if (!/^#(?:\/|$)/.test(reference)) return err("must point into this schema, such as #/definitions/name: nothing is fetched");
  if (hasBaseOfItsOwn(root, path)) return err("must not stand in a sub-schema with an id of its own, which would change its meaning");
  const names = namesOf(reference.slice(1));
  if (names === null) return err("must be a JSON Pointer such as #/definitions/name");
  let schema = root;
  for (const name of names) schema = memberOf(schema, name);
  if (schema === undefined) return err("leads to nothing in this schema");
  return ok({ schema, path: names.map((name) => `/${pointerToken(name)}`).join("") });
}

function namesOf(fragment: string): string[] | null {
  try {
    return namesOfPointer(decodeURIComponent(fragment));
  } catch {
    return null;
  }
}

/** Whether `id` or `$id` below the root gives the place another base URI; ids that are fragments, as generators write them, do not. */
function hasBaseOfItsOwn(root: unknown, path: string): boolean {
  let schema = root;
  return namesOfPointer(path).some((name) => {
    schema = memberOf(schema, name);
    return isJsonObject(schema) && [schema["id"], schema["$id"]].some((id) => typeof id === "string" && !id.startsWith("#"));
  });
}

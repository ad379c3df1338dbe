/** JSON Pointers (RFC 6901). */

export const pointerToken = (name: string): string => name.replaceAll("~", "~0").replaceAll("/", "~1");

/** The names that a pointer such as `/carrier/name` leads through; none for the whole document. */
export function namesOfPointer(pointer: string): string[] {
  return pointer.split("/").slice(1).map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** One step of a pointer; undefined where it leads nowhere. */
export function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value) && !/^(?:0|[1-9]\d*)$/.test(name)) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

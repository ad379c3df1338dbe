import { pointerToken } from "./json-pointer.ts";
import type { Problem } from "./refusal.ts";

/** Ours: whoever has more of them wants to mend these first. */
const PROBLEMS = 100;

/** Every number that JSON text can write and JSON.parse cannot hold, such as 1e999: it would be stored as null. */
export function infiniteNumbersIn(document: unknown): Problem[] {
  const found: Problem[] = [];
  const rest: { path: string; value: unknown }[] = [{ path: "", value: document }];
  for (let item = rest.pop(); item !== undefined && found.length < PROBLEMS; item = rest.pop()) {
    const { path, value } = item;
    if (typeof value === "number" && !Number.isFinite(value)) found.push({ path, message: "must be a number of at most 1.7976931348623157e308" });
    if (typeof value !== "object" || value === null) continue;
    for (const [name, member] of Object.entries(value).toReversed()) rest.push({ path: `${path}/${pointerToken(name)}`, value: member });
  }
  return found;
}

import type { AddOnTypeName } from "../catalog/add-on-type.ts";
import type { CompiledVersion } from "../catalog/compiled-version.ts";
import type { Pricing } from "../catalog/definition.ts";
import { memberOf, namesOfPointer } from "../json-pointer.ts";
import { CREDIT_MAX_MICROS } from "../limits.ts";
import type { Problem } from "../refusal.ts";
import { microsOfDollars } from "./money.ts";

/** What is wrong with a price rule, beyond its shape. Guide, "billing models". */
export function problemsOfPricing(pricing: Pricing, type: AddOnTypeName | undefined): Problem[] {
  const problems: Problem[] = [];
  const price = microsOfDollars(pricing.unit_price, CREDIT_MAX_MICROS);
  if (!price.ok) problems.push({ path: "/pricing/unit_price", message: price.error });
  if (pricing.model === "per_minute" && type !== undefined && type !== "recording_analysis") {
    problems.push({ path: "/pricing/model", message: "per_minute goes with recording_analysis only" });
  }
  if (pricing.model === "per_success") {
    const { success } = pricing;
    for (const list of ["present", "absent"] as const) {
      success[list]?.forEach((pointer, index) => {
        if (!isJsonPointer(pointer)) problems.push({ path: `/pricing/success/${list}/${index}`, message: "is not a JSON Pointer such as /carrier/name" });
      });
    }
    if (type === "recording_analysis" && success.http_status !== undefined) {
      problems.push({ path: "/pricing/success/http_status", message: "is not for recordings, whose results come by callback" });
    }
  }
  return problems;
}

/** A version's price for one use in micro-dollars; its definition was checked when it was stored. */
export function unitPriceMicros(pricing: Pricing): number {
  const price = microsOfDollars(pricing.unit_price, CREDIT_MAX_MICROS);
  if (!price.ok) throw new Error(`unit_price ${price.error}`);
  return price.value;
}

/**
 * What a successful synchronous answer costs. A failed invocation costs nothing, so it never gets here.
 * @param answer the publisher's JSON object.
 */
export function priceOfAnswer({ definition, unitPriceMicros: priceMicros }: CompiledVersion, httpStatus: number, answer: unknown): number {
  const { pricing } = definition;
  if (pricing.model !== "per_success") return priceMicros;
  return unmetSuccess(pricing.success, httpStatus, answer) === null ? priceMicros : 0;
}

type Success = Extract<Pricing, { model: "per_success" }>["success"];

/**
 * The first condition of a rule that does not hold, as a sentence of the rule's own parts; null when all of them do.
 * @param httpStatus null for recordings, whose results come by callback.
 */
export function unmetSuccess({ http_status: statuses, present = [], absent = [] }: Success, httpStatus: number | null, answer: unknown): string | null {
  if (statuses !== undefined && httpStatus !== null && !statuses.includes(httpStatus)) return `the status ${httpStatus} is none of ${statuses.join(", ")}`;
  const missing = present.find((pointer) => !hasValueAt(answer, pointer));
  if (missing !== undefined) return `${placeOf(missing)} is absent or null`;
  const unwanted = absent.find((pointer) => hasValueAt(answer, pointer));
  return unwanted === undefined ? null : `${placeOf(unwanted)} is present`;
}

/** RFC 6901: the empty pointer is the whole document. */
const placeOf = (pointer: string): string => pointer || "the body itself";

const MINUTE_MS = 60_000;

/** Guide, "billing models": minutes of the audio sent, started ones. */
export const pricedMinutes = (durationMs: number): number => Math.ceil(durationMs / MINUTE_MS);

const isJsonPointer = (text: string): boolean => /^(\/([^~/]|~[01])*)*$/.test(text);

/** Null counts as absent. */
export function hasValueAt(document: unknown, pointer: string): boolean {
  const value = namesOfPointer(pointer).reduce(memberOf, document);
  return value !== undefined && value !== null;
}

import { hasValueAt, pricedMinutes } from "../billing/price.ts";
import type { Pricing } from "../catalog/definition.ts";
import type { TopLevel } from "./json-top-level.ts";
import { hasValueInLargeResult } from "./large-result.ts";

/** What a publisher called back with: parsed, or of one that is too large for that what its scan tells. */
export type RecordingResult = { kind: "parsed"; document: unknown } | { kind: "large"; topLevel: TopLevel };

/** What an analysis costs when it is billed, and so what is held from dispatch to its end. Guide, "billing models": minutes of the audio sent, started ones. */
export function fullPriceOfRecording({ model }: Pricing, unitPriceMicros: number, durationMs: number): number {
  if (model !== "per_minute") return unitPriceMicros;
  // A sum that is no exact integer any more is more than any account's credit.
  return Math.min(unitPriceMicros * pricedMinutes(durationMs), Number.MAX_SAFE_INTEGER);
}

/** What an analysis that has passed its response schema costs. A failed one costs nothing, so it never gets here. */
export function priceOfRecording(pricing: Pricing, unitPriceMicros: number, durationMs: number, result: RecordingResult): number {
  const fullPriceMicros = fullPriceOfRecording(pricing, unitPriceMicros, durationMs);
  if (pricing.model !== "per_success") return fullPriceMicros;
  const { present = [], absent = [] } = pricing.success;
  // Of a large result not all is known, and nobody pays for what nobody looked at.
  const isBilled = present.every((pointer) => hasValue(result, pointer) === true) && absent.every((pointer) => hasValue(result, pointer) === false);
  return isBilled ? fullPriceMicros : 0;
}

const hasValue = (result: RecordingResult, pointer: string): boolean | null =>
  result.kind === "parsed" ? hasValueAt(result.document, pointer) : hasValueInLargeResult(result.topLevel, pointer);

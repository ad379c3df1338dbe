import { describe, expect, it } from "vitest";
import type { Pricing } from "../../../src/domain/catalog/definition.ts";
import type { JsonType } from "../../../src/domain/recording/json-top-level.ts";
import { fullPriceOfRecording, priceOfRecording, type RecordingResult } from "../../../src/domain/recording/price-of-recording.ts";

const MINUTE = 60_000;
const perUse: Pricing = { model: "per_use", unit_price: "0.005", currency: "USD" };
const perMinute: Pricing = { model: "per_minute", unit_price: "0.005", currency: "USD" };
const perSuccess = (success: { present?: string[]; absent?: string[] }): Pricing => ({ model: "per_success", unit_price: "0.005", currency: "USD", success });
const parsed = (document: unknown): RecordingResult => ({ kind: "parsed", document });
const large = (types: Record<string, JsonType>, isComplete = true): RecordingResult => ({ kind: "large", topLevel: { types: new Map(Object.entries(types)), isComplete } });

describe("a recording's full price", () => {
  it.each([
    ["one use, however long", perUse, 90 * MINUTE, 5_000],
    ["a minute for a millisecond", perMinute, 1, 5_000],
    ["a minute for a minute", perMinute, MINUTE, 5_000],
    ["two minutes from the first millisecond of the second on", perMinute, MINUTE + 1, 10_000],
    ["ninety minutes for an hour and a half", perMinute, 90 * MINUTE, 450_000],
    ["one success", perSuccess({}), 90 * MINUTE, 5_000],
  ])("is that of %s", (_, pricing, durationMs, micros) => expect(fullPriceOfRecording(pricing, 5_000, durationMs)).toBe(micros));

  it("stays an exact number where no credit could cover it", () => {
    expect(Number.isSafeInteger(fullPriceOfRecording(perMinute, 1_000_000_000_000_000, 24 * 60 * MINUTE))).toBe(true);
  });
});

describe("a result", () => {
  const found = parsed({ digits: "42", speech: { seconds: 3, language: null }, error: null });

  it.each<[string, Pricing, RecordingResult, boolean]>([
    ["by use, whatever is in it", perUse, parsed({}), true],
    ["by minute, whatever is in it", perMinute, large({}, false), true],
    ["by success without conditions", perSuccess({}), parsed({}), true],
    ["with what must be present", perSuccess({ present: ["/digits", "/speech/seconds"] }), found, true],
    ["without one of what must be present", perSuccess({ present: ["/digits", "/speech/pauses"] }), found, false],
    ["with null for what must be present", perSuccess({ present: ["/speech/language"] }), found, false],
    ["with null for what must be absent", perSuccess({ absent: ["/error"] }), found, true],
    ["with what must be absent", perSuccess({ absent: ["/digits"] }), found, false],
  ])("%s is billed or not", (_, pricing, result, isBilled) => expect(priceOfRecording(pricing, 5_000, MINUTE, result)).toBe(isBilled ? 5_000 : 0));

  it.each<[string, { present?: string[]; absent?: string[] }, RecordingResult, boolean]>([
    ["what must be present", { present: ["/digits"] }, large({ digits: "string" }), true],
    ["an empty pointer", { present: [""] }, large({}), true],
    ["null for what must be present", { present: ["/digits"] }, large({ digits: "null" }), false],
    ["without what must be present", { present: ["/digits"] }, large({}), false],
    ["more members than were looked at, perhaps what must be present", { present: ["/digits"] }, large({}, false), false],
    ["something deeper that must be present and was not looked at", { present: ["/speech/seconds"] }, large({ speech: "object" }), false],
    ["without what must be absent", { absent: ["/error"] }, large({ digits: "string" }), true],
    ["null for what must be absent", { absent: ["/error"] }, large({ error: "null" }), true],
    ["what must be absent", { absent: ["/error"] }, large({ error: "object" }), false],
    ["more members than were looked at, perhaps what must be absent", { absent: ["/error"] }, large({}, false), false],
    ["something deeper that must be absent and was not looked at", { absent: ["/speech/error"] }, large({ speech: "object" }), false],
    ["an item that must be absent and was not looked at", { absent: ["/errors/0"] }, large({ errors: "array" }), false],
    ["a text where something deeper must be absent", { absent: ["/speech/error"] }, large({ speech: "string" }), true],
    ["nothing where something deeper must be absent", { absent: ["/speech/error"] }, large({}), true],
  ])("that is too large to be parsed, with %s, is billed only for what is known", (_, success, result, isBilled) =>
    expect(priceOfRecording(perSuccess(success), 5_000, MINUTE, result)).toBe(isBilled ? 5_000 : 0),
  );
});

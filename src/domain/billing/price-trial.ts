import { z } from "../zod.ts";
import { utf8 } from "../bytes.ts";
import { ADD_ON_TYPES, type AddOnTypeName } from "../catalog/add-on-type.ts";
import { pricingSchema, type Pricing } from "../catalog/definition.ts";
import { isJsonObject } from "../json-document.ts";
import type { CompiledSchema } from "../json-schema.ts";
import type { Problem } from "../refusal.ts";
import { err, ok, type Result } from "../result.ts";
import { fullPriceOfRecording } from "../recording/price-of-recording.ts";
import { pricedMinutes, problemsOfPricing, unitPriceMicros, unmetSuccess } from "./price.ts";

/** Ours: "against up to 100 given samples". */
const SAMPLES_MAX = 100;
const DURATION_MAX_MS = 24 * 3_600_000;

/** An answer of the publisher's own that a price rule is tried on; of a recording, what it called back with and how long the audio was. */
const sampleSchema = z.strictObject({
  status: z.int().min(100).max(599).default(200),
  body: z.unknown(),
  duration_ms: z.int().min(1).max(DURATION_MAX_MS).default(60_000),
});

/** @property pricing a rule to try in place of the version's own. */
export const priceTrialSchema = z.strictObject({ pricing: pricingSchema.optional(), samples: z.array(sampleSchema).min(1).max(SAMPLES_MAX) });

type Sample = z.infer<typeof sampleSchema>;

/** What one sample would have cost, and why; `reason` names the rule's own parts, and nothing of the sample. */
export type Trial = { isBilled: boolean; priceMicros: number; reason: string };

/** @param version what the samples would be answers to. */
export type TriedVersion = { type: AddOnTypeName; pricing: Pricing; responseSchema: CompiledSchema | null };

/** Tries a price rule on samples: each as if a publisher had answered with it. Nothing of them is kept. */
export function tryPrices({ type, pricing, responseSchema }: TriedVersion, samples: readonly Sample[]): Result<Trial[], Problem[]> {
  const problems = problemsOfPricing(pricing, type);
  if (problems.length > 0) return err(problems);
  const unitMicros = unitPriceMicros(pricing);
  return ok(samples.map((sample) => tried(sample, type, pricing, unitMicros, responseSchema)));
}

const free = (reason: string): Trial => ({ isBilled: false, priceMicros: 0, reason });

function tried({ status, body, duration_ms: durationMs }: Sample, type: AddOnTypeName, pricing: Pricing, unitMicros: number, schema: CompiledSchema | null): Trial {
  const isRecording = type === "recording_analysis";
  if (!isRecording && (status < 200 || status > 299)) return free(`the status ${status} is a failure, which is never billed`);
  if (!isRecording && (status === 204 || status === 205)) return free(`the status ${status} has no body, which is a failure and never billed`);
  const { answerBytes } = ADD_ON_TYPES[type];
  if (answerBytes !== null && utf8(JSON.stringify(body) ?? "").byteLength > answerBytes) return free(`the body is larger than ${answerBytes} bytes, which is a failure and never billed`);
  if (!isJsonObject(body)) return free("the body is not a JSON object, which is a failure and never billed");
  const violation = schema?.validate(body) ?? null;
  if (violation !== null) return free(`the response schema refuses ${violation.path || "the body"}, and what it refuses is never billed`);
  if (pricing.model === "per_minute") {
    const priceMicros = fullPriceOfRecording(pricing, unitMicros, durationMs);
    return { isBilled: true, priceMicros, reason: `every success is billed, for ${pricedMinutes(durationMs)} started minute(s)` };
  }
  if (pricing.model === "per_use") return { isBilled: true, priceMicros: unitMicros, reason: "every success is billed" };
  const unmet = unmetSuccess(pricing.success, isRecording ? null : status, body);
  return unmet === null ? { isBilled: true, priceMicros: unitMicros, reason: "every condition of the rule holds" } : free(unmet);
}

import type { CompiledVersion } from "../domain/catalog/compiled-version.ts";
import type { InvocationFailure } from "../domain/failure.ts";
import { workLimitOf } from "../domain/json-schema/work.ts";
import { CALLBACK_PARSED_BYTES } from "../domain/limits.ts";
import { callbackKey } from "../domain/recording/keys.ts";
import { isParsable, violationOfLargeResult } from "../domain/recording/large-result.ts";
import { priceOfRecording, type RecordingResult } from "../domain/recording/price-of-recording.ts";
import type { Callback } from "../domain/recording/recording-invocation.ts";
import { schemaRefused, validateAnswer } from "../domain/response/response-validation.ts";
import { err, ok, type Result } from "../domain/result.ts";
import type { CallbackStore } from "./callback-store.ts";
import type { CheckOrder } from "./recording-ports.ts";

export type CheckPorts = {
  invocation: {
    beginCheck(): Promise<CheckOrder>;
    checked(failure: InvocationFailure | null, priceMicros: number): Promise<void>;
  };
  callbacks: Pick<CallbackStore, "scan" | "read">;
  /** The version that the invocation was ordered with; null when it cannot be read as one. */
  version(versionSid: string): Promise<CompiledVersion | null>;
};

/**
 * Holds what was called back to the version's response schema, and finds its price. It may run twice, or die: the invocation takes the first
 * outcome, and asks again when none comes.
 */
export async function checkCallback({ invocation, callbacks, version: versionOf }: CheckPorts): Promise<void> {
  const check = await invocation.beginCheck();
  if (check.kind === "stop") return;
  const { order, callback } = check;
  const version = await versionOf(order.versionSid);
  if (version === null) return invocation.checked({ kind: "internal", detail: `The version ${order.versionSid} cannot be read.` }, 0);
  const result = await checkedResult(version, callbackKey(order.xr, callback.attempt), callback, callbacks);
  if (!result.ok) return invocation.checked(result.error, 0);
  await invocation.checked(null, priceOfRecording(version.definition.pricing, order.unitPriceMicros, order.durationMs, result.value));
}

async function checkedResult(version: CompiledVersion, key: string, { sizeBytes }: Callback, callbacks: CheckPorts["callbacks"]): Promise<Result<RecordingResult, InvocationFailure>> {
  if (sizeBytes <= CALLBACK_PARSED_BYTES) {
    const json = await callbacks.read(key);
    if (json === null) return err(LOST);
    if (isParsable(json)) return parsedResult(version, json);
  }
  const scanned = await callbacks.scan(key);
  // It was one JSON object when it was taken.
  if (scanned === null || !scanned.ok) return err(LOST);
  const { response_schema: schema } = version.definition;
  const violation = schema === undefined ? null : violationOfLargeResult(schema, scanned.value);
  return violation === null ? ok({ kind: "large", topLevel: scanned.value }) : err(schemaRefused(violation));
}

function parsedResult(version: CompiledVersion, json: Uint8Array): Result<RecordingResult, InvocationFailure> {
  const answer = validateAnswer(version, new TextDecoder().decode(json), workLimitOf(json.byteLength));
  return answer.ok ? ok({ kind: "parsed", document: answer.value }) : answer;
}

const LOST: InvocationFailure = { kind: "internal", detail: "What the publisher called back with could not be read." };

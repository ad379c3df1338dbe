import type { CompiledVersion } from "../catalog/compiled-version.ts";
import type { InvocationFailure } from "../failure.ts";
import { isJsonObject } from "../json-document.ts";
import type { SchemaViolation } from "../json-schema.ts";
import { err, ok, type Result } from "../result.ts";

/**
 * Guide, "Responses": an answer is one JSON object, and passes the version's response schema when it has one.
 * The developer gets the publisher's own text, so the parsed value is for validation and the price only.
 * @param workLimit more than the usual, for what is larger than an answer of a synchronous call.
 */
export function validateAnswer(version: CompiledVersion, text: string, workLimit?: number): Result<Record<string, unknown>, InvocationFailure> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err({ kind: "not_a_json_object", detail: text === "" ? "The publisher's answer is empty." : "The publisher's answer is not JSON." });
  }
  if (!isJsonObject(value)) return err({ kind: "not_a_json_object", detail: "The publisher's answer is JSON, but not an object." });
  const violation = version.responseSchema?.validate(value, workLimit) ?? null;
  return violation === null ? ok(value) : err(schemaRefused(violation));
}

/** Path and message name what the schema names, never the publisher's own names or values, which may be data. */
export function schemaRefused({ path, message }: SchemaViolation): InvocationFailure {
  return { kind: "response_schema_refused", detail: `The add-on's response schema refuses ${path || "the answer"}: ${message}` };
}

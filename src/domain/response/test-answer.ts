import type { Definition } from "../catalog/definition.ts";
import type { InvocationFailure } from "../failure.ts";
import { err, ok, type Result } from "../result.ts";

/** Which failure a number stands for when it is looked up with test credentials: one number for each code. +15005550006 succeeds, as in the public API. */
const TEST_NUMBERS: ReadonlyMap<string, InvocationFailure> = new Map([
  ["+15005550001", { kind: "timed_out", detail: "This test number stands for a publisher that does not answer in time." }],
  ["+15005550002", { kind: "server_error", detail: "This test number stands for a publisher that answers with a server error." }],
  // The one requirement of 61003 that test credentials would never meet with otherwise.
  ["+15005550003", { kind: "credit_exhausted", detail: "This test number stands for an account whose credit does not cover the add-on." }],
  ["+15005550004", { kind: "response_schema_refused", detail: "This test number stands for an answer that the add-on's response schema refuses." }],
  ["+15005550005", { kind: "client_error", detail: "This test number stands for a publisher that refuses the request." }],
  ["+15005550007", { kind: "body_too_large", detail: "This test number stands for an answer that is too large." }],
  ["+15005550008", { kind: "internal", detail: "This test number stands for a failure of the gateway itself." }],
  ["+15005550009", { kind: "content_missing", detail: "This test number stands for a field that has no value at this integration point." }],
]);

export const failureOfTestNumber = (e164: string): InvocationFailure | null => TEST_NUMBERS.get(e164) ?? null;

/** What stands in for a publisher's answer, as JSON text, when a number is looked up with test credentials. */
export function testAnswer(e164: string, { sample_response: sample }: Definition): Result<string, InvocationFailure> {
  const failure = failureOfTestNumber(e164);
  if (failure !== null) return err(failure);
  if (sample === undefined) return err({ kind: "sample_response_missing", detail: "The add-on's version has no sample response for test credentials to be answered with." });
  return ok(JSON.stringify(sample));
}

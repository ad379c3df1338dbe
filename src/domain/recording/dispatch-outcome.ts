import { utf8 } from "../bytes.ts";
import type { InvocationFailure } from "../failure.ts";
import type { PublisherAttempt } from "../response/publisher-answer.ts";
import { answerOf } from "../response/publisher-answer.ts";
import { JsonObjectScanner } from "./json-scan.ts";
import type { Dispatched } from "./recording-invocation.ts";

const failed = (failure: InvocationFailure): { result: Dispatched; refusal: null } => ({ result: { kind: "failed", failure, isRefusal: false }, refusal: null });

/** Guide: "A 202 or 204 response with no body is expected". */
const isAcceptance = (status: number): boolean => status === 202 || status === 204;

/**
 * What a publisher's answer to the audio means. Guide: 202 or 204 accepts it; a 200 with a JSON object is a rejection, which counts
 * against nobody; 4xx fails at once; 5xx and broken connections are tried again.
 * @returns also the JSON text of a rejection, which is kept as a payload.
 */
export function dispatchOutcome(attempt: PublisherAttempt, deadlineMs: number): { result: Dispatched; refusal: string | null } {
  // Whatever else it says: what follows is the callback.
  if ("status" in attempt && isAcceptance(attempt.status)) return { result: { kind: "accepted" }, refusal: null };
  // Nobody looks at so much of it, so nobody can hold it against the publisher.
  if (attempt.kind === "too_large") return failed({ kind: "rejected", detail: `The publisher refused the audio with more than ${attempt.maxBytes} bytes, which are not kept.` });
  const answer = answerOf(attempt, deadlineMs);
  if (!answer.ok) {
    const { kind } = answer.error;
    const isUnavailable = kind === "server_error" || kind === "connection_failed" || kind === "timed_out";
    return isUnavailable ? { result: { kind: "unavailable", failure: answer.error }, refusal: null } : failed(answer.error);
  }
  const { status, text } = answer.value;
  if (status === 200 && isOneJsonObject(text)) {
    const failure: InvocationFailure = { kind: "rejected", detail: "The publisher refused the audio; its payload says why." };
    return { result: { kind: "failed", failure, isRefusal: true }, refusal: text };
  }
  return failed({ kind: "not_a_json_object", detail: `The publisher answered with status ${status}, which neither accepts the audio nor is a JSON object that refuses it.` });
}

/** As callbacks are judged. */
function isOneJsonObject(text: string): boolean {
  const scanner = new JsonObjectScanner();
  scanner.push(utf8(text));
  return scanner.end().ok;
}

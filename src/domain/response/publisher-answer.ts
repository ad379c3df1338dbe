import type { InvocationFailure } from "../failure.ts";
import { err, ok, type Result } from "../result.ts";

/** What one attempt to call a publisher came to, as the network tells it. Only a 2xx body is read. */
export type PublisherAttempt =
  | { kind: "answered"; status: number; text: string; bytes: number; mediaType: string | null }
  | { kind: "refused_status"; status: number }
  | { kind: "not_utf8"; status: number; bytes: number }
  | { kind: "too_large"; status: number; bytes: number; maxBytes: number }
  | { kind: "unreachable"; reason: string }
  | { kind: "aborted" };

export type PublisherAnswer = Extract<PublisherAttempt, { kind: "answered" }>;

/** Guide, "Responses": what each answer means; a 2xx goes on to response validation, whatever its media type. */
export function answerOf(attempt: PublisherAttempt, deadlineMs: number): Result<PublisherAnswer, InvocationFailure> {
  switch (attempt.kind) {
    case "answered":
      return ok(attempt);
    case "aborted":
      return err({ kind: "timed_out", detail: `The publisher did not answer within ${deadlineMs} ms.` });
    case "unreachable":
      return err({ kind: "connection_failed", detail: `The publisher could not be reached: ${attempt.reason}.` });
    case "not_utf8":
      return err({ kind: "not_a_json_object", detail: "The publisher's answer is not UTF-8." });
    case "too_large":
      return err({ kind: "body_too_large", detail: `The publisher's answer is larger than ${attempt.maxBytes} bytes.` });
    case "refused_status": {
      const detail = `The publisher answered with status ${attempt.status}.`;
      if (attempt.status >= 500) return err({ kind: "server_error", detail });
      return err({ kind: attempt.status >= 400 ? "client_error" : "redirected", detail });
    }
  }
}

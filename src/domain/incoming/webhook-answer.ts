import { WEBHOOK_ANSWER_BYTES, WEBHOOK_DEADLINE_MS } from "../limits.ts";

/** A developer's answer, which goes back to the carrier as it is: TwiML or anything else. */
export type WebhookAnswer = { status: number; mediaType: string | null; body: Uint8Array };

/** What came of calling a developer's webhook. */
export type WebhookAttempt = ({ kind: "answered" } & WebhookAnswer) | WebhookFailure;

export type WebhookFailure =
  | { kind: "refused_status"; status: number }
  | { kind: "too_large"; status: number }
  | { kind: "encoded"; status: number }
  | { kind: "timed_out" }
  | { kind: "unreachable"; reason: string }
  /** It may not be called, or not any more. */
  | { kind: "url_refused"; reason: string };

/** The codes that a webhook can fail with. */
export type WebhookErrorCode = 11200 | 11750;

/** The one map from a failure to its code and the sentence that the account reads. */
export function describeFailure(failure: WebhookFailure): { code: WebhookErrorCode; text: string } {
  switch (failure.kind) {
    case "refused_status":
      return { code: 11200, text: failure.status < 400 ? `It answered with status ${failure.status}; redirects are not followed.` : `It answered with status ${failure.status}.` };
    case "timed_out":
      return { code: 11200, text: `It had not answered completely after ${WEBHOOK_DEADLINE_MS / 1_000} s.` };
    case "unreachable":
      return { code: 11200, text: `It could not be reached: ${failure.reason}.` };
    case "url_refused":
      return { code: 11200, text: `It was not called: its URL ${failure.reason}.` };
    case "encoded":
      return { code: 11200, text: "Its answer had a Content-Encoding that is neither gzip nor br." };
    case "too_large":
      return { code: 11750, text: `Its answer was larger than ${WEBHOOK_ANSWER_BYTES} bytes.` };
  }
}

/** What a carrier gets when a number has no URL: nothing is to be done. */
export const EMPTY_TWIML = { status: 200, mediaType: "text/xml", body: new TextEncoder().encode("<Response/>") } as const satisfies WebhookAnswer;

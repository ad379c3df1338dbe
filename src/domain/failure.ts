import type { ErrorCode } from "./error-code.ts";

/**
 * Why an invocation failed, one kind for each thing that can happen. `detail` is one sentence for a human that names a
 * field, a status or a limit, and never a number, a text, a publisher's address or a developer's own name for an install: both sides read it.
 */
export type InvocationFailure = { kind: InvocationFailureKind; detail: string };

export type InvocationFailureKind =
  | "internal"
  | "timed_out"
  | "server_error"
  | "connection_failed"
  | "redirected"
  | "not_a_json_object"
  | "request_schema_refused"
  | "not_installed"
  | "extension_disabled"
  | "runtime_field_missing"
  | "publisher_suspended"
  | "account_not_active"
  | "version_past_sunset"
  | "credit_exhausted"
  | "daily_cap_reached"
  | "response_schema_refused"
  | "sample_response_missing"
  | "client_error"
  | "body_too_large"
  | "content_missing"
  | "content_too_long"
  | "rejected";

type Consequence = {
  /** The public code; its title and page are in `ERROR_CODES`. */
  code: ErrorCode;
  /** Whether the same request is sent again while time is left. Guide: 5xx yes, 4xx "immediately" no. */
  retried: boolean;
  /** Whether it counts against the publisher's service level. Guide: validation failures and legitimate rejections do not. */
  countsAgainstSla: boolean;
};

/** The one map from a failure to everything that follows from it. No failed invocation is billed, so there is no column for it. */
export const INVOCATION_FAILURES: Record<InvocationFailureKind, Consequence> = {
  internal: { code: 61000, retried: false, countsAgainstSla: false },
  timed_out: { code: 61001, retried: false, countsAgainstSla: true },
  server_error: { code: 61002, retried: true, countsAgainstSla: true },
  connection_failed: { code: 61002, retried: true, countsAgainstSla: true },
  redirected: { code: 61002, retried: false, countsAgainstSla: true },
  not_a_json_object: { code: 61002, retried: false, countsAgainstSla: true },
  request_schema_refused: { code: 61003, retried: false, countsAgainstSla: false },
  not_installed: { code: 61003, retried: false, countsAgainstSla: false },
  extension_disabled: { code: 61003, retried: false, countsAgainstSla: false },
  runtime_field_missing: { code: 61003, retried: false, countsAgainstSla: false },
  account_not_active: { code: 61003, retried: false, countsAgainstSla: false },
  publisher_suspended: { code: 61003, retried: false, countsAgainstSla: false },
  version_past_sunset: { code: 61003, retried: false, countsAgainstSla: false },
  credit_exhausted: { code: 61003, retried: false, countsAgainstSla: false },
  daily_cap_reached: { code: 61003, retried: false, countsAgainstSla: false },
  response_schema_refused: { code: 61004, retried: false, countsAgainstSla: false },
  sample_response_missing: { code: 61004, retried: false, countsAgainstSla: false },
  client_error: { code: 61005, retried: false, countsAgainstSla: true },
  body_too_large: { code: 61007, retried: false, countsAgainstSla: true },
  content_missing: { code: 61009, retried: false, countsAgainstSla: false },
  content_too_long: { code: 61009, retried: false, countsAgainstSla: false },
  rejected: { code: 61002, retried: false, countsAgainstSla: false },
};

/**
 * Whether a failure counts against the publisher's service level. The code tells it, but for a rejection, which has the code of a publisher
 * that could not complete a request.
 * @param kind null when it is not known any more.
 */
export function countsAgainstSla(code: number | null, kind: string | null): boolean {
  if (kind === "rejected") return false;
  return Object.values(INVOCATION_FAILURES).some((failure) => failure.code === code && failure.countsAgainstSla);
}

import type { ErrorCode } from "../error-code.ts";
import type { InvocationFailureKind } from "../failure.ts";

/** One attempt to reach the publisher, for the debugger: never a URL, header or body. */
export type AttemptRecord = {
  started_at_ms: number;
  duration_ms: number;
  /** The publisher's HTTP status, when one was read. */
  status: number | null;
  /** The kind of failure, when there was one. */
  failure: InvocationFailureKind | null;
};

/**
 * What is kept of one invocation: usage and log in one. It is stored as JSON in the account's desk until it is a row of D1,
 * so it carries a version; two versions of the gateway run side by side during a deploy.
 */
export type InvocationRecord = {
  v: 1;
  request_sid: string;
  account_sid: string;
  /** Null, as the next three, when nothing is installed under the name that was asked for. */
  publisher_sid: string | null;
  add_on_sid: string | null;
  version_sid: string | null;
  configuration_sid: string | null;
  unique_name: string;
  integration_point: string;
  status: "successful" | "failed";
  code: ErrorCode | null;
  failure: InvocationFailureKind | null;
  detail: string | null;
  price_micros: number;
  started_at_ms: number;
  duration_ms: number;
  /** How long it waited for one of the six slots. */
  wait_ms: number;
  bytes_out: number;
  bytes_in: number;
  attempts: AttemptRecord[];
  /** What the publisher should mend although the invocation succeeded. */
  warning: string | null;
  /** The number looked up, as an account may find it again: country, last four digits, HMAC under the account's log key. */
  number: { country: string | null; last4: string; hmac: string } | null;
  /** The HMAC of the request's idempotency key under the account's log key, by which its stored answer can be forgotten. */
  idempotency_key: string | null;
};

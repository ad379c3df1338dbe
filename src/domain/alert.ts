import type { ErrorCode } from "./error-code.ts";

export type LogLevel = "error" | "warning";

/**
 * Something that an account should know of. It is stored as JSON in an account's desk until it is a row of D1, so it carries a version. No
 * number, message text or secret is in it.
 */
export type Alert = {
  v: 1;
  /** NO…: the same whenever the same alert is handed over again, so that it is kept once. */
  sid: string;
  account_sid: string;
  error_code: ErrorCode;
  log_level: LogLevel;
  /** One or two sentences. */
  alert_text: string;
  /** Of the request that the gateway made; null where that is not for this account to see. Credentials are masked. */
  request_method: string | null;
  request_url: string | null;
  /** What it is about: an invocation, a message, a call, a phone number, an add-on version. */
  resource_sid: string | null;
  /** XB: the add-on, if it is about one. */
  service_sid: string | null;
  generated_at_ms: number;
};

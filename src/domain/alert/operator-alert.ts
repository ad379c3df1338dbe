import type { AlertDraft } from "./stored-alert.ts";

/** What the operator must see to: something of ours, about an account's desk. The same seed is told once. */
export const operatorAlert = (operatorSid: string, { seed, text, desk }: { seed: string; text: string; desk: string }, nowMs: number): AlertDraft => ({
  seed,
  v: 1,
  account_sid: operatorSid,
  error_code: 20500,
  log_level: "error",
  alert_text: text,
  request_method: null,
  request_url: null,
  resource_sid: desk,
  service_sid: null,
  version_sid: null,
  generated_at_ms: nowMs,
});

import type { AlertDraft } from "./stored-alert.ts";

/**
 * What the operator must see to: something of ours. The same seed is told once.
 * @property resourceSid the account that it is about.
 */
export const operatorAlert = (operatorSid: string, { seed, text, resourceSid }: { seed: string; text: string; resourceSid: string | null }, nowMs: number): AlertDraft => ({
  seed,
  v: 1,
  account_sid: operatorSid,
  error_code: 20500,
  log_level: "error",
  alert_text: text,
  request_method: null,
  request_url: null,
  resource_sid: resourceSid,
  service_sid: null,
  version_sid: null,
  generated_at_ms: nowMs,
});

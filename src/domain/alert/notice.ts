import type { LogLevel } from "../alert.ts";

/** What a notice tells of an alert. */
export type NoticedAlert = {
  sid: string;
  account_sid: string;
  error_code: number;
  log_level: LogLevel;
  alert_text: string;
  request_method: string | null;
  request_url: string | null;
  resource_sid: string | null;
  service_sid: string | null;
  generated_at: number;
};

/**
 * The form that is posted to an account's AlertUrl: the parameters of the public debugger webhook, and Count, how many alerts of this
 * kind the newest one stands for.
 */
export function noticeParameters(alert: NoticedAlert, count: number, publicUrl: string): [string, string][] {
  const level = alert.log_level.toUpperCase();
  const code = String(alert.error_code);
  const payload = {
    resource_sid: alert.resource_sid,
    service_sid: alert.service_sid,
    error_code: code,
    more_info: { Msg: alert.alert_text, ErrorCode: code, LogLevel: level, url: `${publicUrl}/docs/errors/${code}` },
    webhook: alert.request_url === null ? null : { type: "application/json", request: { url: alert.request_url, method: alert.request_method } },
  };
  return [
    ["AccountSid", alert.account_sid],
    ["Sid", alert.sid],
    ["ParentAccountSid", ""],
    ["Timestamp", new Date(alert.generated_at).toISOString()],
    ["Level", level],
    ["PayloadType", "application/json"],
    ["Payload", JSON.stringify(payload)],
    ["Count", String(count)],
  ];
}

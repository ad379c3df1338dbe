import { describe, expect, it } from "vitest";
import { noticeParameters, type NoticedAlert } from "../../../src/domain/alert/notice.ts";

const alert: NoticedAlert = {
  sid: "NO00000000000000000000000000000001",
  account_sid: "AC00000000000000000000000000000002",
  error_code: 11200,
  log_level: "error",
  alert_text: "A webhook failed.",
  request_method: "POST",
  request_url: "https://developer.example.com/sms",
  resource_sid: "SM00000000000000000000000000000003",
  service_sid: "XB00000000000000000000000000000004",
  generated_at: Date.UTC(2026, 0, 31, 23, 59, 59, 7),
};
const parametersOf = (change: Partial<NoticedAlert> = {}, count = 1) => Object.fromEntries(noticeParameters({ ...alert, ...change }, count, "https://gateway.example.com"));

describe("a notice", () => {
  it("has the parameters of the public debugger webhook, and how many alerts it stands for", () => {
    const { Payload, ...rest } = parametersOf({}, 50);
    expect(rest).toEqual({
      AccountSid: alert.account_sid,
      Sid: alert.sid,
      ParentAccountSid: "",
      Timestamp: "2026-01-31T23:59:59.007Z",
      Level: "ERROR",
      PayloadType: "application/json",
      Count: "50",
    });
    expect(JSON.parse(Payload ?? "")).toEqual({
      resource_sid: alert.resource_sid,
      service_sid: alert.service_sid,
      error_code: "11200",
      more_info: { Msg: "A webhook failed.", ErrorCode: "11200", LogLevel: "ERROR", url: "https://gateway.example.com/docs/errors/11200" },
      webhook: { type: "application/json", request: { url: "https://developer.example.com/sms", method: "POST" } },
    });
  });

  it("of what is about no request has no webhook in it", () => {
    expect(JSON.parse(parametersOf({ request_url: null, request_method: null, log_level: "warning" })["Payload"] ?? "")).toMatchObject({ webhook: null, more_info: { LogLevel: "WARNING" } });
  });
});

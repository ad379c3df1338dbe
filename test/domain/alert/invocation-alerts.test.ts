import { describe, expect, it } from "vitest";
import { invocationAlerts } from "../../../src/domain/alert/invocation-alerts.ts";
import type { AttemptRecord, InvocationRecord } from "../../../src/domain/billing/invocation-record.ts";
import type { InvocationFailureKind } from "../../../src/domain/failure.ts";
import { recordOf } from "../../support/invocation-records.ts";

const DEVELOPER = recordOf().account_sid;
const PUBLISHER = recordOf().publisher_sid;

const failed = (code: InvocationRecord["code"], failure: InvocationFailureKind, change: Partial<InvocationRecord> = {}): InvocationRecord =>
  recordOf({ status: "failed", code, failure, detail: "It was so.", price_micros: 0, ...change });
const attempt = (status: number | null, failure: InvocationFailureKind | null): AttemptRecord => ({ started_at_ms: 0, duration_ms: 1, status, failure });

/** Who is told what, in short. */
const told = (record: InvocationRecord): string[] =>
  invocationAlerts(record).map((alert) => `${alert.account_sid === DEVELOPER ? "developer" : "publisher"} ${alert.error_code} ${alert.log_level}`);

describe("an invocation that failed", () => {
  it.each<[InvocationRecord["code"], InvocationFailureKind, string[]]>([
    [61000, "internal", ["developer 61000 error"]],
    [61001, "timed_out", ["developer 61001 error", "publisher 61001 error"]],
    [61002, "server_error", ["developer 61002 error", "publisher 61002 error"]],
    [61002, "connection_failed", ["developer 61002 error", "publisher 61002 error"]],
    [61002, "not_a_json_object", ["developer 61002 error", "publisher 61002 error"]],
    [61003, "request_schema_refused", ["developer 61003 error"]],
    [61003, "credit_exhausted", ["developer 61003 error"]],
    [61004, "response_schema_refused", ["developer 61004 warning", "publisher 61004 warning"]],
    [61005, "client_error", ["developer 61005 error", "publisher 61005 error"]],
    [61007, "body_too_large", ["developer 61007 error", "publisher 61007 error"]],
    [61009, "content_missing", ["developer 61009 error"]],
  ])("with %i (%s) is told to those who can act: %j", (code, failure, expected) => {
    expect(told(failed(code, failure))).toEqual(expected);
  });

  it("is told to its developer alone when nothing is installed under the name", () => {
    const nothing = { publisher_sid: null, add_on_sid: null, version_sid: null, configuration_sid: null };
    expect(invocationAlerts(failed(61003, "not_installed", nothing))).toMatchObject([{ account_sid: DEVELOPER, service_sid: null, version_sid: null }]);
  });

  it("is told once to an account that is both sides", () => {
    expect(told(failed(61005, "client_error", { publisher_sid: DEVELOPER }))).toEqual(["developer 61005 error"]);
    expect(told(failed(61003, "credit_exhausted", { publisher_sid: DEVELOPER }))).toEqual(["developer 61003 error"]);
  });

  it("is told with its title, its detail and what each attempt came to", () => {
    const attempts = [attempt(503, "server_error"), attempt(null, "connection_failed"), attempt(500, "server_error")];
    const texts = invocationAlerts(failed(61002, "server_error", { attempts })).map(({ alert_text }) => alert_text);
    const text = "Provider could not complete request. It was so. Attempts: 503, connection failed, 500.";
    expect(texts).toEqual([text, text]);
  });

  it("is told in whole sentences, also where a detail ends with a schema's words", () => {
    const [alert] = invocationAlerts(failed(61004, "response_schema_refused", { detail: "The add-on's response schema refuses /args: is required" }));
    expect(alert?.alert_text).toBe("No results. The add-on's response schema refuses /args: is required.");
  });

  it("is told at its end, about the invocation and the add-on, and the request's version is the publisher's to see alone", () => {
    const record = failed(61005, "client_error", { started_at_ms: 1_000, duration_ms: 20 });
    const about = { v: 1, resource_sid: record.request_sid, service_sid: record.add_on_sid, generated_at_ms: 1_020, request_method: null, request_url: null };
    expect(invocationAlerts(record)).toMatchObject([
      { ...about, account_sid: DEVELOPER, version_sid: null },
      { ...about, account_sid: PUBLISHER, version_sid: record.version_sid },
    ]);
  });

  it("is told to neither side with anything of the other: no number, no account, no name of an install", () => {
    const record = failed(61002, "server_error", { unique_name: "my_secret_project", number: { country: "US", last4: "4546", hmac: "abcdef" }, idempotency_key: "the-key" });
    const [, toPublisher] = invocationAlerts(record);
    expect(JSON.stringify(invocationAlerts(record))).not.toMatch(/my_secret_project|4546|abcdef|the-key/);
    expect(JSON.stringify(toPublisher)).not.toContain(DEVELOPER);
  });
});

describe("an invocation that succeeded", () => {
  it("is told to nobody", () => {
    expect(invocationAlerts(recordOf())).toEqual([]);
  });

  it("after a 5xx is a warning to both sides", () => {
    const record = recordOf({ attempts: [attempt(503, "server_error"), attempt(200, null)] });
    expect(told(record)).toEqual(["developer 61002 warning", "publisher 61002 warning"]);
    expect(invocationAlerts(record)[0]?.alert_text).toBe("Provider could not complete request. The request was sent again. Attempts: 503, 200.");
  });

  it("after a connection that failed is told to nobody: it was no answer", () => {
    expect(told(recordOf({ attempts: [attempt(null, "connection_failed"), attempt(200, null)] }))).toEqual([]);
  });

  it("with another media type than JSON's is a warning to the publisher", () => {
    const record = recordOf({ warning: "The answer's Content-Type is not application/json." });
    expect(told(record)).toEqual(["publisher 12300 warning"]);
    expect(invocationAlerts(record)[0]?.alert_text).toBe("Invalid Content-Type. The answer's Content-Type is not application/json.");
  });
});

it("a 5xx is told to both sides also when what came after it is another's failure", () => {
  const attempts = [attempt(500, "server_error"), attempt(200, null)];
  expect(told(failed(61003, "credit_exhausted", { attempts }))).toEqual(["developer 61003 error", "developer 61002 warning", "publisher 61002 warning"]);
  expect(told(failed(61001, "timed_out", { attempts }))).toEqual(["developer 61001 error", "publisher 61001 error"]);
});

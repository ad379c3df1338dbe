import { describe, expect, test } from "vitest";
import type { RecordingOutcome } from "../../../src/domain/recording/recording-invocation.ts";
import { recordOfRecording } from "../../../src/domain/recording/recording-record.ts";
import { ORDER } from "../../support/recording-orders.ts";

const COURSE = { startedAtMs: 1_000, endedAtMs: 61_500, bytesOut: 44, bytesIn: 16, attempts: [{ started_at_ms: 1_100, duration_ms: 200, status: 202, failure: null }] };
const SUCCESS: RecordingOutcome = { failure: null, priceMicros: 5_000, canceled: false, refusal: false };

describe("the record of a recording's invocation", () => {
  test("has what it was, how long it took and what it costs", () => {
    expect(recordOfRecording(ORDER, SUCCESS, COURSE)).toEqual({
      v: 1,
      request_sid: ORDER.xr,
      account_sid: ORDER.accountSid,
      publisher_sid: ORDER.publisherSid,
      add_on_sid: ORDER.addOnSid,
      version_sid: ORDER.versionSid,
      configuration_sid: ORDER.configurationSid,
      unique_name: "sound",
      integration_point: "recording-api",
      status: "successful",
      code: null,
      failure: null,
      detail: null,
      price_micros: 5_000,
      started_at_ms: 1_000,
      duration_ms: 60_500,
      wait_ms: 0,
      bytes_out: 44,
      bytes_in: 16,
      attempts: COURSE.attempts,
      warning: null,
      number: null,
      idempotency_key: null,
    });
  });

  test("of a failure has its code and costs nothing, whatever the outcome says", () => {
    const failed: RecordingOutcome = { failure: { kind: "timed_out", detail: "Too late." }, priceMicros: 5_000, canceled: false, refusal: false };
    expect(recordOfRecording(ORDER, failed, COURSE)).toMatchObject({ status: "failed", code: 61001, failure: "timed_out", detail: "Too late.", price_micros: 0 });
  });

  test("of one that was canceled has no code, since nobody failed, and costs nothing", () => {
    const canceled = { ...SUCCESS, canceled: true };
    expect(recordOfRecording(ORDER, canceled, COURSE)).toMatchObject({ status: "failed", code: null, failure: null, detail: "The recording was deleted.", price_micros: 0 });
  });
});

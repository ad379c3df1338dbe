import type { InvocationRecord } from "../billing/invocation-record.ts";
import { INVOCATION_FAILURES } from "../failure.ts";
import type { RecordingOutcome } from "./recording-invocation.ts";
import type { RecordingOrder } from "./recording-order.ts";

/** What is known of how an invocation went. */
export type RecordingCourse = { startedAtMs: number; endedAtMs: number; bytesOut: number; bytesIn: number; attempts: InvocationRecord["attempts"] };

/** Usage and log of a recording's invocation, in the form that every invocation has. One that was canceled has no code: nobody failed. */
export function recordOfRecording(order: RecordingOrder, outcome: RecordingOutcome, course: RecordingCourse): InvocationRecord {
  const { failure } = outcome;
  const isSuccessful = failure === null && !outcome.canceled;
  return {
    v: 1,
    request_sid: order.xr,
    account_sid: order.accountSid,
    publisher_sid: order.publisherSid,
    add_on_sid: order.addOnSid,
    version_sid: order.versionSid,
    configuration_sid: order.configurationSid,
    unique_name: order.uniqueName,
    integration_point: order.integrationPoint,
    status: isSuccessful ? "successful" : "failed",
    code: failure === null ? null : INVOCATION_FAILURES[failure.kind].code,
    failure: failure?.kind ?? null,
    detail: outcome.canceled ? "The recording was deleted." : (failure?.detail ?? null),
    price_micros: isSuccessful ? outcome.priceMicros : 0,
    started_at_ms: course.startedAtMs,
    duration_ms: course.endedAtMs - course.startedAtMs,
    wait_ms: 0,
    bytes_out: course.bytesOut,
    bytes_in: course.bytesIn,
    attempts: course.attempts,
    warning: null,
    number: null,
    idempotency_key: null,
  };
}

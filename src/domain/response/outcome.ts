import { dailyCapOf, type DailyCap } from "../billing/daily-cap.ts";
import type { AttemptRecord, InvocationRecord } from "../billing/invocation-record.ts";
import type { IntegrationPoint } from "../catalog/add-on-type.ts";
import type { InstalledAddOn, UnusableAddOn } from "../catalog/install.ts";
import { ERROR_CODES } from "../error-code.ts";
import { INVOCATION_FAILURES, type InvocationFailure } from "../failure.ts";
import type { Content } from "../request/fields.ts";

/** One add-on to be run for one request. */
export type AddOnCall = {
  requestSid: string;
  accountSid: string;
  /** The name that the developer asked for; nothing may be installed under it. */
  uniqueName: string;
  installed: InstalledAddOn | UnusableAddOn | null;
  integrationPoint: IntegrationPoint;
  content: Content;
  runtimeData: ReadonlyMap<string, string>;
  /** The number looked up, as the log may keep it. */
  number: InvocationRecord["number"];
  /** As the desk has it: never the caller's own text. */
  idempotencyKey: string | null;
};

/** How an invocation ended. `record` is what is settled, charged and logged; `answer` is the publisher's own text; `cap` is its install's. */
export type AddOnOutcome = { record: InvocationRecord; answer: string | null; cap?: DailyCap; cappedBy?: ReachedCap };

/** What a desk refused for the daily cap of its install: at this price, on this day of its own. */
export type ReachedCap = { day: number; priceMicros: number };

/** What is known of an invocation's course when it ends. */
export type Course = { startedAtMs: number; endedAtMs: number; waitMs: number; bytesOut: number; bytesIn: number; attempts: AttemptRecord[]; warning: string | null };

/** Of an invocation for which nothing was sent. */
export const unsent = (atMs: number): Course => ({ startedAtMs: atMs, endedAtMs: atMs, waitMs: 0, bytesOut: 0, bytesIn: 0, attempts: [], warning: null });

export function successful(call: AddOnCall, course: Course, answer: string, priceMicros: number): AddOnOutcome {
  const { installed } = call;
  const cap = installed === null ? {} : dailyCapOf(installed.sid, installed.dailyCapMicros);
  return { record: { ...recordOf(call, course), status: "successful", code: null, failure: null, detail: null, price_micros: priceMicros }, answer, ...cap };
}

/** Guide, "SLA", "Response size" and "Callback": a failed invocation is never billed. */
export function failed(call: AddOnCall, course: Course, failure: InvocationFailure): AddOnOutcome {
  return { record: asFailed(recordOf(call, course), failure), answer: null };
}

/** The same outcome turned into a failure after the fact, when its price does not fit the credit. */
export function asFailed(record: InvocationRecord, failure: InvocationFailure): InvocationRecord {
  const { code } = INVOCATION_FAILURES[failure.kind];
  return { ...record, status: "failed", code, failure: failure.kind, detail: failure.detail, price_micros: 0 };
}

function recordOf(call: AddOnCall, course: Course): InvocationRecord {
  const { installed } = call;
  return {
    v: 1,
    request_sid: call.requestSid,
    account_sid: call.accountSid,
    publisher_sid: installed?.publisher.sid ?? null,
    add_on_sid: installed?.addOnSid ?? null,
    version_sid: installed?.version.sid ?? null,
    configuration_sid: installed?.sid ?? null,
    unique_name: call.uniqueName,
    integration_point: call.integrationPoint,
    status: "successful",
    code: null,
    failure: null,
    detail: null,
    price_micros: 0,
    started_at_ms: course.startedAtMs,
    duration_ms: course.endedAtMs - course.startedAtMs,
    wait_ms: course.waitMs,
    bytes_out: course.bytesOut,
    bytes_in: course.bytesIn,
    attempts: course.attempts,
    warning: course.warning,
    number: call.number,
    idempotency_key: call.idempotencyKey,
  };
}

/** The developer's result of one add-on, as JSON text: the publisher's answer goes in as it came (64-bit numbers, key order). */
export function resultText({ record, answer }: AddOnOutcome): string {
  const { request_sid, status, code, detail } = record;
  if (code === null) return `{"request_sid":"${request_sid}","status":"${status}","message":null,"code":null,"result":${answer ?? "{}"}}`;
  return JSON.stringify({ request_sid, status, message: ERROR_CODES[code].title, code, result: {}, detail });
}

/** The `add_ons` envelope as JSON text. It is successful as soon as it could be made: one add-on's failure is its own. */
export function envelopeText(outcomes: readonly AddOnOutcome[]): string {
  const results = outcomes.map((outcome) => `${JSON.stringify(outcome.record.unique_name)}:${resultText(outcome)}`);
  return `{"status":"successful","message":null,"code":null,"results":{${results.join(",")}}}`;
}

/** The envelope when none could be run for a reason of ours. */
export function failedEnvelopeText(): string {
  return JSON.stringify({ status: "failed", message: ERROR_CODES[61000].title, code: 61000, results: {} });
}

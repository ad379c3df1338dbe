import { randomBytes } from "node:crypto";
import type { DeskEvent } from "../../src/domain/billing/desk.ts";
import type { InvocationRecord } from "../../src/domain/billing/invocation-record.ts";
import { requestSid } from "../../src/domain/sid.ts";

export const priceMicros = 100;
/** A request's add-ons, each of a publisher of its own. */
const addOnCount = 5;
/** One in so many fails, after its second attempt. */
const failsOneIn = 100;

export const newSid = (prefix: string): string => prefix + randomBytes(16).toString("hex");

const addOns = Array.from({ length: addOnCount }, (_, index) => ({
  publisher_sid: newSid("AC"),
  add_on_sid: newSid("XB"),
  version_sid: newSid("XC"),
  configuration_sid: newSid("XE"),
  unique_name: `publisher_insight_${index + 1}`,
}));

const answered = (startedAtMs: number) => ({ started_at_ms: startedAtMs, duration_ms: 84, status: 200, failure: null });
const refused = (startedAtMs: number) => ({ started_at_ms: startedAtMs, duration_ms: 112, status: 503, failure: "server_error" as const });

function successful(accountSid: string, addOn: (typeof addOns)[number], startedAtMs: number): InvocationRecord {
  return {
    v: 1,
    request_sid: requestSid(startedAtMs, randomBytes(12)),
    account_sid: accountSid,
    ...addOn,
    integration_point: "lookup",
    status: "successful",
    code: null,
    failure: null,
    detail: null,
    price_micros: priceMicros,
    started_at_ms: startedAtMs,
    duration_ms: 87,
    wait_ms: 0,
    bytes_out: 312,
    bytes_in: 259,
    attempts: [answered(startedAtMs + 1)],
    warning: null,
    number: { country: "US", last4: "4546", hmac: randomBytes(32).toString("hex") },
    idempotency_key: null,
  };
}

function failed(record: InvocationRecord): InvocationRecord {
  const { started_at_ms: startedAtMs } = record;
  return {
    ...record,
    status: "failed",
    code: 61002,
    failure: "server_error",
    detail: "The publisher answered with status 503.",
    price_micros: 0,
    bytes_in: 0,
    attempts: [refused(startedAtMs + 1), refused(startedAtMs + 310)],
  };
}

/** What Lookups with five add-ons leave to their account's desk, one list for each. */
export function settledRequests(accountSid: string, invocationCount: number): DeskEvent[][] {
  const nowMs = Date.now();
  return Array.from({ length: invocationCount / addOnCount }, (_request, request) =>
    addOns.map((addOn, index) => {
      const record = successful(accountSid, addOn, nowMs);
      const ended = (request * addOnCount + index) % failsOneIn === 0 ? failed(record) : record;
      return { xr: ended.request_sid, priceMicros: ended.price_micros, record: JSON.stringify(ended) };
    }),
  );
}

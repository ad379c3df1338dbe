import type { InvocationRecord } from "../../src/domain/billing/invocation-record.ts";
import type { DeskEvent } from "../../src/domain/billing/desk.ts";
import type { AddOnOutcome } from "../../src/domain/response/outcome.ts";

/** A request SID that is easy to read in a failing test. */
export const xr = (number: number): string => `XR${number.toString(16).padStart(32, "0")}`;

/** A successful invocation of one add-on. */
export function recordOf(change: Partial<InvocationRecord> = {}): InvocationRecord {
  return {
    v: 1,
    request_sid: xr(1),
    account_sid: "AC00000000000000000000000000000001",
    publisher_sid: "AC000000000000000000000000000000b0",
    add_on_sid: "XB000000000000000000000000000000b1",
    version_sid: "XC000000000000000000000000000000b2",
    configuration_sid: "XE000000000000000000000000000000b3",
    unique_name: "anagrams",
    integration_point: "lookup",
    status: "successful",
    code: null,
    failure: null,
    detail: null,
    price_micros: 100,
    started_at_ms: 1_700_000_000_000,
    duration_ms: 20,
    wait_ms: 0,
    bytes_out: 300,
    bytes_in: 200,
    attempts: [{ started_at_ms: 1_700_000_000_000, duration_ms: 20, status: 200, failure: null }],
    warning: null,
    number: { country: "US", last4: "4546", hmac: "00" },
    idempotency_key: null,
    ...change,
  };
}

export function eventOf(change: Partial<InvocationRecord> = {}): DeskEvent {
  const record = recordOf(change);
  return { xr: record.request_sid, priceMicros: record.price_micros, record: JSON.stringify(record) };
}

export const outcomeOf = (change: Partial<InvocationRecord> = {}): AddOnOutcome => ({ record: recordOf(change), answer: "{}" });

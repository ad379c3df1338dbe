import { describe, expect, it } from "vitest";
import type { Alert } from "../../../src/domain/alert.ts";
import { flushAlerts } from "../../../src/domain/alert/flush-alerts.ts";
import type { InvocationRecord } from "../../../src/domain/billing/invocation-record.ts";
import { recordOf, xr } from "../../support/invocation-records.ts";

const failures = (count: number, change: Partial<InvocationRecord> = {}): InvocationRecord[] =>
  Array.from({ length: count }, (_, index) =>
    recordOf({ request_sid: xr(index + 1), status: "failed", code: 61003, failure: "credit_exhausted", detail: "No credit.", price_micros: 0, started_at_ms: 1_000 + index, ...change }),
  );
const handed = (change: Partial<Alert> = {}): Alert => ({
  v: 1,
  sid: "NO00000000000000000000000000000001",
  account_sid: recordOf().account_sid,
  error_code: 11200,
  log_level: "error",
  alert_text: "A webhook failed.",
  request_method: "POST",
  request_url: "https://developer.example.com/sms",
  resource_sid: null,
  service_sid: null,
  generated_at_ms: 1_000,
  ...change,
});
const ofFlush = (flush: { records?: InvocationRecord[]; voided?: InvocationRecord[]; alerts?: Alert[] }) =>
  flushAlerts({ records: flush.records ?? [], voids: (flush.voided ?? []).map((record) => ({ micros: null, record })), alerts: flush.alerts ?? [] });

describe("the alerts of a flush", () => {
  it("are those of its records, of its voids, and those that were handed over, in the order in which they came about", async () => {
    const [recorded, voided] = failures(2, { duration_ms: 0 });
    const alerts = await ofFlush({ records: recorded ? [{ ...recorded, started_at_ms: 3 }] : [], voided: voided ? [{ ...voided, started_at_ms: 1 }] : [], alerts: [handed({ generated_at_ms: 2 })] });
    expect(alerts.map(({ resource_sid, error_code }) => [resource_sid, error_code])).toEqual([[xr(2), 61003], [null, 11200], [xr(1), 61003]]);
  });

  it("have the same SIDs whenever the same flush is written, each its own", async () => {
    const records = failures(5, { code: 61005, failure: "client_error" });
    const sids = (await ofFlush({ records })).map(({ sid }) => sid);
    expect((await ofFlush({ records })).map(({ sid }) => sid)).toEqual(sids);
    expect(new Set(sids).size).toBe(10);
    for (const sid of sids) expect(sid).toMatch(/^NO[0-9a-f]{32}$/);
    expect((await ofFlush({ alerts: [handed()] }))[0]?.sid).toBe(handed().sid);
  });

  it.each([
    [20, 20, /No credit\.$/],
    [21, 20, /No credit\. There were 1 more of this kind at the same time\.$/],
    [1_000, 20, /No credit\. There were 980 more of this kind at the same time\.$/],
  ])("of %i of a kind are %i, and the last says how many more there were", async (count, kept, text) => {
    const alerts = await ofFlush({ records: failures(count) });
    expect(alerts).toHaveLength(kept);
    expect(alerts.at(-1)?.alert_text).toMatch(text);
    for (const { alert_text } of alerts.slice(0, -1)) expect(alert_text).toMatch(/No credit\.$/);
  });

  it("are bounded for each account, code and add-on by itself", async () => {
    const records = [...failures(30), ...failures(30, { add_on_sid: "XB1" }), ...failures(30, { code: 61009, failure: "content_missing" })];
    const alerts = [...Array.from({ length: 30 }, () => handed()), ...Array.from({ length: 30 }, () => handed({ error_code: 11750 }))];
    expect(await ofFlush({ records, alerts })).toHaveLength(5 * 20);
    // Both sides of one failure.
    expect(await ofFlush({ records: failures(30, { code: 61001, failure: "timed_out" }) })).toHaveLength(2 * 20);
  });

  it("have texts of a bounded length", async () => {
    const [alert] = await ofFlush({ alerts: [handed({ alert_text: "x".repeat(10_000) })] });
    expect(alert?.alert_text).toBe("x".repeat(1_000));
  });
});

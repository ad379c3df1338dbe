import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { InvocationRecord } from "../../src/domain/billing/invocation-record.ts";
import type { DeskFlush } from "../../src/domain/billing/ledger.ts";
import { HOUSEKEEPING_BATCH, HOUSEKEEPING_BATCHES, LOG_KEPT_MS } from "../../src/domain/limits.ts";
import { listAlerts, type AlertFilter } from "../../src/platform/d1/alerts.ts";
import { writeFlush } from "../../src/platform/d1/flush.ts";
import type { Cursor, PageRequest } from "../../src/platform/d1/page.ts";
import { recordOf, xr } from "../support/invocation-records.ts";
import { migrated, openDesk, rows } from "./desk-under-test.ts";
import { houseKept } from "./house-kept.ts";
import { countingReads } from "./rows-read.ts";

const DEVELOPER = recordOf().account_sid;
const PUBLISHER = recordOf().publisher_sid ?? "";
const VERSION = recordOf().version_sid ?? "";

beforeAll(migrated);
beforeEach(async () => {
  await env.DB.batch(["alerts", "add_on_versions", "invocations"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
});

async function keepVersion(definition: string): Promise<void> {
  const sql = "INSERT INTO add_on_versions (sid, add_on_sid, number, status, definition, created_at, updated_at) VALUES (?, 'XB1', 1, 'active', ?, 0, 0)";
  await env.DB.prepare(sql).bind(VERSION, definition).run();
}

/** The table demands one. */
const WITHOUT_TIME = JSON.stringify({ v: 1, sid: "NO1", account_sid: DEVELOPER, error_code: 11200, log_level: "error", alert_text: "Text.", service_sid: null });

let seq = 0;
function flushOf(records: InvocationRecord[]): DeskFlush {
  seq += 1;
  return { desk: DEVELOPER, fromSeq: seq, toSeq: seq, committedAtMs: 1, month: "1970-01", totals: { events: 1, spentMicros: 0, grantedMicros: 0 }, records, voids: [], credits: [], alerts: [] };
}

const failure = (number: number, change: Partial<InvocationRecord> = {}): InvocationRecord =>
  recordOf({ request_sid: xr(number), status: "failed", code: 61005, failure: "client_error", detail: "It answered 404.", price_micros: 0, ...change });

type Row = { account_sid: string; error_code: number; request_method: string | null; request_url: string | null; resource_sid: string };
const alertsOf = (accountSid: string) => rows<Row>("SELECT * FROM alerts WHERE account_sid = ? ORDER BY created_at DESC, sid DESC", accountSid);
describe("a flush's alerts", () => {
  test("are written with it, for both sides, once however often it is repeated", async () => {
    const flush = flushOf([failure(1), failure(2), recordOf({ request_sid: xr(3) })]);
    await writeFlush(env.DB, flush);
    await writeFlush(env.DB, flush);
    for (const account of [DEVELOPER, PUBLISHER]) {
      expect((await alertsOf(account)).map(({ error_code, resource_sid }) => [error_code, resource_sid])).toEqual([[61005, xr(2)], [61005, xr(1)]]);
    }
  });

  test("tell the publisher which of its URLs was called, without its query, and the developer not", async () => {
    await keepVersion(JSON.stringify({ request: { method: "POST", url: "https://publisher.example.com/a?key=secret#b" } }));
    await writeFlush(env.DB, flushOf([failure(1)]));
    expect(await alertsOf(PUBLISHER)).toMatchObject([{ request_method: "POST", request_url: "https://publisher.example.com/a" }]);
    expect(await alertsOf(DEVELOPER)).toMatchObject([{ request_method: null, request_url: null }]);
  });

  test("do not hold up the flush when a definition cannot be read", async () => {
    await keepVersion("{");
    await writeFlush(env.DB, flushOf([failure(1)]));
    expect(await alertsOf(PUBLISHER)).toMatchObject([{ request_method: null, request_url: null }]);
    expect(await rows("SELECT sid FROM invocations")).toEqual([{ sid: xr(1) }]);
  });

  test("do not hold it up either when one of them cannot be stored: money comes first", async () => {
    await writeFlush(env.DB, { ...flushOf([failure(2)]), alerts: [JSON.parse(WITHOUT_TIME)] });
    expect(await rows("SELECT sid FROM invocations")).toEqual([{ sid: xr(2) }]);
    expect(await alertsOf(DEVELOPER)).toHaveLength(1);
  });

  test("of very many kinds all arrive", async () => {
    const records = Array.from({ length: 1_200 }, (_, index) => failure(index + 1, { code: 61003, failure: "credit_exhausted", add_on_sid: `XB${index}` }));
    await writeFlush(env.DB, flushOf(records));
    const alerts = await alertsOf(DEVELOPER);
    expect(alerts.map(({ resource_sid }) => resource_sid)).toEqual(records.map(({ request_sid }) => request_sid).toReversed());
  });

  test("come from the desk's own flush", async () => {
    const desk = openDesk();
    await desk.settleOne(xr(77), { status: "failed", code: 61001, failure: "timed_out", detail: "Too late.", price_micros: 0 });
    await desk.voidOne(xr(78));
    await desk.flush();
    const told = (await alertsOf(desk.accountSid)).map(({ error_code, resource_sid }) => `${error_code} ${resource_sid}`);
    expect(new Set(told)).toEqual(new Set([`61001 ${xr(77)}`, `61000 ${xr(78)}`]));
  });
});

const at = (createdAtMs: number, direction: Cursor["direction"]): Cursor => ({ direction, createdAtMs, sid: "NO" });

describe("a list of ten thousand alerts", () => {
  const SIZE = 50;
  const page = (cursor: Cursor | null = null): PageRequest => ({ size: SIZE, number: 0, cursor });

  // Of every level some are as far from each end as can be.
  beforeEach(async () => {
    await env.DB.prepare(`INSERT INTO alerts (sid, account_sid, error_code, log_level, alert_text, generated_at, created_at)
      WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10000)
      SELECT printf('NO%032d', n), ?, 61001, iif(n IN (1, 5000), 'error', 'warning'), 'Text.', n, n FROM numbers`).bind(DEVELOPER).run();
  });

  test.each<{ what: string; filter: AlertFilter; request: PageRequest; newest: number; oldest: number }>([
    { what: "all", filter: {}, request: page(), newest: 10_000, oldest: 9_951 },
    { what: "errors", filter: { logLevel: "error" }, request: page(), newest: 5_000, oldest: 1 },
    { what: "warnings", filter: { logLevel: "warning" }, request: page(), newest: 10_000, oldest: 9_951 },
    { what: "dates", filter: { startMs: 100, endMs: 9_000 }, request: page(), newest: 8_999, oldest: 8_950 },
    { what: "a level and dates", filter: { logLevel: "error", startMs: 100, endMs: 9_000 }, request: page(), newest: 5_000, oldest: 5_000 },
    { what: "a later page", filter: {}, request: page(at(1_000, "after")), newest: 999, oldest: 950 },
    { what: "a later page with dates", filter: { startMs: 3, endMs: 9_999 }, request: page(at(1_000, "after")), newest: 999, oldest: 950 },
    { what: "a page before with dates", filter: { startMs: 3, endMs: 9_999 }, request: page(at(9_000, "before")), newest: 9_049, oldest: 9_000 },
  ])("reads about a page of rows for each level: $what", async ({ filter, request, newest, oldest }) => {
    const { db, rowsRead } = countingReads();
    const { items } = await listAlerts(db, DEVELOPER, filter, request);
    expect([items[0]?.created_at, items.at(-1)?.created_at]).toEqual([newest, oldest]);
    expect(items.length).toBeLessThanOrEqual(SIZE);
    // An index's row and the table's, for each level, and once more to merge them.
    expect(await rowsRead()).toBeLessThanOrEqual(2 * 3 * (SIZE + 1));
  });
});

describe("old alerts", () => {
  const NOW = 1_800_000_000_000;
  const DUE = NOW - LOG_KEPT_MS;

  let last = 0;
  async function keep(createdAtMs: number[]): Promise<void> {
    const sql = `INSERT INTO alerts (sid, account_sid, error_code, log_level, alert_text, generated_at, created_at)
      SELECT value->>0, 'AC1', 61001, 'error', 'Text.', value->>1, value->>1 FROM json_each(?1)`;
    await env.DB.prepare(sql).bind(JSON.stringify(createdAtMs.map((atMs) => [`NO${(last += 1)}`, atMs]))).run();
  }
  const kept = async () => (await rows<{ created_at: number }>("SELECT created_at FROM alerts ORDER BY rowid")).map(({ created_at }) => created_at - DUE);
  const deletedBy = async () => (await houseKept(NOW))["alerts_deleted"];

  test("are deleted when their thirty days are over, and no others", async () => {
    await keep([DUE - 2, DUE - 1, DUE, DUE + 1]);
    expect(await deletedBy()).toEqual({ count: 2 });
    expect(await kept()).toEqual([0, 1]);
  });

  test("are deleted in batches, so many in a run, and the next run goes on", async () => {
    const inOneRun = HOUSEKEEPING_BATCH * HOUSEKEEPING_BATCHES;
    await keep(Array.from({ length: inOneRun + 1 }, () => DUE - 1));
    expect(await deletedBy()).toEqual({ count: inOneRun });
    expect(await deletedBy()).toEqual({ count: 1 });
  });

  test("cost no scan: only the first rows of the table are looked at", async () => {
    await keep([...Array.from({ length: HOUSEKEEPING_BATCH }, () => DUE + 1), DUE - 1]);
    expect(await deletedBy()).toEqual({ count: 0 });
  });
});

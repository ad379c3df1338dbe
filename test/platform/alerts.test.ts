import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { InvocationRecord } from "../../src/domain/billing/invocation-record.ts";
import type { DeskFlush } from "../../src/domain/billing/ledger.ts";
import { HOUSEKEEPING_BATCH, HOUSEKEEPING_BATCHES, LOG_KEPT_MS } from "../../src/domain/limits.ts";
import { writeFlush } from "../../src/platform/d1/flush.ts";
import { recordOf, xr } from "../support/invocation-records.ts";
import { migrated, openDesk, rows } from "./desk-under-test.ts";
import { houseKept } from "./house-kept.ts";

const DEVELOPER = recordOf().account_sid;
const PUBLISHER = recordOf().publisher_sid ?? "";
const VERSION = recordOf().version_sid ?? "";

beforeAll(migrated);
beforeEach(async () => {
  await env.DB.batch(["alerts", "accounts", "add_on_versions", "invocations"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
});

async function keepAccount(sid: string, alertUrl: string | null, alertLevel: "error" | "warning"): Promise<void> {
  const sql = `INSERT INTO accounts (sid, friendly_name, status, owner_account_sid, tokens_updated_at, log_key, alert_url, alert_level, created_at, updated_at)
    VALUES (?, 'Test', 'active', 'AC0', 0, 'k', ?, ?, 0, 0)`;
  await env.DB.prepare(sql).bind(sid, alertUrl, alertLevel).run();
}

async function keepVersion(definition: string): Promise<void> {
  const sql = "INSERT INTO add_on_versions (sid, add_on_sid, number, status, definition, created_at, updated_at) VALUES (?, 'XB1', 1, 'active', ?, 0, 0)";
  await env.DB.prepare(sql).bind(VERSION, definition).run();
}

/** The table demands one. */
const WITHOUT_TIME = JSON.stringify({ v: 1, sid: "NO1", account_sid: DEVELOPER, error_code: 11200, log_level: "error", alert_text: "Text.", service_sid: null });

let seq = 0;
function flushOf(records: InvocationRecord[]): DeskFlush {
  seq += 1;
  return { desk: DEVELOPER, fromSeq: seq, toSeq: seq, committedAtMs: 1, totals: { events: 1, spentMicros: 0, grantedMicros: 0 }, records, voids: [], credits: [], alerts: [] };
}

const failure = (number: number, change: Partial<InvocationRecord> = {}): InvocationRecord =>
  recordOf({ request_sid: xr(number), status: "failed", code: 61005, failure: "client_error", detail: "It answered 404.", price_micros: 0, ...change });
const noResults = { code: 61004, failure: "response_schema_refused" } as const;

type Row = { account_sid: string; error_code: number; request_method: string | null; request_url: string | null; resource_sid: string; notice_due_at: number | null };
const alertsOf = (accountSid: string) => rows<Row>("SELECT * FROM alerts WHERE account_sid = ? ORDER BY created_at DESC, sid DESC", accountSid);
/** By the invocation that they are about. */
const dueOf = async (accountSid: string) => Object.fromEntries((await alertsOf(accountSid)).map(({ resource_sid, notice_due_at }) => [resource_sid, notice_due_at !== null]));

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

  test("are due to be posted where the account has a URL and their level is reached", async () => {
    const warned = "AC000000000000000000000000000000c1";
    await keepAccount(DEVELOPER, "https://developer.example.com/", "error");
    await keepAccount(warned, "https://publisher.example.com/", "warning");
    await keepAccount(PUBLISHER, null, "warning");
    await writeFlush(env.DB, flushOf([failure(1), failure(2, noResults), failure(3, { ...noResults, publisher_sid: warned })]));
    expect(await dueOf(DEVELOPER)).toEqual({ [xr(1)]: true, [xr(2)]: false, [xr(3)]: false });
    expect(await dueOf(warned)).toEqual({ [xr(3)]: true });
    expect(await dueOf(PUBLISHER)).toEqual({ [xr(1)]: false, [xr(2)]: false });
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

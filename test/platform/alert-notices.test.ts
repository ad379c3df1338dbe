import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Alert } from "../../src/domain/alert.ts";
import { claimNotice, clearNotice, giveUpNotices, listDueNotices, postponeNotices, type AlertKind, type ClaimedNotice } from "../../src/platform/d1/alert-notices.ts";
import { changeAlertSettings } from "../../src/platform/d1/alert-settings.ts";
import { insertAlerts } from "../../src/platform/d1/alerts.ts";
import { migrated, rows } from "./desk-under-test.ts";
import { countingReads } from "./rows-read.ts";

const ACCOUNT = "AC000000000000000000000000000000a1";
const OTHER = "AC000000000000000000000000000000a2";
const NOW = 1_800_000_000_000;
const KIND: AlertKind = { account_sid: ACCOUNT, error_code: 11200, log_level: "error" };

beforeAll(migrated);
beforeEach(async () => {
  await env.DB.batch(["alerts", "alert_notices", "accounts"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  await keepAccount(ACCOUNT);
});

async function keepAccount(sid: string, { url = "https://example.com/", level = "warning", status = "active" }: { url?: string | null; level?: string; status?: string } = {}): Promise<void> {
  const sql = `INSERT INTO accounts (sid, friendly_name, status, owner_account_sid, tokens_updated_at, log_key, alert_url, alert_level, created_at, updated_at)
    VALUES (?, 'Test', ?, 'AC0', 0, 'k', ?, ?, 0, 0)`;
  await env.DB.prepare(sql).bind(sid, status, url, level).run();
}

const setStatus = (status: string) => env.DB.prepare("UPDATE accounts SET status = ?2 WHERE sid = ?1").bind(ACCOUNT, status).run();

const alertOf = (number: number, change: Partial<Alert> = {}) => ({
  v: 1 as const,
  sid: `NO${number.toString(16).padStart(32, "0")}`,
  ...KIND,
  error_code: 11200 as const,
  alert_text: "Text.",
  request_method: null,
  request_url: null,
  resource_sid: null,
  service_sid: null,
  generated_at_ms: NOW,
  version_sid: null,
  ...change,
});

const bring = (alerts: ReturnType<typeof alertOf>[], nowMs = NOW) => env.DB.batch(insertAlerts(env.DB, alerts, nowMs));
const dueAt = (triedBeforeMs = NOW) => listDueNotices(env.DB, triedBeforeMs, 100);
const claim = (kind = KIND, nowMs = NOW, triedBeforeMs = NOW) => claimNotice(env.DB, kind, nowMs, triedBeforeMs);

async function requireClaim(kind = KIND, nowMs = NOW, triedBeforeMs = NOW): Promise<ClaimedNotice> {
  const claimed = await claim(kind, nowMs, triedBeforeMs);
  if (claimed === null) throw new Error(`${kind.error_code} was not claimed`);
  return claimed;
}
const told = ({ alert, count }: ClaimedNotice) => [alert.sid, count];

describe("alerts are due", () => {
  test("with the newest of their kind and how many there are, from one flush and the next", async () => {
    await bring([alertOf(1), alertOf(2)]);
    await bring([alertOf(3)], NOW + 1);
    expect(await rows("SELECT due_at FROM alert_notices")).toEqual([{ due_at: NOW }]);
    expect(told(await requireClaim())).toEqual([alertOf(3).sid, 3]);
  });

  test("once, however often a flush is repeated, also after they were told", async () => {
    await bring([alertOf(1), alertOf(2)]);
    await bring([alertOf(1), alertOf(2)]);
    const claimed = await requireClaim();
    expect(told(claimed)).toEqual([alertOf(2).sid, 2]);
    await clearNotice(env.DB, claimed, NOW);
    await bring([alertOf(1), alertOf(2)], NOW + 1);
    expect(await dueAt()).toEqual([]);
  });

  test("in parts of a flush that is large, each alert once", async () => {
    await bring(Array.from({ length: 1_200 }, (_, index) => alertOf(index + 1)));
    expect(told(await requireClaim())).toEqual([alertOf(1_200).sid, 1_200]);
  });

  test("by code and level, where the account is active, has a URL, and wants the level", async () => {
    await keepAccount(OTHER, { level: "error" });
    await keepAccount("ACsuspended", { status: "suspended" });
    await keepAccount("ACnowhere", { url: null });
    const accounts = [ACCOUNT, OTHER, "ACsuspended", "ACnowhere", "ACnobody"];
    const kinds: Partial<Alert>[] = [{}, { log_level: "warning" }, { error_code: 11750 }];
    await bring(accounts.flatMap((account_sid, a) => kinds.map((kind, k) => alertOf(a * 10 + k, { account_sid, ...kind }))));
    const due = (await dueAt()).map(({ account_sid, error_code, log_level }) => `${account_sid.at(-1)} ${error_code} ${log_level}`);
    expect(due.toSorted()).toEqual(["1 11200 error", "1 11200 warning", "1 11750 error", "2 11200 error", "2 11750 error"]);
  });

  test.each(["sid", "error_code", "log_level", "generated_at_ms"] as const)("and one without %s holds up no other", async (name) => {
    await bring([alertOf(1), { ...alertOf(2, { error_code: 11750 }), [name]: null }]);
    expect(await rows("SELECT sid FROM alerts")).toEqual([{ sid: alertOf(1).sid }]);
    expect(told(await requireClaim())).toEqual([alertOf(1).sid, 1]);
    expect(await claim({ ...KIND, error_code: 11750 })).toBeNull();
  });
});

describe("a kind's turn", () => {
  beforeEach(() => bring([alertOf(1)]));

  test("is one run's alone", async () => {
    await requireClaim(KIND, NOW, NOW);
    expect(await claim(KIND, NOW + 1, NOW)).toBeNull();
    expect(await dueAt(NOW)).toEqual([]);
    expect(told(await requireClaim(KIND, NOW + 2, NOW + 1))).toEqual([alertOf(1).sid, 1]);
  });

  test("has the URL as it is now", async () => {
    await changeAlertSettings(drizzle(env.DB), ACCOUNT, { alertUrl: "https://example.com/new" });
    expect((await requireClaim()).alertUrl).toBe("https://example.com/new");
  });

  test("is over for what it told, and not for what came meanwhile", async () => {
    const claimed = await requireClaim();
    await bring([alertOf(2), alertOf(3)]);
    await clearNotice(env.DB, claimed, NOW);
    expect(told(await requireClaim(KIND, NOW + 2, NOW + 1))).toEqual([alertOf(3).sid, 2]);
  });

  test("leaves alone what came due anew after the URL was cleared meanwhile", async () => {
    await bring([alertOf(2)]);
    const claimed = await requireClaim();
    await changeAlertSettings(drizzle(env.DB), ACCOUNT, { alertUrl: null });
    await changeAlertSettings(drizzle(env.DB), ACCOUNT, { alertUrl: "https://example.com/new" });
    await bring([alertOf(3)], NOW + 1);
    await clearNotice(env.DB, claimed, NOW);
    expect(told(await requireClaim(KIND, NOW + 2, NOW + 1))).toEqual([alertOf(3).sid, 1]);
  });

  test("does not come when the level was raised above it, while errors stay due", async () => {
    await bring([alertOf(2, { log_level: "warning" })]);
    await changeAlertSettings(drizzle(env.DB), ACCOUNT, { alertLevel: "error" });
    expect(await dueAt()).toEqual([KIND]);
    expect(await claim({ ...KIND, log_level: "warning" })).toBeNull();
  });

  test("does not come for a suspended account, which costs nothing from then on", async () => {
    await setStatus("suspended");
    expect(await claim()).toBeNull();
    await bring([alertOf(2)]);
    const { db, rowsRead } = countingReads();
    expect(await listDueNotices(db, NOW, 100)).toEqual([]);
    expect(await rowsRead()).toBeLessThanOrEqual(1);
    await setStatus("active");
    expect(await dueAt()).toEqual([]);
  });

  test("is the next run's first for the kinds that did not have one because the URL failed", async () => {
    await bring([alertOf(2, { error_code: 11750 }), alertOf(3, { log_level: "warning" })]);
    await keepAccount(OTHER);
    await bring([alertOf(4, { account_sid: OTHER })]);
    await requireClaim(KIND, NOW, NOW);
    await postponeNotices(env.DB, ACCOUNT, NOW);
    const order = (await dueAt(NOW + 1)).map(({ account_sid, error_code, log_level }) => `${account_sid.at(-1)} ${error_code} ${log_level}`);
    expect([order[0], order[3]]).toEqual(["2 11200 error", "1 11200 error"]);
    expect(order.slice(1, 3).toSorted()).toEqual(["1 11200 warning", "1 11750 error"]);
  });

  test("is given up when it did not come in time", async () => {
    await keepAccount(OTHER);
    await bring([alertOf(2, { account_sid: OTHER })], NOW + 1);
    expect(await giveUpNotices(env.DB, NOW + 1, 10)).toBe(1);
    expect(await dueAt()).toEqual([{ ...KIND, account_sid: OTHER }]);
    await bring([alertOf(3)], NOW + 2);
    expect(told(await requireClaim())).toEqual([alertOf(3).sid, 1]);
  });
});

describe("what a run reads", () => {
  const ROWS_A_STATEMENT = 10;

  test("is a few rows for each kind, although twenty thousand alerts are due behind one dead URL", async () => {
    for (let part = 0; part < 4; part++) await bring(Array.from({ length: 5_000 }, (_, index) => alertOf(part * 5_000 + index + 1)));
    const { db, rowsRead } = countingReads();
    expect(await giveUpNotices(db, NOW - 1, 10_000)).toBe(0);
    expect(await listDueNotices(db, NOW, 100)).toEqual([KIND]);
    const claimed = await claimNotice(db, KIND, NOW, NOW);
    expect(claimed?.count).toBe(20_000);
    await postponeNotices(db, ACCOUNT, NOW);
    expect(await rowsRead()).toBeLessThanOrEqual(6 * ROWS_A_STATEMENT);
  });

  test("does not grow with the accounts that wait", async () => {
    await env.DB.prepare(`INSERT INTO alert_notices (account_sid, error_code, log_level, due_at, due_count, alert_sid, tried_at)
      WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000)
      SELECT printf('AC%032d', n), 11200, 'error', ${NOW}, 1, 'NO1', n FROM numbers`).run();
    const { db, rowsRead } = countingReads();
    expect((await listDueNotices(db, NOW, 100)).map(({ account_sid }) => Number(account_sid.slice(2)))).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    await giveUpNotices(db, NOW, 10_000);
    expect(await rowsRead()).toBeLessThanOrEqual(2 * 101 + 2);
  });
});

import { and, eq, gte, inArray, lt, sql } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import type { StoredAlert } from "../../domain/alert/flush-alerts.ts";
import { retirementText } from "../../domain/alert/retirement-text.ts";
import { pageQuery, type Page, type PageRequest } from "./page.ts";
import { accounts, addOnVersions, alerts, installedAddOns } from "./schema.ts";

export type AlertRow = typeof alerts.$inferSelect;

export type AlertFilter = { logLevel?: string | undefined; startMs?: number | undefined; endMs?: number | undefined };

/** A value of D1 is at most 2 MB. */
const ALERTS_PER_STATEMENT = 500;

/** A request's URL without its query, of which a publisher knows what may be a secret. Of a definition that cannot be read there is none. */
const VERSION_URL = "iif(json_valid(version.definition), version.definition->>'$.request.url', NULL)";

/**
 * In the order of the list, a millisecond apart, so that lists have them in the order in which they came about. The account's level decides
 * here whether one is due to be posted. OR IGNORE: an alert that cannot be stored must not hold up the money in the same flush.
 */
const INSERT_ALERTS = `INSERT OR IGNORE INTO alerts (sid, account_sid, error_code, log_level, alert_text, request_method, request_url, resource_sid,
    service_sid, generated_at, created_at, notice_due_at)
  SELECT alert.value->>'sid', alert.value->>'account_sid', alert.value->>'error_code', alert.value->>'log_level', alert.value->>'alert_text',
    coalesce(alert.value->>'request_method', iif(json_valid(version.definition), version.definition->>'$.request.method', NULL)),
    coalesce(alert.value->>'request_url', substr(${VERSION_URL}, 1, instr(replace(${VERSION_URL}, '#', '?') || '?', '?') - 1)),
    alert.value->>'resource_sid', alert.value->>'service_sid', alert.value->>'generated_at_ms', ?2 + alert.key,
    CASE WHEN account.alert_url IS NOT NULL AND (account.alert_level = 'warning' OR alert.value->>'log_level' = 'error') THEN ?2 + alert.key END
  FROM json_each(?1) AS alert
  LEFT JOIN accounts AS account ON account.sid = alert.value->>'account_sid'
  LEFT JOIN add_on_versions AS version ON version.sid = alert.value->>'version_sid'
  ORDER BY alert.key`;

/** For a batch: the same alerts again change nothing. */
export function insertAlerts(db: D1Database, list: readonly StoredAlert[], nowMs: number): D1PreparedStatement[] {
  const firstAtMs = nowMs - list.length;
  const starts = Array.from({ length: Math.ceil(list.length / ALERTS_PER_STATEMENT) }, (_, index) => index * ALERTS_PER_STATEMENT);
  return starts.map((start) => db.prepare(INSERT_ALERTS).bind(JSON.stringify(list.slice(start, start + ALERTS_PER_STATEMENT)), firstAtMs + start));
}

/** Ours: D1 gives a statement 30 s. */
const ACCOUNTS_TOLD = 100_000;

/**
 * For the batch that retires a version: tells every account that has an install pinned to it, once, if the batch did retire it.
 * @param retiredAtMs what the batch writes as the version's `updatedAt`.
 */
export function insertRetirementAlerts(db: DrizzleD1Database, version: { sid: string; addOnSid: string }, sunsetAtMs: number, retiredAtMs: number) {
  const text = retirementText(version.sid, version.addOnSid, sunsetAtMs);
  const pinned = db.select({ sid: installedAddOns.accountSid }).from(installedAddOns).where(eq(installedAddOns.versionSid, version.sid));
  const retired = db
    .select({ sid: addOnVersions.sid })
    .from(addOnVersions)
    .where(and(eq(addOnVersions.sid, version.sid), eq(addOnVersions.status, "retired"), eq(addOnVersions.updatedAt, retiredAtMs)));
  const told = db
    .select({
      // SQLite has no hash: half of each SID's random bits.
      sid: sql`'NO' || substr(${accounts.sid}, 3, 16) || substr(${version.sid}, 3, 16)`.as("sid"),
      accountSid: accounts.sid,
      errorCode: sql`${61003}`.as("error_code"),
      logLevel: sql`'warning'`.as("log_level"),
      alertText: sql`${text}`.as("alert_text"),
      requestMethod: sql`NULL`.as("request_method"),
      requestUrl: sql`NULL`.as("request_url"),
      resourceSid: sql`${version.sid}`.as("resource_sid"),
      serviceSid: sql`${version.addOnSid}`.as("service_sid"),
      generatedAt: sql`${retiredAtMs}`.as("generated_at"),
      createdAt: sql`${retiredAtMs}`.as("created_at"),
      noticeDueAt: sql`CASE WHEN ${accounts.alertUrl} IS NOT NULL AND ${accounts.alertLevel} = 'warning' THEN ${retiredAtMs} END`.as("notice_due_at"),
    })
    .from(accounts)
    .where(and(inArray(accounts.sid, pinned), sql`EXISTS ${retired}`))
    .limit(ACCOUNTS_TOLD);
  return db.insert(alerts).select(told).onConflictDoNothing();
}

export async function getAlert(db: DrizzleD1Database, accountSid: string, sid: string): Promise<AlertRow | undefined> {
  return db.select().from(alerts).where(and(eq(alerts.accountSid, accountSid), eq(alerts.sid, sid))).get();
}

/** @param filter.logLevel any text: levels that no alert has match nothing. */
export async function listAlerts(db: DrizzleD1Database, accountSid: string, filter: AlertFilter, request: PageRequest): Promise<Page<AlertRow>> {
  const page = pageQuery(request, alerts);
  const where = and(
    eq(alerts.accountSid, accountSid),
    page.where,
    filter.logLevel === undefined ? undefined : sql`${alerts.logLevel} = ${filter.logLevel}`,
    filter.startMs === undefined ? undefined : gte(alerts.createdAt, filter.startMs),
    filter.endMs === undefined ? undefined : lt(alerts.createdAt, filter.endMs),
  );
  const rows = await db.select().from(alerts).where(where).orderBy(...page.orderBy).limit(page.limit).offset(page.offset);
  return page.pageOf(rows, (row) => ({ createdAtMs: row.createdAt, sid: row.sid }));
}

const DELETE_BATCH = `DELETE FROM alerts WHERE rowid IN (
  SELECT number FROM (SELECT rowid AS number, created_at FROM alerts ORDER BY rowid LIMIT ?2) WHERE created_at < ?1)`;

/**
 * Deletes a batch of alerts that are past their time. Rows are in the order of their time, so the first of the table are looked at and no
 * index is needed.
 * @returns how many it deleted; fewer than `limit` when no more are past their time.
 */
export async function deleteOldAlerts(db: D1Database, beforeMs: number, limit: number): Promise<number> {
  const { meta } = await db.prepare(DELETE_BATCH).bind(beforeMs, limit).run();
  return meta.changes;
}

import type { LogLevel } from "../../domain/alert.ts";
import type { NoticedAlert } from "../../domain/alert/notice.ts";
import { storedAlert, type AlertDraft, type StoredAlert } from "../../domain/alert/stored-alert.ts";
import { noteAlerts } from "./alert-notices.ts";
import { pageQuery, type Page, type PageRequest } from "./page.ts";
import { alerts } from "./schema.ts";

export type AlertRow = NoticedAlert & { created_at: number };

const COLUMNS =
  "sid, account_sid, error_code, log_level, alert_text, request_method, request_url, resource_sid, service_sid, generated_at, created_at";
const LOG_LEVELS: readonly LogLevel[] = ["error", "warning"];

/** By when it was stored: from `startMs`, and before `endMs`. */
export type AlertFilter = { logLevel?: LogLevel | undefined; startMs?: number | undefined; endMs?: number | undefined };

/** A value of D1 is at most 2 MB. */
const ALERTS_PER_STATEMENT = 500;

/** A request's URL without its query, of which a publisher knows what may be a secret. Of a definition that cannot be read there is none. */
const VERSION_URL = "iif(json_valid(version.definition), version.definition->>'$.request.url', NULL)";

/**
 * In the order of the list, a millisecond apart, so that lists have them in the order in which they came about. OR IGNORE: an alert that
 * cannot be stored must not hold up the money in the same flush.
 */
const INSERT_ALERTS = `INSERT OR IGNORE INTO alerts (${COLUMNS})
  SELECT alert.value->>'sid', alert.value->>'account_sid', alert.value->>'error_code', alert.value->>'log_level', alert.value->>'alert_text',
    coalesce(alert.value->>'request_method', iif(json_valid(version.definition), version.definition->>'$.request.method', NULL)),
    coalesce(alert.value->>'request_url', substr(${VERSION_URL}, 1, instr(replace(${VERSION_URL}, '#', '?') || '?', '?') - 1)),
    alert.value->>'resource_sid', alert.value->>'service_sid', alert.value->>'generated_at_ms', ?2 + alert.key
  FROM json_each(?1) AS alert
  LEFT JOIN add_on_versions AS version ON version.sid = alert.value->>'version_sid'
  ORDER BY alert.key`;

/** For a batch: the same alerts again change nothing, and are not due to be posted again. */
export function insertAlerts(db: D1Database, list: readonly StoredAlert[], nowMs: number): D1PreparedStatement[] {
  const firstAtMs = nowMs - list.length;
  const starts = Array.from({ length: Math.ceil(list.length / ALERTS_PER_STATEMENT) }, (_, index) => index * ALERTS_PER_STATEMENT);
  return starts.flatMap((start) => {
    const part = JSON.stringify(list.slice(start, start + ALERTS_PER_STATEMENT));
    return [noteAlerts(db, part, nowMs), db.prepare(INSERT_ALERTS).bind(part, firstAtMs + start)];
  });
}

/** The same for alerts that are not part of a flush. @param also what is to be stored with them, in one transaction. */
export async function storeAlerts(db: D1Database, drafts: readonly AlertDraft[], nowMs: number, also: readonly D1PreparedStatement[] = []): Promise<void> {
  await db.batch([...also, ...insertAlerts(db, await Promise.all(drafts.map(storedAlert)), nowMs)]);
}

export async function getAlert(db: D1Database, accountSid: string, sid: string): Promise<AlertRow | null> {
  return db.prepare(`SELECT ${COLUMNS} FROM alerts WHERE account_sid = ?1 AND sid = ?2`).bind(accountSid, sid).first<AlertRow>();
}

/**
 * An ordered index scan for each level, which are merged: one index serves lists with and without a level, and each is a paid write. A
 * cursor narrows the same bounds as the dates, since SQLite begins a scan at one of two bounds, and not at the nearer one.
 */
export async function listAlerts(db: D1Database, accountSid: string, filter: AlertFilter, request: PageRequest): Promise<Page<AlertRow>> {
  const page = pageQuery(request, alerts);
  const { cursor } = request;
  const [after, before] = [cursor?.direction === "after" ? cursor : null, cursor?.direction === "before" ? cursor : null];
  const startMs = Math.max(filter.startMs ?? 0, before?.createdAtMs ?? 0);
  const endMs = Math.min(filter.endMs ?? Number.MAX_SAFE_INTEGER, after === null ? Number.MAX_SAFE_INTEGER : after.createdAtMs + 1);
  const parameters = [accountSid, startMs, endMs, ...(cursor === null ? [] : [cursor.createdAtMs, cursor.sid])];
  const beyond = cursor === null ? "" : `AND (created_at <> ?4 OR sid ${before === null ? "<" : ">"} ?5)`;
  const order = before === null ? "ORDER BY created_at DESC, sid DESC" : "ORDER BY created_at, sid";
  const parts = (filter.logLevel === undefined ? LOG_LEVELS : [filter.logLevel]).map(
    (level) => `SELECT * FROM (SELECT ${COLUMNS} FROM alerts WHERE account_sid = ?1 AND log_level = '${level}' AND created_at >= ?2 AND created_at < ?3 ${beyond}
      ${order} LIMIT ${page.offset + page.limit})`,
  );
  const sql = `${parts.join(" UNION ALL ")} ${order} LIMIT ${page.limit} OFFSET ${page.offset}`;
  const { results } = await db.prepare(sql).bind(...parameters).all<AlertRow>();
  return page.pageOf(results, (row) => ({ createdAtMs: row.created_at, sid: row.sid }));
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

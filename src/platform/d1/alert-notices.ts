import type { LogLevel } from "../../domain/alert.ts";
import type { NoticedAlert } from "../../domain/alert/notice.ts";

/** A kind of alert that an account is to be told of: a code at a level. */
export type AlertKind = { account_sid: string; error_code: number; log_level: LogLevel };

/** The alerts of a kind that one post stands for: the newest of them and how many there are, and to whom it goes as things are now. */
export type ClaimedNotice = {
  kind: AlertKind;
  dueAtMs: number;
  count: number;
  alert: NoticedAlert;
  alertUrl: string;
  /** Encrypted; null for the operator. */
  authToken: string | null;
};

/**
 * For the batch that inserts these alerts, before it does: those that are there already were counted by the flush that brought them. OR
 * IGNORE: what cannot be stored must not hold up the money in the same flush.
 */
const NOTE = `INSERT OR IGNORE INTO alert_notices (account_sid, error_code, log_level, due_at, due_count, alert_sid, tried_at)
  SELECT account_sid, error_code, log_level, ?2, count, sid, 0 FROM (
    SELECT alert.value->>'account_sid' AS account_sid, alert.value->>'error_code' AS error_code, alert.value->>'log_level' AS log_level,
      alert.value->>'sid' AS sid, count(DISTINCT alert.value->>'sid') AS count, max(alert.key)
    FROM json_each(?1) AS alert
    JOIN accounts AS account ON account.sid = alert.value->>'account_sid' AND account.status = 'active' AND account.alert_url IS NOT NULL
      AND (account.alert_level = 'warning' OR alert.value->>'log_level' = 'error')
    WHERE NOT EXISTS (SELECT 1 FROM alerts WHERE alerts.sid = alert.value->>'sid')
    GROUP BY 1, 2, 3)
  WHERE true ON CONFLICT (account_sid, error_code, log_level) DO UPDATE
  SET due_at = coalesce(due_at, excluded.due_at), due_count = due_count + excluded.due_count, alert_sid = excluded.alert_sid`;

/**
 * Makes alerts due to be posted, where their account has a URL and their level is reached.
 * @param list JSON of alerts as they are stored.
 */
export function noteAlerts(db: D1Database, list: string, nowMs: number): D1PreparedStatement {
  return db.prepare(NOTE).bind(list, nowMs);
}

const LIST_DUE = `SELECT account_sid, error_code, log_level FROM alert_notices
  WHERE due_at IS NOT NULL AND tried_at < ?1 ORDER BY tried_at LIMIT ?2`;

/**
 * Those whose turn was the longest ago come first, so that accounts whose URL is dead, however many, do not hold up others in every run.
 * @param triedBeforeMs kinds that had their turn since then are left out.
 */
export async function listDueNotices(db: D1Database, triedBeforeMs: number, limit: number): Promise<AlertKind[]> {
  return (await db.prepare(LIST_DUE).bind(triedBeforeMs, limit).all<AlertKind>()).results;
}

const OF_KIND = "account_sid = ?1 AND error_code = ?2 AND log_level = ?3 AND due_at IS NOT NULL";
const NEWEST = `SELECT alert.sid, alert.account_sid, alert.error_code, alert.log_level, alert.alert_text, alert.request_method, alert.request_url,
    alert.resource_sid, alert.service_sid, alert.generated_at, account.alert_url, account.auth_token
  FROM alerts AS alert JOIN accounts AS account ON account.sid = alert.account_sid AND account.status = 'active' AND account.alert_url IS NOT NULL
  WHERE alert.sid = (SELECT alert_sid FROM alert_notices WHERE ${OF_KIND})`;
/** Of an account that was suspended since, or is gone, the alerts are only listed. */
const DROP_UNTOLD = `UPDATE alert_notices SET due_at = NULL, due_count = 0 WHERE ${OF_KIND} AND NOT EXISTS (${NEWEST})`;
const CLAIM = `UPDATE alert_notices SET tried_at = ?4 WHERE ${OF_KIND} AND tried_at < ?5 RETURNING due_at, due_count`;

/** @returns null when another run had its turn since `triedBeforeMs`, or there is nobody to tell any more. */
export async function claimNotice(db: D1Database, kind: AlertKind, nowMs: number, triedBeforeMs: number): Promise<ClaimedNotice | null> {
  const place = [kind.account_sid, kind.error_code, kind.log_level];
  const [, claims, newest] = await db.batch([
    db.prepare(DROP_UNTOLD).bind(...place),
    db.prepare(CLAIM).bind(...place, nowMs, triedBeforeMs),
    db.prepare(NEWEST).bind(...place),
  ]);
  const claim = (claims?.results as { due_at: number; due_count: number }[] | undefined)?.[0];
  const row = (newest?.results as (NoticedAlert & { alert_url: string; auth_token: string | null })[] | undefined)?.[0];
  if (claim === undefined || row === undefined) return null;
  const { alert_url: alertUrl, auth_token: authToken, ...alert } = row;
  return { kind, dueAtMs: claim.due_at, count: claim.due_count, alert, alertUrl, authToken };
}

const CLEAR = `UPDATE alert_notices SET due_at = iif(due_count > ?5, ?6, NULL), due_count = due_count - ?5
  WHERE account_sid = ?1 AND error_code = ?2 AND log_level = ?3 AND due_at = ?4`;

/** The account has heard of these. Those that came while it was told stay due; what was dropped and came due anew since is left alone. */
export async function clearNotice(db: D1Database, { kind, dueAtMs, count }: ClaimedNotice, nowMs: number): Promise<void> {
  await db.prepare(CLEAR).bind(kind.account_sid, kind.error_code, kind.log_level, dueAtMs, count, nowMs).run();
}

const POSTPONE = "UPDATE alert_notices SET tried_at = ?2 WHERE account_sid = ?1 AND due_at IS NOT NULL AND tried_at < ?2";

/**
 * The account's URL failed for one kind: the others have had their turn with it, or an account with many kinds would come first in every
 * run. They come before that one the next time, since it may be that one that the URL does not take.
 */
export async function postponeNotices(db: D1Database, accountSid: string, nowMs: number): Promise<void> {
  await db.prepare(POSTPONE).bind(accountSid, nowMs - 1).run();
}

const GIVE_UP = `UPDATE alert_notices SET due_at = NULL, due_count = 0
  WHERE rowid IN (SELECT rowid FROM alert_notices WHERE due_at < ?1 ORDER BY due_at LIMIT ?2)`;

/** Gives up on kinds that have been due since before then. @returns how many. */
export async function giveUpNotices(db: D1Database, beforeMs: number, limit: number): Promise<number> {
  const { meta } = await db.prepare(GIVE_UP).bind(beforeMs, limit).run();
  return meta.changes;
}

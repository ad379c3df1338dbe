import type { NoticedAlert } from "../../domain/alert/notice.ts";

/** A kind of alert that an account is to be told of. */
export type DueNotice = { account_sid: string; error_code: number; alert_url: string };

/** The newest of the alerts of a kind that are due, and how many it stands for. `number` is its row's. */
export type ClaimedNotice = { alert: NoticedAlert & { number: number }; count: number };

/** Those that waited the longest come first, so that accounts whose URL is dead, however many, do not hold up others in every run. */
const LIST_DUE = `SELECT due.account_sid, due.error_code, account.alert_url
  FROM (SELECT DISTINCT account_sid, error_code FROM alerts WHERE notice_due_at IS NOT NULL) AS due
  JOIN accounts AS account ON account.sid = due.account_sid AND account.status = 'active' AND account.alert_url IS NOT NULL
  LEFT JOIN alert_notices AS notice ON notice.account_sid = due.account_sid AND notice.error_code = due.error_code
  WHERE coalesce(notice.tried_at, 0) < ?1 ORDER BY coalesce(notice.tried_at, 0) LIMIT ?2`;

/** @param minuteStartMs what was tried in this minute is left out. */
export async function listDueNotices(db: D1Database, minuteStartMs: number, limit: number): Promise<DueNotice[]> {
  return (await db.prepare(LIST_DUE).bind(minuteStartMs, limit).all<DueNotice>()).results;
}

const CLAIM = `INSERT INTO alert_notices (account_sid, error_code, tried_at) VALUES (?1, ?2, ?3)
  ON CONFLICT (account_sid, error_code) DO UPDATE SET tried_at = excluded.tried_at WHERE tried_at < ?4 RETURNING 1`;
const NEWEST = `SELECT rowid AS number, sid, account_sid, error_code, log_level, alert_text, request_method, request_url, resource_sid, service_sid, generated_at
  FROM alerts WHERE account_sid = ?1 AND error_code = ?2 AND notice_due_at IS NOT NULL ORDER BY rowid DESC LIMIT 1`;
const COUNT = "SELECT count(*) AS count FROM alerts WHERE account_sid = ?1 AND error_code = ?2 AND notice_due_at IS NOT NULL";

/** @returns null when another run has claimed this minute, or told the account already. */
export async function claimNotice(db: D1Database, { account_sid, error_code }: DueNotice, nowMs: number, minuteStartMs: number): Promise<ClaimedNotice | null> {
  const [claims, newest, counts] = await db.batch([
    db.prepare(CLAIM).bind(account_sid, error_code, nowMs, minuteStartMs),
    db.prepare(NEWEST).bind(account_sid, error_code),
    db.prepare(COUNT).bind(account_sid, error_code),
  ]);
  const alert = (newest?.results as ClaimedNotice["alert"][] | undefined)?.[0];
  const count = (counts?.results as { count: number }[] | undefined)?.[0]?.count ?? 0;
  return claims?.results.length === 1 && alert !== undefined ? { alert, count } : null;
}

const CLEAR = `UPDATE alerts SET notice_due_at = NULL
  WHERE account_sid = ?1 AND error_code = ?2 AND notice_due_at IS NOT NULL AND rowid <= ?3`;

/** The account has heard of these. Those that came while it was told have later rows, and stay due. */
export async function clearNotice(db: D1Database, { alert: { account_sid, error_code, number } }: ClaimedNotice): Promise<void> {
  await db.prepare(CLEAR).bind(account_sid, error_code, number).run();
}

const FORGET = `UPDATE alerts SET notice_due_at = NULL
  WHERE rowid IN (SELECT rowid FROM alerts INDEXED BY alerts_to_be_noticed WHERE notice_due_at IS NOT NULL AND notice_due_at < ?1 LIMIT ?2)`;

/** Gives up on a batch of alerts that have been due since before then. @returns how many. */
export async function forgetDueAlerts(db: D1Database, beforeMs: number, limit: number): Promise<number> {
  const { meta } = await db.prepare(FORGET).bind(beforeMs, limit).run();
  return meta.changes;
}

import type { DeskClosing } from "../../domain/billing/desk-closing.ts";
import { LEDGER_ACCOUNTS } from "../../domain/billing/ledger.ts";
import { type Month, monthAfter, monthOf } from "../../domain/billing/month.ts";
import type { StatementRole } from "../../domain/billing/statement.ts";

/** Months are closed one after another, from the one in which the first account was made. @returns null while there is no account. */
export async function nextMonthToClose(db: D1Database): Promise<Month | null> {
  const open = await db.prepare("SELECT month FROM closed_months WHERE closed_at IS NULL ORDER BY month LIMIT 1").first<Month>("month");
  if (open !== null) return open;
  const last = await db.prepare("SELECT max(month) AS month FROM closed_months").first<Month | null>("month");
  if (last !== null) return monthAfter(last);
  const firstMs = await db.prepare("SELECT min(created_at) AS at FROM accounts").first<number | null>("at");
  return firstMs === null ? null : monthOf(firstMs);
}

export async function beginClosing(db: D1Database, month: Month, nowMs: number): Promise<void> {
  await db.prepare("INSERT INTO closed_months (month, closed_at, created_at) VALUES (?1, NULL, ?2) ON CONFLICT DO NOTHING").bind(month, nowMs).run();
}

export async function endClosing(db: D1Database, month: Month, nowMs: number): Promise<void> {
  await db.prepare("UPDATE closed_months SET closed_at = ?2 WHERE month = ?1 AND closed_at IS NULL").bind(month, nowMs).run();
}

/**
 * Of every account, whether or not anything is known of it here: what its desk has not handed over is what the month must wait for. In no order, so
 * that those which cannot be closed keep no others waiting.
 */
export async function desksToClose(db: D1Database, month: Month, limit: number): Promise<string[]> {
  const sql = "SELECT sid FROM accounts WHERE NOT EXISTS (SELECT 1 FROM desk_closings WHERE month = ?1 AND desk = accounts.sid) ORDER BY random() LIMIT ?2";
  return (await db.prepare(sql).bind(month, limit).all<{ sid: string }>()).results.map(({ sid }) => sid);
}

export async function keepClosings(db: D1Database, closings: readonly (DeskClosing & { desk: string })[], nowMs: number): Promise<void> {
  const sql = `INSERT INTO desk_closings (desk, month, from_seq, to_seq, events, created_at)
    SELECT value->>'desk', value->>'month', value->>'fromSeq', value->>'toSeq', value->>'events', ?2 FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING`;
  await db.prepare(sql).bind(JSON.stringify(closings), nowMs).run();
}

export async function closingOf(db: D1Database, desk: string, month: Month): Promise<DeskClosing | null> {
  const sql = "SELECT month, from_seq AS fromSeq, to_seq AS toSeq, events FROM desk_closings WHERE month = ?1 AND desk = ?2";
  return db.prepare(sql).bind(month, desk).first<DeskClosing>();
}

const UNSTATED = `NOT EXISTS (SELECT 1 FROM statements WHERE statements.month = ?1 AND statements.account_sid = account.sid AND statements.role = `;

/** Accounts that are still to have their statement of a month: as developers whose desk committed something, as publishers who were owed something. In no order, as above. */
export async function statementsToMake(db: D1Database, month: Month, limit: number): Promise<{ accountSid: string; role: StatementRole }[]> {
  const sql = `SELECT * FROM (SELECT account.desk AS accountSid, 'developer' AS role FROM (SELECT desk, desk AS sid FROM desk_closings WHERE month = ?1 AND to_seq >= from_seq) AS account
      WHERE ${UNSTATED} 'developer')
    UNION ALL
    SELECT account.sid, 'publisher' FROM (SELECT DISTINCT account_sid AS sid FROM add_ons) AS account
      WHERE EXISTS (SELECT 1 FROM ledger_entries WHERE ledger_account = ?2 || account.sid AND month = ?1) AND ${UNSTATED} 'publisher'))
    ORDER BY random() LIMIT ?3`;
  return (await db.prepare(sql).bind(month, LEDGER_ACCOUNTS.payable(""), limit).all<{ accountSid: string; role: StatementRole }>()).results;
}

/** How many desks are still to be closed, and how many statements there are. */
export async function closingProgress(db: D1Database, month: Month): Promise<{ desksLeft: number; statements: number }> {
  const sql = `SELECT
      (SELECT count(*) FROM accounts WHERE NOT EXISTS (SELECT 1 FROM desk_closings WHERE month = ?1 AND desk = accounts.sid)) AS desksLeft,
      (SELECT count(*) FROM statements WHERE statements.month = ?1) AS statements`;
  const progress = await db.prepare(sql).bind(month).first<{ desksLeft: number; statements: number }>();
  return progress ?? { desksLeft: 0, statements: 0 };
}

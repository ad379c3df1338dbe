import { LEDGER_ACCOUNTS } from "../../domain/billing/ledger.ts";
import { type DeskBooks, type DeskRange, type Difference, EVENTS_PER_COMPARISON, INVOCATION_MAX_MS } from "../../domain/billing/reconciliation.ts";
import { forgetDoneTo } from "./done-to.ts";

/** `hasDifference`: as far as is known. */
export type DueRange = DeskRange & { hasDifference: 0 | 1 };

/** Desks that have handed something over since they were found equal, those first that were looked at longest ago. */
export async function desksToReconcile(db: D1Database, startedAtMs: number, limit: number): Promise<DueRange[]> {
  const sql = `SELECT desk, fromSeq, toSeq, hasDifference FROM (
      SELECT accounts.sid AS desk, coalesce(reconciliations.seq, 0) AS fromSeq, coalesce(reconciliations.checked_at, 0) AS checkedAt, reconciliations.difference IS NOT NULL AS hasDifference,
        (SELECT max(seq) FROM desk_checkpoints WHERE desk_checkpoints.desk = accounts.sid) AS toSeq
      FROM accounts LEFT JOIN reconciliations ON reconciliations.desk = accounts.sid)
    WHERE toSeq > fromSeq AND checkedAt < ?1 ORDER BY checkedAt, desk LIMIT ?2`;
  return (await db.prepare(sql).bind(startedAtMs, limit).all<DueRange>()).results;
}

/** From now on all is compared anew: desks from their first segment, transactions from the first one. */
export async function reconcileFromStart(db: D1Database): Promise<void> {
  await db.batch([db.prepare("UPDATE reconciliations SET seq = 0"), forgetDoneTo(db, "transactions")]);
}

/**
 * As much of a range as one query compares. Where there is a difference already, all of it: what is behind it is not to be hidden by it.
 * @returns its last segment, which is the last of a flush.
 */
export async function endOfComparison(db: D1Database, { desk, fromSeq, toSeq, hasDifference }: DueRange): Promise<number> {
  if (hasDifference === 1) return toSeq;
  const sql = `SELECT seq FROM desk_checkpoints WHERE desk = ?1 AND seq > ?2 AND seq < ?3
    AND events >= ?4 + coalesce((SELECT events FROM desk_checkpoints WHERE desk = ?1 AND seq = ?2), 0) ORDER BY seq LIMIT 1`;
  return (await db.prepare(sql).bind(desk, fromSeq, toSeq, EVENTS_PER_COMPARISON).first<number>("seq")) ?? toSeq;
}

type Row = {
  events: number;
  charged: number;
  voided: number;
  ledgerCharged: number;
  ledgerGranted: number;
  unbalanced: number;
  mismatched: number;
  deskEvents: number;
  deskCharged: number;
  deskGranted: number;
};

/**
 * By version and publisher, since a charge that is another publisher's sums up all the same. One query, whose every part is a range of an index.
 * Platform: of at most five SELECTs in a UNION.
 * A charge that was taken back later still counts where it was made, and is taken off where it was taken back. A reversal takes off what its
 * original booked.
 */
const BOOKS = `WITH
  start AS (SELECT coalesce(max(events), 0) AS events, coalesce(max(charged_micros), 0) AS charged, coalesce(max(granted_micros), 0) AS granted, coalesce(max(created_at) - ?5, 0) AS at
    FROM desk_checkpoints WHERE desk = ?1 AND seq = ?2),
  final AS (SELECT events, charged_micros AS charged, granted_micros AS granted FROM desk_checkpoints WHERE desk = ?1 AND seq = ?3),
  made AS (SELECT count(*) AS events, coalesce(sum(price_micros), 0) AS charged FROM invocations
    WHERE account_sid = ?1 AND started_at >= (SELECT at FROM start) AND desk_seq > ?2 AND desk_seq <= ?3),
  taken AS (SELECT coalesce(sum(CASE WHEN desk_seq > ?2 AND desk_seq <= ?3 AND voided_seq > ?3 THEN voided_micros WHEN desk_seq <= ?2 AND voided_seq <= ?3 THEN -voided_micros ELSE 0 END), 0) AS voided
    FROM invocations WHERE account_sid = ?1 AND voided_seq > ?2),
  booked AS (SELECT coalesce(sum(CASE WHEN ledger_account = ?4 AND kind = 'charge' THEN -amount_micros ELSE 0 END), 0) AS charged,
      coalesce(sum(CASE WHEN ledger_account = ?4 AND kind <> 'charge' THEN amount_micros ELSE 0 END), 0) AS granted
    FROM ledger_entries WHERE desk = ?1 AND desk_seq > ?2 AND desk_seq <= ?3),
  lines AS (
    SELECT publisher_sid, version_sid, price_micros AS micros, price_micros > 0 AS quantity FROM invocations
      WHERE account_sid = ?1 AND started_at >= (SELECT at FROM start) AND desk_seq > ?2 AND desk_seq <= ?3 AND price_micros > 0
    UNION ALL SELECT publisher_sid, version_sid, voided_micros, 1 FROM invocations WHERE account_sid = ?1 AND voided_seq > ?3 AND desk_seq > ?2 AND desk_seq <= ?3
    UNION ALL SELECT publisher_sid, version_sid, -voided_micros, -1 FROM invocations WHERE account_sid = ?1 AND voided_seq > ?2 AND voided_seq <= ?3 AND desk_seq <= ?2
    UNION ALL SELECT substr(ledger_account, 9), version_sid, iif(kind = 'charge', -amount_micros, amount_micros), iif(kind = 'charge', -quantity, quantity) FROM ledger_entries
      WHERE desk = ?1 AND desk_seq > ?2 AND desk_seq <= ?3 AND kind IN ('charge', 'reversal') AND ledger_account <> ?4
    UNION ALL SELECT substr(original.ledger_account, 9), original.version_sid, original.amount_micros, original.quantity
      FROM ledger_entries AS reversal JOIN ledger_entries AS original ON original.transaction_id = reversal.cause AND original.ledger_account <> ?4
      WHERE reversal.desk = ?1 AND reversal.desk_seq > ?2 AND reversal.desk_seq <= ?3 AND reversal.kind = 'reversal' AND reversal.ledger_account = ?4),
  wrong AS (SELECT
    (SELECT count(*) FROM (SELECT 1 FROM lines GROUP BY publisher_sid, version_sid HAVING sum(micros) <> 0 OR sum(quantity) <> 0)) AS mismatched,
    (SELECT count(*) FROM (SELECT 1 FROM ledger_entries WHERE desk = ?1 AND desk_seq > ?2 AND desk_seq <= ?3 GROUP BY transaction_id HAVING sum(amount_micros) <> 0)) AS unbalanced)
  SELECT made.events, made.charged, taken.voided, booked.charged AS ledgerCharged, booked.granted AS ledgerGranted, wrong.unbalanced, wrong.mismatched,
    final.events - start.events AS deskEvents, final.charged - start.charged AS deskCharged, final.granted - start.granted AS deskGranted
  FROM made, taken, booked, wrong, start, final`;

/** @returns null when the desk's checkpoint is gone, which its next one shows. */
export async function booksOf(db: D1Database, { desk, fromSeq, toSeq }: DeskRange): Promise<DeskBooks | null> {
  const row = await db.prepare(BOOKS).bind(desk, fromSeq, toSeq, LEDGER_ACCOUNTS.credit(desk), INVOCATION_MAX_MS).first<Row>();
  if (row === null) return null;
  return {
    invocations: { events: row.events, chargedMicros: row.charged + row.voided },
    ledger: { chargedMicros: row.ledgerCharged, grantedMicros: row.ledgerGranted, unbalanced: row.unbalanced, mismatched: row.mismatched },
    checkpoints: { events: row.deskEvents, chargedMicros: row.deskCharged, grantedMicros: row.deskGranted },
  };
}

/** Keeps what was found: from where the desk is equal it is not looked at again, and a difference stands until it is gone. */
export async function keepReconciliation(db: D1Database, { desk, fromSeq, toSeq }: DeskRange, difference: Difference | null, nowMs: number): Promise<void> {
  const sql = `INSERT INTO reconciliations (desk, seq, difference, checked_at) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (desk) DO UPDATE SET seq = excluded.seq, difference = excluded.difference, checked_at = excluded.checked_at`;
  await db
    .prepare(sql)
    .bind(desk, difference === null ? toSeq : fromSeq, difference === null ? null : JSON.stringify(difference), nowMs)
    .run();
}

/** Keeps that a desk could not be compared: others come before it the next time. */
export async function keepUncompared(db: D1Database, { desk, fromSeq }: DeskRange, nowMs: number): Promise<void> {
  const sql = "INSERT INTO reconciliations (desk, seq, checked_at) VALUES (?1, ?2, ?3) ON CONFLICT (desk) DO UPDATE SET checked_at = excluded.checked_at";
  await db.prepare(sql).bind(desk, fromSeq, nowMs).run();
}

export async function listDifferences(db: D1Database, limit: number): Promise<Difference[]> {
  const { results } = await db.prepare("SELECT difference FROM reconciliations WHERE difference IS NOT NULL ORDER BY desk LIMIT ?1").bind(limit).all<{ difference: string }>();
  return results.map(({ difference }) => JSON.parse(difference));
}

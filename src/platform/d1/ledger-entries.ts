import type { LedgerEntry } from "../../domain/billing/ledger.ts";
import type { Month } from "../../domain/billing/month.ts";

/** In the order of `LedgerEntry`'s properties as the select below names them. */
const COLUMNS = "transaction_id, ledger_account, amount_micros, kind, cause, version_sid, quantity, month, desk, desk_seq, reason, created_at";

const SELECT_OF_JSON = `SELECT value->>'transactionId', value->>'ledgerAccount', value->>'amountMicros', value->>'kind', value->>'cause', value->>'versionSid',
    value->>'quantity', value->>'month', value->>'desk', value->>'deskSeq', value->>'reason', value->>'createdAtMs' FROM json_each(?1)`;

/**
 * For a batch: the same entries again change nothing.
 * @param condition on which they are inserted, in SQL over `?2`.
 */
export function insertEntries(db: D1Database, entries: readonly LedgerEntry[], condition?: { sql: string; value: string }): D1PreparedStatement[] {
  if (entries.length === 0) return [];
  const sql = `INSERT INTO ledger_entries (${COLUMNS}) ${SELECT_OF_JSON} WHERE ${condition?.sql ?? "true"} ON CONFLICT (transaction_id, ledger_account) DO NOTHING`;
  return [db.prepare(sql).bind(JSON.stringify(entries), ...(condition === undefined ? [] : [condition.value]))];
}

export type EntryRow = Pick<LedgerEntry, "transactionId" | "ledgerAccount" | "kind" | "cause" | "versionSid" | "quantity" | "amountMicros" | "desk" | "deskSeq" | "reason" | "createdAtMs">;

const ENTRY = `SELECT transaction_id AS transactionId, ledger_account AS ledgerAccount, kind, cause, version_sid AS versionSid, quantity, amount_micros AS amountMicros, desk, desk_seq AS deskSeq, reason,
  created_at AS createdAtMs FROM ledger_entries`;

/** Where a page of entries begins: after this one. */
export type EntryPlace = { createdAtMs: number; transactionId: string };

/** The entries of an account that are booked in a month, in the order of their time: so many after a place, or from the first. */
export async function entriesAfter(db: D1Database, ledgerAccount: string, month: Month, place: EntryPlace | null, limit: number): Promise<EntryRow[]> {
  const { results } = await db
    .prepare(`${ENTRY} WHERE ledger_account = ?1 AND month = ?2 AND (created_at, transaction_id) > (?3, ?4) ORDER BY created_at, transaction_id LIMIT ?5`)
    .bind(ledgerAccount, month, place?.createdAtMs ?? -1, place?.transactionId ?? "", limit)
    .all<EntryRow>();
  return results;
}

/** The entries of one transaction; none when there is no such transaction. */
export async function entriesOfTransaction(db: D1Database, transactionId: string): Promise<EntryRow[]> {
  return (await db.prepare(`${ENTRY} WHERE transaction_id = ?1`).bind(transactionId).all<EntryRow>()).results;
}

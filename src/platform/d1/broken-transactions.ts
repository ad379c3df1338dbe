import { doneTo, keepDoneTo } from "./done-to.ts";

const BROKEN = `SELECT DISTINCT transaction_id AS id FROM ledger_entries AS entry
  WHERE rowid > ?1 AND rowid <= ?2 AND desk IS NULL AND (
    (SELECT sum(amount_micros) FROM ledger_entries WHERE transaction_id = entry.transaction_id) <> 0
    OR kind = 'reversal' AND NOT EXISTS (SELECT 1 FROM ledger_entries AS original
      WHERE original.transaction_id = entry.cause AND original.ledger_account = entry.ledger_account AND original.amount_micros = -entry.amount_micros))
  ORDER BY id LIMIT ?3`;

/**
 * What no desk decided (fees, payments, and reversals of these) and does not sum to zero or is not the opposite of what it points to. It is found again
 * until it is mended, and so is looked for from there on.
 */
export async function brokenTransactions(db: D1Database, limit: number): Promise<string[]> {
  const last = (await db.prepare("SELECT max(rowid) AS row FROM ledger_entries").first<number | null>("row")) ?? 0;
  const { results } = await db.prepare(BROKEN).bind(await doneTo(db, "transactions"), last, limit).all<{ id: string }>();
  if (results.length === 0) await keepDoneTo(db, "transactions", last).run();
  return results.map(({ id }) => id);
}

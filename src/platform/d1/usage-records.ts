/** What an account was charged for one add-on, from one day to another. */
export type UsageRow = { add_on_sid: string; unique_name: string; friendly_name: string; quantity: number; micros: number };

/**
 * From the ledger, whose entries are one for each flush and version: what stands there is what was deducted. A charge that was taken back
 * stands there too, as less, and so does one that was reversed. Credits name no version.
 */
const USAGE = `SELECT version.add_on_sid, add_on.unique_name, coalesce(newest.definition->>'$.friendly_name', add_on.unique_name) AS friendly_name,
    sum(entry.quantity) AS quantity, -sum(entry.amount_micros) AS micros
  FROM ledger_entries AS entry
  JOIN add_on_versions AS version ON version.sid = entry.version_sid
  JOIN add_ons AS add_on ON add_on.sid = version.add_on_sid
  LEFT JOIN add_on_versions AS newest ON newest.sid = add_on.active_version_sid
  WHERE entry.ledger_account = ?1 AND entry.created_at >= ?2 AND entry.created_at < ?3
  GROUP BY version.add_on_sid ORDER BY add_on.unique_name`;

export async function listUsage(db: D1Database, accountSid: string, startMs: number, endMs: number): Promise<UsageRow[]> {
  return (await db.prepare(USAGE).bind(`credit:${accountSid}`, startMs, endMs).all<UsageRow>()).results;
}

/** When the account was first charged; null when it never was. */
export async function firstChargedAt(db: D1Database, accountSid: string): Promise<number | null> {
  const sql = "SELECT min(created_at) AS at FROM ledger_entries WHERE ledger_account = ?1 AND kind = 'charge'";
  return db.prepare(sql).bind(`credit:${accountSid}`).first<number | null>("at");
}

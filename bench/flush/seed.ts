import { randomBytes } from "node:crypto";
import { requestSid } from "../../src/domain/sid.ts";
import type { Database } from "./audit.ts";
import { priceMicros } from "./invocations.ts";

/** Each has as many rows as the others, in flushes of so many of one version. */
const accountCount = 200;
const flushedTogether = 50;
const versionCount = 60;
const grantedMicros = 10_000_000_000;

/** Their SIDs go in as one value, and D1 takes 2 MB in one. */
const rowsAtOnce = 20_000;

/** A SID of its own for each number, in another order than the numbers. */
const sid = (prefix: string, number: string) => `printf('${prefix}%08x%024x', (${number} * 2654435761) & 4294967295, ${number})`;

const numbers = "WITH RECURSIVE numbers(n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?2)";

/** Of row `n`: its account, which of its desk's flushes it came with, whose version it was of, and when. */
const seededRows = `WITH seeded AS MATERIALIZED (
  SELECT value AS sid, n, n % ${accountCount} AS account, n / ${accountCount} / ${flushedTogether} + 1 AS flush,
    (n % ${accountCount} * 7 + n / ${accountCount} / ${flushedTogether}) % ${versionCount} AS version, ?3 + n * ?4 AS at
  FROM (SELECT value, ?1 + key AS n FROM json_each(?2)))`;

const insertInvocations = `INSERT INTO invocations (sid, account_sid, publisher_sid, add_on_sid, version_sid, configuration_sid, integration_point,
    status, code, price_micros, started_at, duration_ms, desk_seq, details)
  ${seededRows}
  SELECT sid, ${sid("AC", "account")}, ${sid("AC", "(1000 + version)")}, ${sid("XB", "version")}, ${sid("XC", "version")},
    ${sid("XE", "(account * 1000 + version)")}, 'lookup', 'successful', NULL, ${priceMicros}, at, 20 + n % 400, flush, ?5
  FROM seeded`;

/** Of flush `n`: the same as of its rows. */
const seededFlushes = `${numbers}, seeded AS MATERIALIZED (
  SELECT n, n % ${accountCount} AS account, n / ${accountCount} + 1 AS flush, (n % ${accountCount} * 7 + n / ${accountCount}) % ${versionCount} AS version,
    ?3 + n * ${flushedTogether} * ?4 AS at
  FROM numbers)`;

const insertCharges = `INSERT INTO ledger_entries (transaction_id, ledger_account, amount_micros, kind, cause, version_sid, quantity, created_at, month, desk, desk_seq)
  ${seededFlushes}, sides(side, sign) AS (VALUES ('credit:', -1), ('payable:', 1))
  SELECT ${sid("AC", "account")} || '/' || flush || '-' || flush || '/' || ${sid("XC", "version")},
    side || CASE sign WHEN 1 THEN ${sid("AC", "(1000 + version)")} ELSE ${sid("AC", "account")} END, sign * ${flushedTogether * priceMicros}, 'charge',
    ${sid("AC", "account")} || '/' || flush || '-' || flush, ${sid("XC", "version")}, ${flushedTogether}, at,
    strftime('%Y-%m', at / 1000, 'unixepoch'), ${sid("AC", "account")}, flush
  FROM seeded, sides`;

const insertCredits = `INSERT INTO ledger_entries (transaction_id, ledger_account, amount_micros, kind, cause, version_sid, quantity, created_at, month, desk, desk_seq)
  ${numbers}, sides(side, sign) AS (VALUES ('credit:', 1), ('funding', -1))
  SELECT ${sid("CR", "n")}, side || CASE sign WHEN 1 THEN ${sid("AC", "n")} ELSE '' END, sign * ${grantedMicros}, 'credit', ${sid("CR", "n")}, NULL, 1, ?3,
    strftime('%Y-%m', ?3 / 1000, 'unixepoch'), ${sid("AC", "n")}, 1
  FROM numbers, sides`;

const insertCheckpoints = `INSERT INTO desk_checkpoints (desk, seq, from_seq, events, charged_micros, granted_micros, created_at)
  ${seededFlushes}
  SELECT ${sid("AC", "account")}, flush, flush, flush * ${flushedTogether}, flush * ${flushedTogether * priceMicros}, ${grantedMicros}, at FROM seeded`;

const monthMs = 30 * 86_400_000;

/**
 * A month of many accounts' invocations and the books that go with them. Their SIDs begin with their second as the real ones do, and are random
 * after it.
 * @param details of one row that the gateway wrote
 */
export async function seed(db: Database, rowCount: number, details: string): Promise<void> {
  const fromMs = Date.now() - monthMs;
  const stepMs = Math.floor(monthMs / rowCount);
  const insert = async (sql: string, count: number, ...more: readonly unknown[]) => void (await db.prepare(sql).bind(0, count, fromMs, ...more).run());
  for (let from = 0; from < rowCount; from += rowsAtOnce) {
    const sids = Array.from({ length: Math.min(rowsAtOnce, rowCount - from) }, (_, index) => requestSid(fromMs + (from + index) * stepMs, randomBytes(12)));
    await db.prepare(insertInvocations).bind(from, JSON.stringify(sids), fromMs, stepMs, details).run();
  }
  await insert(insertCharges, rowCount / flushedTogether, stepMs);
  await insert(insertCheckpoints, rowCount / flushedTogether, stepMs);
  await insert(insertCredits, accountCount);
}

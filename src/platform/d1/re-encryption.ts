import type { EncryptionKey, Settings } from "../../env.ts";
import { decryptText, encryptText, prefixOf } from "../encryption.ts";

type Keys = Settings["encryptionKeys"];
type Row = { sid: string; ciphertext: string };

/** Every column that is encrypted at rest. A desk's idempotent answers are not here: they end after a day. */
export const ENCRYPTED_COLUMNS = [
  { table: "accounts", column: "auth_token" },
  { table: "accounts", column: "secondary_auth_token" },
  { table: "accounts", column: "log_key" },
  { table: "accounts", column: "upstream_auth_token" },
  { table: "add_ons", column: "credentials" },
] as const;

type EncryptedColumn = (typeof ENCRYPTED_COLUMNS)[number];

/** @property unreadable rows that the previous key does not decrypt, though they name it. */
export type ReEncrypted = { done: number; unreadable: number; last: string | null };

/**
 * Encrypts a batch of one column's rows, from the previous key to the current one.
 * @param afterSid where the batch before ended, so that a row which cannot be read does not hold up those behind it.
 * @returns the last row's SID; null when there was no row left.
 */
export async function reEncryptBatch(db: D1Database, keys: Keys, encrypted: EncryptedColumn, afterSid: string, limit: number): Promise<ReEncrypted> {
  const { table, column } = encrypted;
  if (keys.previous === null) return { done: 0, unreadable: 0, last: null };
  // Not LIKE: an underscore of the key's id would stand for any character.
  const select = `SELECT sid, ${column} AS ciphertext FROM ${table} WHERE sid > ?1 AND substr(${column}, 1, length(?2)) = ?2 ORDER BY sid LIMIT ?3`;
  const { results } = await db.prepare(select).bind(afterSid, prefixOf(keys.previous), limit).all<Row>();
  const changes = (await Promise.all(results.map((row) => reEncrypt(keys, encrypted, row)))).filter((change) => change !== null);
  // Only where the text is still the one that was read: a token or credentials that were replaced meanwhile stay.
  const update = `UPDATE ${table} SET ${column} = change.after
    FROM (SELECT value->>0 AS sid, value->>1 AS before, value->>2 AS after FROM json_each(?1)) AS change
    WHERE ${table}.sid = change.sid AND ${table}.${column} = change.before`;
  const written = changes.length === 0 ? null : await db.prepare(update).bind(JSON.stringify(changes)).run();
  return { done: written?.meta.changes ?? 0, unreadable: results.length - changes.length, last: results.at(-1)?.sid ?? null };
}

/** @returns SID, text before and text after; null when the text cannot be read. */
async function reEncrypt(keys: Keys, { table, column }: EncryptedColumn, { sid, ciphertext }: Row): Promise<[string, string, string] | null> {
  const place = `${table}.${column}/${sid}`;
  try {
    return [sid, ciphertext, await encryptText(keys, place, await decryptText(keys, place, ciphertext))];
  } catch {
    // Counted, and found among those that are left: the operator must not drop the key.
    return null;
  }
}

/** How many texts are not under this key. */
export async function countNotUnder(db: D1Database, key: EncryptionKey): Promise<number> {
  const counts = ENCRYPTED_COLUMNS.map(
    ({ table, column }) => `(SELECT count(*) FROM ${table} WHERE ${column} IS NOT NULL AND substr(${column}, 1, length(?1)) <> ?1)`,
  );
  return (await db.prepare(`SELECT ${counts.join(" + ")} AS left`).bind(prefixOf(key)).first<number>("left")) ?? 0;
}

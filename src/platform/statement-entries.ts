import { publicTransaction } from "../domain/billing/public-transaction.ts";
import type { Month } from "../domain/billing/month.ts";
import type { StatementRole } from "../domain/billing/statement.ts";
import { ENTRIES_PER_PART, ENTRY_COLUMNS, entryRow } from "../domain/billing/statement-file.ts";
import { csvLine, csvRows } from "../domain/csv.ts";
import { hmacKey } from "../domain/request/signature.ts";
import type { Settings } from "../env.ts";
import { type EntryRow, entriesAfter } from "./d1/ledger-entries.ts";
import { ledgerAccountOf } from "./d1/statements.ts";
import { decryptText } from "./encryption.ts";

type EntryPorts = { d1: D1Database; settings: Pick<Settings, "encryptionKeys"> };

/** What a reader is to know transactions by. */
export type TransactionNames = (transactionId: string) => Promise<string> | string;

/** By their IDs: for who made them, and for the operator. */
export const byId: TransactionNames = (transactionId) => transactionId;

/** For the account's own statement in a role: a publisher learns no developer's account, which is part of an ID. */
export async function transactionNames({ d1, settings }: EntryPorts, role: StatementRole, accountSid: string): Promise<TransactionNames> {
  if (role === "developer") return byId;
  const logKey = await d1.prepare("SELECT log_key FROM accounts WHERE sid = ?1").bind(accountSid).first<string>("log_key");
  if (logKey === null) throw new Error(`the account ${accountSid} is gone`);
  const key = await hmacKey("SHA-256", await decryptText(settings.encryptionKeys, `accounts.log_key/${accountSid}`, logKey));
  return (transactionId) => publicTransaction(key, transactionId);
}

export const ENTRIES_HEADER = csvLine(ENTRY_COLUMNS);

/** A part of the entries file. */
export async function entryLines(entries: readonly EntryRow[], names: TransactionNames): Promise<string> {
  return csvRows(await Promise.all(entries.map(async (entry) => entryRow(await names(entry.transactionId), entry))));
}

/** The file that lists an account's entries of a month: its header, then part after part, each read as it is asked for. */
export async function* entriesFile(d1: D1Database, role: StatementRole, accountSid: string, month: Month, names: TransactionNames): AsyncGenerator<string> {
  yield ENTRIES_HEADER;
  for (let place: EntryRow | null = null; ; ) {
    const part: EntryRow[] = await entriesAfter(d1, ledgerAccountOf(role, accountSid), month, place, ENTRIES_PER_PART);
    if (part.length > 0) yield await entryLines(part, names);
    if (part.length < ENTRIES_PER_PART) return;
    place = part.at(-1) ?? null;
  }
}

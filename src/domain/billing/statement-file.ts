import { sha256Hex } from "../bytes.ts";
import { utcDayOf } from "../utc-date.ts";
import { sixDecimalsOfMicros } from "./money.ts";
import { periodOf, type StatementDocument, type StatementEntry } from "./statement.ts";

/** A statement as its JSON, HTML and CSV say it: amounts in dollars with six decimals, days as 2026-01-31. */
export function statementText(document: StatementDocument) {
  const { startMs, endMs } = periodOf(document.month);
  const { credit, invocations } = document;
  return {
    role: document.role,
    month: document.month,
    start_date: utcDayOf(startMs),
    end_date: utcDayOf(endMs),
    currency: "USD" as const,
    lines: document.lines.map((line) => ({
      add_on_sid: line.addOnSid,
      add_on_version_sid: line.versionSid,
      unique_name: line.uniqueName,
      version: line.number,
      quantity: line.quantity,
      amount: sixDecimalsOfMicros(line.amountMicros),
      fee_percent: document.role === "publisher" ? line.feePercent : null,
      fee: sixDecimalsOfMicros(line.feeMicros),
      net: sixDecimalsOfMicros(line.amountMicros - line.feeMicros),
    })),
    quantity: document.quantity,
    amount: sixDecimalsOfMicros(document.amountMicros),
    fee: sixDecimalsOfMicros(document.feeMicros),
    net: sixDecimalsOfMicros(document.netMicros),
    credit: credit && { opening: sixDecimalsOfMicros(credit.openingMicros), added: sixDecimalsOfMicros(credit.addedMicros), closing: sixDecimalsOfMicros(credit.closingMicros) },
    invocations: invocations && { count: invocations.count, first_seq: invocations.firstSeq, last_seq: invocations.lastSeq },
    entries: document.entries,
  };
}

export type StatementText = ReturnType<typeof statementText>;

/** The columns of a statement's entries file. */
export const ENTRY_COLUMNS = ["transaction", "kind", "add_on_version_sid", "quantity", "amount", "date_created"] as const;

type EntryCells = [transaction: string, kind: string, versionSid: string, quantity: number, amount: string, dateCreated: string];

/** @param transaction what the reader knows the entry's transaction by. */
export function entryRow(transaction: string, { kind, versionSid, quantity, amountMicros, createdAtMs }: StatementEntry): EntryCells {
  return [transaction, kind, versionSid ?? "", quantity, sixDecimalsOfMicros(amountMicros), new Date(createdAtMs).toISOString()];
}

/**
 * The entries file is hashed in parts of so many rows, each together with the hash before it, so that a month of millions of entries can be summed in several
 * runs: SHA-256 of the header's line, then of that in hex and the first part's lines, and so on.
 */
export const ENTRIES_PER_PART = 5_000;

/** @param before of the parts before it; null for the header's line. */
export const partSha256 = (before: string | null, lines: string): Promise<string> => sha256Hex((before ?? "") + lines);

/** The columns of a statement's own CSV: its lines, and their sum. */
export const LINE_COLUMNS = ["unique_name", "version", "add_on_sid", "add_on_version_sid", "quantity", "amount", "fee_percent", "fee", "net"] as const;

export function lineRows({ lines, quantity, amount, fee, net }: StatementText): (string | number)[][] {
  return [
    ...lines.map((line) => [line.unique_name, line.version, line.add_on_sid, line.add_on_version_sid, line.quantity, line.amount, line.fee_percent ?? "", line.fee, line.net]),
    ["total", "", "", "", quantity, amount, "", fee, net],
  ];
}

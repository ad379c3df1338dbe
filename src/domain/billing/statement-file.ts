import { sha256Hex } from "../bytes.ts";
import { sixDecimalsOfMicros } from "./money.ts";
import { periodOf, type StatementDocument, type StatementEntry } from "./statement.ts";

/** A statement as its JSON, HTML and CSV say it: amounts in dollars with six decimals, days as 2026-01-31. */
export function statementText(document: StatementDocument) {
  const { startMs, endMs } = periodOf(document.month);
  const { credit, invocations } = document;
  return {
    role: document.role,
    month: document.month,
    start_date: dayOf(startMs),
    end_date: dayOf(endMs),
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

const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/** The columns of a statement's entries file, whose SHA-256 the statement says. */
export const ENTRY_COLUMNS = ["transaction", "kind", "add_on_version_sid", "quantity", "amount", "date_created"] as const;

export type EntryRow = [transaction: string, kind: string, versionSid: string, quantity: number, amount: string, dateCreated: string];

/**
 * One entry's row. A developer's account is part of its transactions' IDs, and no publisher is told it: it gets a digest in place of the ID, by which the
 * operator still finds the transaction.
 */
export async function entryRow(role: StatementDocument["role"], { transactionId, kind, versionSid, quantity, amountMicros, createdAtMs }: StatementEntry): Promise<EntryRow> {
  const transaction = role === "developer" ? transactionId : await publicTransaction(transactionId);
  return [transaction, kind, versionSid ?? "", quantity, sixDecimalsOfMicros(amountMicros), new Date(createdAtMs).toISOString()];
}

/** What a publisher knows a transaction by. */
export const publicTransaction = async (transactionId: string): Promise<string> => (await sha256Hex(transactionId)).slice(0, 32);

/** The columns of a statement's own CSV: its lines, and their sum. */
export const LINE_COLUMNS = ["unique_name", "version", "add_on_sid", "add_on_version_sid", "quantity", "amount", "fee_percent", "fee", "net"] as const;

export function lineRows({ lines, quantity, amount, fee, net }: StatementText): (string | number)[][] {
  return [
    ...lines.map((line) => [line.unique_name, line.version, line.add_on_sid, line.add_on_version_sid, line.quantity, line.amount, line.fee_percent ?? "", line.fee, line.net]),
    ["total", "", "", "", quantity, amount, "", fee, net],
  ];
}

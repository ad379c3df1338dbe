import type { Alert } from "../alert.ts";
import type { DeskTotals } from "./credit.ts";
import type { InvocationRecord } from "./invocation-record.ts";
import type { Month } from "./month.ts";

/** What one flush carries from a desk to the books: all that it committed from one segment to another. */
export type DeskFlush = {
  /** The account's SID. */
  desk: string;
  fromSeq: number;
  toSeq: number;
  /** When `toSeq` was committed, so that a repeated flush is the same. */
  committedAtMs: number;
  /** Whose statements count it. */
  month: Month;
  /** The desk's totals after `toSeq`. */
  totals: DeskTotals;
  records: InvocationRecord[];
  /** Each as the failure that was answered. `micros`: what had been charged for it; null when it was never recorded. */
  voids: { micros: number | null; record: InvocationRecord }[];
  credits: BookedCredit[];
  alerts: readonly Alert[];
};

/** A credit, or the reversal of a charge or a credit. */
export type BookedCredit = {
  /** Of the ledger's transaction: the credit's SID, or `reversalOf` the transaction that is reversed. */
  sid: string;
  micros: number;
  grantedAtMs: number;
  reason?: string;
  reverses?: Reversed;
};

/** A transaction that is taken back: its entries, which the reversal repeats with the opposite sign. */
export type Reversed = { transactionId: string; entries: readonly ReversedEntry[] };

export type ReversedEntry = Pick<LedgerEntry, "ledgerAccount" | "amountMicros" | "versionSid" | "quantity">;

export type LedgerEntry = {
  transactionId: string;
  ledgerAccount: string;
  /** Positive: the ledger account's claim grows. */
  amountMicros: number;
  kind: "charge" | "credit" | "reversal" | "fee" | "payout";
  cause: string;
  versionSid: string | null;
  quantity: number;
  /** These three are null for fees and payouts, which follow from statements. */
  month: Month | null;
  desk: string | null;
  deskSeq: number | null;
  reason: string | null;
  createdAtMs: number;
};

/** Where money stands. All of them together are 0 at any time. */
export const LEDGER_ACCOUNTS = {
  /** Where credit comes from: its negative balance is all that developers were ever granted. */
  funding: "funding",
  /** The fees of all publishers' statements. */
  marketplace: "marketplace",
  /** What a developer may still spend. */
  credit: (accountSid: string): string => `credit:${accountSid}`,
  /** What a publisher is owed. */
  payable: (accountSid: string): string => `payable:${accountSid}`,
  /** What a publisher was paid. */
  paidOut: (accountSid: string): string => `paid_out:${accountSid}`,
} as const;

/** A transaction is reversed once: its reversal's ID follows from its own. */
export const reversalOf = (transactionId: string): string => `${transactionId}/reversal`;

/**
 * The double entries of a flush: one transaction for each add-on version that was charged in it, one for each credit, and one for each
 * reversal. The entries of a transaction sum to zero. A void takes its charge back, in this flush or against an earlier one.
 */
export function ledgerEntriesOf(flush: DeskFlush): LedgerEntry[] {
  const { desk, fromSeq, toSeq, month, committedAtMs } = flush;
  const cause = `${desk}/${fromSeq}-${toSeq}`;
  const decided = { month, desk, deskSeq: toSeq };
  const charges = [...chargesByVersion(flush)].flatMap(([versionSid, { publisherSid, micros, quantity }]) =>
    micros === 0 && quantity === 0
      ? []
      : transfer(LEDGER_ACCOUNTS.credit(desk), LEDGER_ACCOUNTS.payable(publisherSid), micros, {
          ...decided,
          transactionId: `${cause}/${versionSid}`,
          kind: "charge",
          cause,
          versionSid,
          quantity,
          reason: null,
          createdAtMs: committedAtMs,
        }),
  );
  const credits = flush.credits.flatMap((credit) => (credit.reverses === undefined ? creditEntries(credit, decided) : reversalEntries(credit, credit.reverses, decided)));
  return [...charges, ...credits];
}

type Decided = Pick<LedgerEntry, "month" | "desk" | "deskSeq">;

function creditEntries({ sid, micros, grantedAtMs, reason = "" }: BookedCredit, decided: Decided & { desk: string }): LedgerEntry[] {
  const rest = { ...decided, transactionId: sid, kind: "credit" as const, cause: sid, versionSid: null, quantity: 1, reason, createdAtMs: grantedAtMs };
  return transfer(LEDGER_ACCOUNTS.funding, LEDGER_ACCOUNTS.credit(decided.desk), micros, rest);
}

/** The original's entries with the opposite sign; the cause points to it. */
export function reversalEntries({ sid, grantedAtMs, reason = "" }: Omit<BookedCredit, "micros">, { transactionId, entries }: Reversed, decided: Decided): LedgerEntry[] {
  return entries.map(({ ledgerAccount, amountMicros, versionSid, quantity }) => ({
    ...decided,
    transactionId: sid,
    ledgerAccount,
    amountMicros: -amountMicros,
    kind: "reversal",
    cause: transactionId,
    versionSid,
    quantity: -quantity,
    reason,
    createdAtMs: grantedAtMs,
  }));
}

type Charge = { publisherSid: string; micros: number; quantity: number };

function chargesByVersion({ records, voids }: DeskFlush): Map<string, Charge> {
  const charges = new Map<string, Charge>();
  const add = ({ request_sid, version_sid, publisher_sid }: InvocationRecord, micros: number, quantity: number): void => {
    // Money that could not be booked must stop the flush, where it is seen, instead of being left out.
    if (version_sid === null || publisher_sid === null) throw new Error(`${request_sid} is charged and names no publisher or version`);
    const charge = charges.get(version_sid) ?? { publisherSid: publisher_sid, micros: 0, quantity: 0 };
    charges.set(version_sid, { ...charge, micros: charge.micros + micros, quantity: charge.quantity + quantity });
  };
  for (const record of records) {
    if (record.price_micros > 0) add(record, record.price_micros, 1);
  }
  for (const { micros, record } of voids) {
    if (micros !== null && micros > 0) add(record, -micros, -1);
  }
  return charges;
}

/** Two entries that sum to zero. */
export function transfer(from: string, to: string, micros: number, rest: Omit<LedgerEntry, "ledgerAccount" | "amountMicros">): LedgerEntry[] {
  return [
    { ...rest, ledgerAccount: from, amountMicros: -micros },
    { ...rest, ledgerAccount: to, amountMicros: micros },
  ];
}

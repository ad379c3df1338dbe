import type { Alert } from "../alert.ts";
import type { DeskTotals } from "./credit.ts";
import type { InvocationRecord } from "./invocation-record.ts";

/** What one flush carries from a desk to the books: all that it committed from one segment to another. */
export type DeskFlush = {
  /** The account's SID. */
  desk: string;
  fromSeq: number;
  toSeq: number;
  /** When `toSeq` was committed, so that a repeated flush is the same. */
  committedAtMs: number;
  /** The desk's totals after `toSeq`. */
  totals: DeskTotals;
  records: InvocationRecord[];
  /** Each as the failure that was answered. `micros`: what had been charged for it; null when it was never recorded. */
  voids: { micros: number | null; record: InvocationRecord }[];
  credits: { sid: string; micros: number; grantedAtMs: number }[];
  alerts: readonly Alert[];
};

export type LedgerEntry = {
  transactionId: string;
  ledgerAccount: string;
  /** Positive: the ledger account's claim grows. */
  amountMicros: number;
  kind: "charge" | "credit";
  cause: string;
  versionSid: string | null;
  quantity: number;
  createdAtMs: number;
};

/** Where credit comes from: its negative balance is all that developers were ever granted. */
const FUNDING = "funding";

/**
 * The double entries of a flush: one transaction for each add-on version that was charged in it, and one for each credit. The
 * entries of a transaction sum to zero. A void takes its charge back, in this flush or against an earlier one.
 */
export function ledgerEntriesOf(flush: DeskFlush): LedgerEntry[] {
  const cause = `${flush.desk}/${flush.fromSeq}-${flush.toSeq}`;
  const charges = [...chargesByVersion(flush)].flatMap(([versionSid, { publisherSid, micros, quantity }]) =>
    micros === 0 && quantity === 0
      ? []
      : transfer(`credit:${flush.desk}`, `payable:${publisherSid}`, micros, {
          transactionId: `${cause}/${versionSid}`,
          kind: "charge",
          cause,
          versionSid,
          quantity,
          createdAtMs: flush.committedAtMs,
        }),
  );
  const credits = flush.credits.flatMap(({ sid, micros, grantedAtMs }) =>
    transfer(FUNDING, `credit:${flush.desk}`, micros, {
      transactionId: sid,
      kind: "credit",
      cause: sid,
      versionSid: null,
      quantity: 1,
      createdAtMs: grantedAtMs,
    }),
  );
  return [...charges, ...credits];
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

function transfer(from: string, to: string, micros: number, rest: Omit<LedgerEntry, "ledgerAccount" | "amountMicros">): LedgerEntry[] {
  return [
    { ...rest, ledgerAccount: from, amountMicros: -micros },
    { ...rest, ledgerAccount: to, amountMicros: micros },
  ];
}

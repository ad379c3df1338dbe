import { feeMicros } from "./fee.ts";
import { LEDGER_ACCOUNTS, type LedgerEntry, transfer } from "./ledger.ts";
import { type Month, startOfMonthMs, endOfMonthMs } from "./month.ts";

/** An account spends as a developer and earns as a publisher; it has a statement for each. */
export type StatementRole = "developer" | "publisher";

/** What a statement sums: the account's own side of the month's transactions. */
export type StatementEntry = Pick<LedgerEntry, "transactionId" | "kind" | "versionSid" | "quantity" | "amountMicros" | "createdAtMs">;

/** What is said of a version beside its figures. `feePercent` is the fee at the time at which the statement is closed. */
export type StatedVersion = { versionSid: string; addOnSid: string; uniqueName: string; number: number; feePercent: string };

export type StatementLine = StatedVersion & {
  /** Invocations that were billed, less those that were taken back. */
  quantity: number;
  /** What they cost the developer, which is what the publisher earns by them. */
  amountMicros: number;
  /** The marketplace's, of a publisher's line; 0 of a developer's. */
  feeMicros: number;
};

/** The sums of a month's entries, before anything is said of the versions. JSON, since one run may not be enough for them. */
export type StatementSums = {
  byVersion: Record<string, { quantity: number; amountMicros: number }>;
  /** Credit that was added, less what was taken back of it. */
  creditMicros: number;
  count: number;
};

export const emptySums = (): StatementSums => ({ byVersion: Object.create(null), creditMicros: 0, count: 0 });

/** Adds an entry of the account's own side: a developer's charges are negative there, a publisher's positive. */
export function addEntry(sums: StatementSums, role: StatementRole, { versionSid, quantity, amountMicros }: Pick<StatementEntry, "versionSid" | "quantity" | "amountMicros">): void {
  sums.count += 1;
  if (versionSid === null) {
    sums.creditMicros += amountMicros;
    return;
  }
  const line = (sums.byVersion[versionSid] ??= { quantity: 0, amountMicros: 0 });
  line.quantity += quantity;
  line.amountMicros += role === "developer" ? -amountMicros : amountMicros;
}

/** What a statement says, complete and unchangeable: all that its HTML, CSV and JSON show. */
export type StatementDocument = {
  v: 1;
  accountSid: string;
  role: StatementRole;
  month: Month;
  lines: StatementLine[];
  quantity: number;
  amountMicros: number;
  feeMicros: number;
  netMicros: number;
  /** Of a developer: what the credit was before and after, what was added, and which of its desk's segments and how many invocations these are. */
  credit: { openingMicros: number; addedMicros: number; closingMicros: number } | null;
  invocations: { firstSeq: number; lastSeq: number; count: number } | null;
  /** How many entries were summed, and the hash of the file that lists them: see `partSha256`. */
  entries: { count: number; sha256: string };
};

type Statement = Pick<StatementDocument, "accountSid" | "role" | "month" | "invocations"> & {
  sums: StatementSums;
  sha256: string;
  versions: ReadonlyMap<string, StatedVersion>;
  /** Of a developer's last statement; 0 when this is the first. */
  openingMicros: number;
};

/** @throws for a version that nobody knows: a statement must not leave money out. */
export function statementOf({ accountSid, role, month, invocations, sums, sha256, versions, openingMicros }: Statement): StatementDocument {
  const lines = Object.entries(sums.byVersion).map(([versionSid, sum]) => {
    const version = versions.get(versionSid);
    if (version === undefined) throw new Error(`the version ${versionSid} of a ledger entry is unknown`);
    return { ...version, ...sum, feeMicros: role === "publisher" ? feeMicros(sum.amountMicros, version.feePercent) : 0 };
  });
  const byName = lines.toSorted((a, b) => compare(a.uniqueName, b.uniqueName) || a.number - b.number);
  const totals = totalsOf(byName);
  const closingMicros = openingMicros + sums.creditMicros - totals.amountMicros;
  return {
    v: 1,
    accountSid,
    role,
    month,
    lines: byName,
    ...totals,
    credit: role === "developer" ? { openingMicros, addedMicros: sums.creditMicros, closingMicros } : null,
    invocations,
    entries: { count: sums.count, sha256 },
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function totalsOf(lines: readonly StatementLine[]): Pick<StatementDocument, "quantity" | "amountMicros" | "feeMicros" | "netMicros"> {
  const sum = (of: (line: StatementLine) => number): number => lines.reduce((total, line) => total + of(line), 0);
  const [amountMicros, fees] = [sum((line) => line.amountMicros), sum((line) => line.feeMicros)];
  return { quantity: sum((line) => line.quantity), amountMicros, feeMicros: fees, netMicros: amountMicros - fees };
}

/** Its first and last day. */
export function periodOf(month: Month): { startMs: number; endMs: number } {
  return { startMs: startOfMonthMs(month), endMs: endOfMonthMs(month) - 1 };
}

/** The entries by which a publisher's statement moves the fees: one transaction for each line. */
export function feeEntriesOf({ accountSid, role, lines }: StatementDocument, statementSid: string, createdAtMs: number): LedgerEntry[] {
  if (role !== "publisher") return [];
  return lines.flatMap(({ versionSid, quantity, feeMicros: micros }) =>
    micros === 0
      ? []
      : transfer(LEDGER_ACCOUNTS.payable(accountSid), LEDGER_ACCOUNTS.marketplace, micros, {
          transactionId: `${statementSid}/${versionSid}`,
          kind: "fee",
          cause: statementSid,
          versionSid,
          quantity,
          month: null,
          desk: null,
          deskSeq: null,
          reason: null,
          createdAtMs,
        }),
  );
}

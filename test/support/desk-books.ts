import type { DeskClosing } from "../../src/domain/billing/desk-closing.ts";
import type { DeskTotals } from "../../src/domain/billing/credit.ts";
import { type DeskFlush, type LedgerEntry, ledgerEntriesOf, LEDGER_ACCOUNTS, reversalOf, type Reversed } from "../../src/domain/billing/ledger.ts";
import { bookedMonth, endOfMonthMs, type Month, monthAfter, monthOf } from "../../src/domain/billing/month.ts";
import { differenceOf } from "../../src/domain/billing/reconciliation.ts";
import { addEntry, emptySums, feeEntriesOf, statementOf, type StatementDocument, type StatementRole } from "../../src/domain/billing/statement.ts";
import { ENTRY_COLUMNS, statementText } from "../../src/domain/billing/statement-file.ts";
import { sixDecimalsOfMicros } from "../../src/domain/billing/money.ts";
import { differencesOf } from "../../src/domain/billing/verify-statement.ts";
import { recordOf } from "./invocation-records.ts";
import { ACCOUNT_SID, type Disk } from "./map-desk-store.ts";

/** Like D1: each row is inserted once. */
type Books = {
  entries: Map<string, LedgerEntry>;
  invocations: Map<string, { seq: number; priceMicros: number }>;
  checkpoints: Map<number, DeskTotals>;
  statements: Map<string, StatementDocument>;
};

/** A transaction and the invocations that it charged. */
export type Reversible = { reverses: Reversed; xrs: string[] };

/** What is broken on purpose in the way from the desk to the books. */
export type BooksSabotage = { hasNoFlushRange?: boolean; hasNoClosedMonth?: boolean };

const { publisher_sid: PUBLISHER, version_sid: VERSION, add_on_sid: ADD_ON } = recordOf();
const FEE_PERCENT = "12.5";

/** How a desk's flush ends. */
export type FlushEnd = "arrives" | "reply lost" | "lost";

/** A desk's way to D1 as the outbox has it, with D1 behind it, and months that end. What it stores is on the desk's disk at once. */
export class DeskBooks {
  readonly books: Books = { entries: new Map(), invocations: new Map(), checkpoints: new Map(), statements: new Map() };
  readonly closings: DeskClosing[] = [];
  readonly #sabotage: BooksSabotage;
  /** Where the months that were booked end. */
  #booked: { month: Month; toSeq: number; events: number }[] = [];
  #flushedSeq = 0;
  #flushingSeq = 0;

  constructor(sabotage: BooksSabotage) {
    this.#sabotage = sabotage;
  }

  /** @param most how many segments it may take together. */
  flush(disk: Disk, most: number, end: FlushEnd): void {
    const flush = this.#next(disk, Math.max(1, most));
    if (flush === null || end === "lost") return;
    this.#write(flush);
    if (end !== "arrives") return;
    this.#flushedSeq = flush.toSeq;
    this.#booked = [...this.#booked.filter(({ month }) => month !== flush.month), { month: flush.month, toSeq: flush.toSeq, events: flush.totals.events }];
  }

  #next({ log, segments }: Disk, most: number): DeskFlush | null {
    const fromSeq = this.#flushedSeq + 1;
    const first = segments[fromSeq - 1];
    if (first === undefined) return null;
    if (this.#flushingSeq < fromSeq || this.#sabotage.hasNoFlushRange === true) {
      const endMs = endOfMonthMs(monthOf(first.committedAtMs));
      const beyond = segments.findIndex(({ committedAtMs }, index) => index >= fromSeq && committedAtMs >= endMs);
      this.#flushingSeq = Math.min(fromSeq - 1 + most, beyond === -1 ? segments.length : beyond);
    }
    const last = segments[this.#flushingSeq - 1] ?? first;
    const entries = log.slice(segments[fromSeq - 2]?.end ?? 0, last.end);
    return {
      desk: ACCOUNT_SID,
      fromSeq,
      toSeq: this.#flushingSeq,
      committedAtMs: last.committedAtMs,
      month: bookedMonth(last.committedAtMs, this.#booked.at(-1)?.month ?? null, this.#sabotage.hasNoClosedMonth === true ? null : (this.closings.at(-1)?.month ?? null)),
      totals: last.totals,
      records: entries.flatMap((entry) => (entry.kind === "record" ? [JSON.parse(entry.record)] : [])),
      voids: entries.flatMap((entry) => (entry.kind === "void" ? [{ micros: entry.chargedMicros, record: JSON.parse(entry.record) }] : [])),
      credits: entries.flatMap((entry) => (entry.kind === "credit" ? [entry.credit] : [])),
      alerts: [],
    };
  }

  #write(flush: DeskFlush): void {
    const { entries, invocations, checkpoints } = this.books;
    const unrecorded = flush.voids.filter(({ micros }) => micros === null);
    for (const { request_sid: xr, price_micros: priceMicros } of [...flush.records, ...unrecorded.map(({ record }) => record)]) {
      if (!invocations.has(xr)) invocations.set(xr, { seq: flush.toSeq, priceMicros });
    }
    for (const { micros, record } of flush.voids) {
      const row = invocations.get(record.request_sid);
      if (row !== undefined && row.priceMicros === micros) invocations.set(record.request_sid, { ...row, priceMicros: 0 });
    }
    for (const entry of ledgerEntriesOf(flush)) {
      const key = `${entry.transactionId} ${entry.ledgerAccount}`;
      if (!entries.has(key)) entries.set(key, entry);
    }
    if (!checkpoints.has(flush.toSeq)) checkpoints.set(flush.toSeq, flush.totals);
  }

  /** A transaction that can still be taken back, as the books have it once all is flushed: a charge only while it is what its invocations cost. */
  reversible(disk: Disk, choice: number): Reversible | null {
    if (this.#flushedSeq < disk.segments.length) return null;
    const all = [...Map.groupBy(this.books.entries.values(), ({ transactionId }) => transactionId)];
    const open = all.flatMap(([transactionId, entries]) => {
      const [first] = entries;
      if (first === undefined || all.some(([other]) => other === reversalOf(transactionId))) return [];
      const rows = first.kind === "charge" ? [...this.books.invocations].filter(([, { seq, priceMicros }]) => seq === first.deskSeq && priceMicros > 0) : [];
      const isWhole = first.kind === "credit" || (first.kind === "charge" && rows.reduce((total, [, { priceMicros }]) => total + priceMicros, 0) === Math.abs(first.amountMicros) && first.quantity > 0);
      return isWhole ? [{ reverses: { transactionId, entries }, xrs: rows.map(([xr]) => xr) }] : [];
    });
    return open[choice % Math.max(1, open.length)] ?? null;
  }

  /** Ends the first month that is over, if the books have all of it, and makes its statements. */
  close({ segments }: Disk, nowMs: number): void {
    const last = this.closings.at(-1);
    const month = last === undefined ? monthOf(segments[0]?.committedAtMs ?? nowMs) : monthAfter(last.month);
    const isBehind = segments.some(({ committedAtMs }, index) => index >= this.#flushedSeq && committedAtMs < endOfMonthMs(month));
    if (nowMs < endOfMonthMs(month) || isBehind) return;
    const nothing = { toSeq: 0, events: 0 };
    const [start, end] = [this.#booked.findLast((booked) => booked.month < month) ?? nothing, this.#booked.findLast((booked) => booked.month <= month) ?? nothing];
    this.closings.push({ month, fromSeq: start.toSeq + 1, toSeq: end.toSeq, events: end.events - start.events });
    for (const role of ["developer", "publisher"] as const) this.#state(role, month);
  }

  #state(role: StatementRole, month: Month): void {
    const document = this.#documentOf(role, month);
    this.books.statements.set(`${role} ${month}`, document);
    for (const entry of feeEntriesOf(document, `ST${month}`, 0)) this.books.entries.set(`${entry.transactionId} ${entry.ledgerAccount}`, entry);
  }

  #entriesOf(role: StatementRole, month: Month): LedgerEntry[] {
    const account = role === "developer" ? LEDGER_ACCOUNTS.credit(ACCOUNT_SID) : LEDGER_ACCOUNTS.payable(PUBLISHER ?? "");
    return [...this.books.entries.values()].filter((entry) => entry.ledgerAccount === account && entry.month === month);
  }

  #documentOf(role: StatementRole, month: Month): StatementDocument {
    const sums = emptySums();
    for (const entry of this.#entriesOf(role, month)) addEntry(sums, role, entry);
    const versions = new Map([[VERSION ?? "", { versionSid: VERSION ?? "", addOnSid: ADD_ON ?? "", uniqueName: "anagrams", number: 1, feePercent: FEE_PERCENT }]]);
    const openingMicros = this.books.statements.get(`${role} ${this.closings.at(-2)?.month ?? ""}`)?.credit?.closingMicros ?? 0;
    return statementOf({ accountSid: role === "developer" ? ACCOUNT_SID : (PUBLISHER ?? ""), role, month, invocations: null, sums, sha256: "", versions, openingMicros });
  }

  /** What holds at any time: each transaction sums to zero. */
  violation(): string | null {
    for (const [id, entries] of Map.groupBy(this.books.entries.values(), ({ transactionId }) => transactionId)) {
      if (sum(entries) !== 0) return `the transaction ${id} does not sum to zero`;
    }
    return null;
  }

  /** What holds when everything is flushed and every month is closed. */
  violationsAtEnd({ log, segments, totals }: Disk): (string | null)[] {
    return [this.violation(), this.#unreconciled(totals), ...this.#misplaced(log), ...this.#wrongClosings(), ...this.#wrongStatements(), this.#wrongSums(totals), segments.length === this.#flushedSeq ? null : "something was never flushed"];
  }

  #unreconciled(checkpoints: DeskTotals): string | null {
    const rows = [...this.books.invocations.values()];
    const own = [...this.books.entries.values()].filter(({ ledgerAccount }) => ledgerAccount === LEDGER_ACCOUNTS.credit(ACCOUNT_SID));
    const difference = differenceOf(
      { desk: ACCOUNT_SID, fromSeq: 0, toSeq: this.#flushedSeq },
      {
        invocations: { events: rows.length, chargedMicros: rows.reduce((total, { priceMicros }) => total + priceMicros, 0) },
        ledger: { chargedMicros: -sum(own.filter(({ kind }) => kind === "charge")), grantedMicros: sum(own.filter(({ kind }) => kind !== "charge")), unbalanced: sum([...this.books.entries.values()]) === 0 ? 0 : 1, mismatched: 0 },
        checkpoints: { events: checkpoints.events, chargedMicros: checkpoints.spentMicros, grantedMicros: checkpoints.grantedMicros },
      },
    );
    return difference === null ? null : `the books differ: ${JSON.stringify(difference)}`;
  }

  /** Every invocation is in one state of one month. */
  #misplaced(log: Disk["log"]): (string | null)[] {
    return [...new Set(log.flatMap((entry) => (entry.kind === "record" || entry.kind === "void" ? [entry.xr] : [])))].map((xr) => {
      const seq = this.books.invocations.get(xr)?.seq;
      if (seq === undefined) return `${xr} is not in the books`;
      const months = this.closings.filter(({ fromSeq, toSeq }) => seq >= fromSeq && seq <= toSeq);
      return months.length === 1 ? null : `${xr} is in ${months.length} months`;
    });
  }

  /** A month's entries are those of its segments, and its invocations as many as it says. */
  #wrongClosings(): (string | null)[] {
    const wrong = [...this.books.entries.values()].filter(({ month, deskSeq }) => month !== null && !this.closings.some((closing) => closing.month === month && (deskSeq ?? 0) >= closing.fromSeq && (deskSeq ?? 0) <= closing.toSeq));
    const rows = [...this.books.invocations.values()];
    const miscounted = this.closings.filter(({ fromSeq, toSeq, events }) => rows.filter(({ seq }) => seq >= fromSeq && seq <= toSeq).length !== events);
    return [...wrong.map(({ transactionId }) => `${transactionId} is booked in a month that does not have its segment`), ...miscounted.map(({ month }) => `${month} has other invocations than it says`)];
  }

  #wrongStatements(): (string | null)[] {
    return [...this.books.statements].flatMap(([name, document]) => {
      const rows = this.#entriesOf(document.role, document.month).map((entry) => [entry.transactionId, entry.kind, entry.versionSid ?? "", String(entry.quantity), sixDecimalsOfMicros(entry.amountMicros), ""]);
      const differences = differencesOf(statementText(document), { sha256: "", rows: [ENTRY_COLUMNS, ...rows] });
      return differences.map((difference) => `the statement ${name} is not what its entries come to: ${difference}`);
    });
  }

  #wrongSums({ grantedMicros, spentMicros }: DeskTotals): string | null {
    const all = [...this.books.statements.values()];
    const owedMicros = sum([...this.books.entries.values()].filter(({ ledgerAccount }) => ledgerAccount === LEDGER_ACCOUNTS.payable(PUBLISHER ?? "")));
    const netMicros = all.reduce((total, { role, netMicros: net }) => (role === "publisher" ? total + net : total), 0);
    if (owedMicros !== netMicros) return `the publisher is owed ${owedMicros} and its statements come to ${netMicros}`;
    const closing = all.findLast(({ role }) => role === "developer")?.credit?.closingMicros ?? 0;
    return closing === grantedMicros - spentMicros ? null : `the last statement leaves ${closing}, and the desk ${grantedMicros - spentMicros}`;
  }
}

const sum = (entries: LedgerEntry[]): number => entries.reduce((total, { amountMicros }) => total + amountMicros, 0);

import { operatorAlert } from "../alert/operator-alert.ts";
import type { AlertDraft } from "../alert/stored-alert.ts";
import { sixDecimalsOfMicros } from "./money.ts";

/** Ours: longer than any invocation takes, which is ten times the longest recording and its retries. */
export const INVOCATION_MAX_MS = 14 * 24 * 3_600_000;

/** Ours: what one query compares, in about a second; D1 ends it after 30. A desk has that many in ten minutes only at 800 a second. */
export const EVENTS_PER_COMPARISON = 500_000;

/** A desk's segments: after `fromSeq`, up to `toSeq`. */
export type DeskRange = { desk: string; fromSeq: number; toSeq: number };

/** What the three say of the same range. */
export type DeskBooks = {
  invocations: { events: number; chargedMicros: number };
  /** `unbalanced`: transactions that do not sum to zero. `mismatched`: add-on versions whose publisher is owed something else than their invocations cost, less what reversals take back. */
  ledger: { chargedMicros: number; grantedMicros: number; unbalanced: number; mismatched: number };
  checkpoints: { events: number; chargedMicros: number; grantedMicros: number };
};

export type Difference = DeskRange & DeskBooks;

/** Invocations = ledger = the desk's checkpoints, for each version and publisher, and every transaction sums to zero. */
export function differenceOf(range: DeskRange, books: DeskBooks): Difference | null {
  const { invocations, ledger, checkpoints } = books;
  const isEqual =
    invocations.events === checkpoints.events &&
    invocations.chargedMicros === checkpoints.chargedMicros &&
    ledger.chargedMicros === checkpoints.chargedMicros &&
    ledger.grantedMicros === checkpoints.grantedMicros &&
    ledger.unbalanced === 0 &&
    ledger.mismatched === 0;
  return isEqual ? null : { ...range, ...books };
}

/** What the operator is told, once for as long as the same is missing: where a difference begins stays until it is mended. */
export function differenceAlert(operatorSid: string, { desk, fromSeq, toSeq, invocations, ledger, checkpoints }: Difference, nowMs: number): AlertDraft {
  const [rows, entries, totals] = [invocations.chargedMicros, ledger.chargedMicros, checkpoints.chargedMicros].map(sixDecimalsOfMicros);
  const missing = [
    invocations.events - checkpoints.events,
    invocations.chargedMicros - checkpoints.chargedMicros,
    ledger.chargedMicros - checkpoints.chargedMicros,
    ledger.grantedMicros - checkpoints.grantedMicros,
    ledger.unbalanced,
    ledger.mismatched,
  ];
  const text = `The books of the desk ${desk} differ in its segments ${fromSeq + 1} to ${toSeq}: ${invocations.events} invocations for ${rows} dollars, ledger ${entries}, desk ${checkpoints.events} for ${totals}.`;
  return operatorAlert(operatorSid, { seed: `reconciliation/${desk}/${fromSeq}/${missing.join("/")}`, text, resourceSid: desk }, nowMs);
}

/** What the operator is told, once, when a desk could not be compared. */
export function notComparedAlert(operatorSid: string, { desk, fromSeq }: DeskRange, nowMs: number): AlertDraft {
  const text = `The books of the desk ${desk} could not be compared from its segment ${fromSeq + 1} on.`;
  return operatorAlert(operatorSid, { seed: `reconciliation/${desk}/${fromSeq}/not_compared`, text, resourceSid: desk }, nowMs);
}

/** What the operator is told, once, of a fee, a payment or its reversal. */
export function brokenTransactionAlert(operatorSid: string, transactionId: string, nowMs: number): AlertDraft {
  const text = `The transaction ${transactionId} does not sum to zero, or does not take back what it points to.`;
  return operatorAlert(operatorSid, { seed: `reconciliation/${transactionId}`, text, resourceSid: null }, nowMs);
}

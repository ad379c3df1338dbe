import { operatorAlert } from "../alert/operator-alert.ts";
import type { AlertDraft } from "../alert/stored-alert.ts";
import { sixDecimalsOfMicros } from "./money.ts";

/** Ours: longer than any invocation takes, which is ten times the longest recording and its retries. */
export const INVOCATION_MAX_MS = 14 * 24 * 3_600_000;

/** A desk's segments that are to be compared: after `fromSeq`, up to `toSeq`. */
export type DeskRange = { desk: string; fromSeq: number; toSeq: number };

/** What the three say of the same range. */
export type DeskBooks = {
  invocations: { events: number; chargedMicros: number };
  /** `unbalanced`: transactions that do not sum to zero. `mismatched`: add-on versions whose publisher is owed something else than their invocations cost. */
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

/** What the operator is told, once for as long as the same is missing. */
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
  return operatorAlert(operatorSid, { seed: `reconciliation/${desk}/${missing.join("/")}`, text, desk }, nowMs);
}

import { availableMicros } from "./credit.ts";
import { noteCredit } from "./credit-alert.ts";
import type { DeskStore } from "./desk.ts";
import { LEDGER_ACCOUNTS, type Reversed } from "./ledger.ts";

/** A charge or a credit that the operator has taken back. */
export type Reversal = {
  reverses: Reversed;
  /** What the account's credit grew by: negative where a credit was taken back. */
  micros: number;
  reason: string;
  reversedAtMs: number;
};

export type ReversalRequest = Pick<Reversal, "reverses" | "reason">;

export type ReversalReply =
  /** Now, or before by another call. */
  | { kind: "reversed"; reversal: Reversal; replayed: boolean }
  /** It was reversed before, for another reason. */
  | { kind: "conflict"; reason: string }
  /** The credit that is to be taken back has been spent, or is held: so much is left. */
  | { kind: "not_covered"; leftMicros: number };

/** Takes a transaction of the account's own credit back, once. */
export function reverse(store: DeskStore, nowMs: number, { reverses, reason }: ReversalRequest): ReversalReply {
  const known = store.reversal(reverses.transactionId);
  if (known !== undefined) return known.reason === reason ? { kind: "reversed", reversal: known, replayed: true } : { kind: "conflict", reason: known.reason };
  const own = LEDGER_ACCOUNTS.credit(store.accountSid());
  const micros = -reverses.entries.reduce((sum, { ledgerAccount, amountMicros }) => (ledgerAccount === own ? sum + amountMicros : sum), 0);
  const totals = store.totals();
  const leftMicros = availableMicros(totals, store.heldMicros());
  if (leftMicros + micros < 0) return { kind: "not_covered", leftMicros };
  const reversal = { reverses, micros, reason, reversedAtMs: nowMs };
  // What is charged stays what it was: the invocations took place. What comes back is credit anew.
  store.setTotals({ ...totals, grantedMicros: totals.grantedMicros + micros });
  store.keepReversal(reversal);
  if (micros < 0) noteCredit(store, nowMs, false);
  return { kind: "reversed", reversal, replayed: false };
}

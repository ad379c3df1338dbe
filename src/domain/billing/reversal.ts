import { availableMicros } from "./credit.ts";
import { noteCredit } from "./credit-alert.ts";
import type { DeskStore } from "./desk.ts";
import { SETTLEMENT_TAKEN_MS } from "./desk-times.ts";
import { LEDGER_ACCOUNTS, type Reversed } from "./ledger.ts";

/** A charge or a credit that the operator has taken back. */
export type Reversal = {
  reverses: Reversed;
  /** What the account's credit grew by: negative where a credit was taken back. */
  micros: number;
  reason: string;
  reversedAtMs: number;
};

/**
 * @property xrs the invocations that were charged by it.
 * @property readAtMs before it was read from the books, which had all that the desk had committed.
 */
export type ReversalRequest = Pick<Reversal, "reverses" | "reason"> & { xrs: readonly string[]; readAtMs: number };

export type ReversalReply =
  /** Now, or before by another call. */
  | { kind: "reversed"; reversal: Reversal; replayed: boolean }
  /** It was reversed before, for another reason. */
  | { kind: "conflict"; reason: string }
  /** Of its invocations this one was taken back before: it would be given back twice. */
  | { kind: "taken_back"; xr: string }
  /** It was read so long ago that the desk may have forgotten what it has taken back since. */
  | { kind: "late" }
  /** The credit that is to be taken back has been spent, or is held: so much is left. */
  | { kind: "not_covered"; leftMicros: number };

/** Takes a transaction of the account's own credit back, once. What a void or a cancellation could still take back of it is then free already. */
export function reverse(store: DeskStore, nowMs: number, { reverses, reason, xrs, readAtMs }: ReversalRequest): ReversalReply {
  const known = store.reversal(reverses.transactionId);
  if (known !== undefined) return known.reason === reason ? { kind: "reversed", reversal: known, replayed: true } : { kind: "conflict", reason: known.reason };
  if (nowMs - readAtMs > SETTLEMENT_TAKEN_MS) return { kind: "late" };
  const takenBack = xrs.find((xr) => store.recorded(xr) === "void" || store.hold(xr)?.settledMicros === 0);
  if (takenBack !== undefined) return { kind: "taken_back", xr: takenBack };
  const own = LEDGER_ACCOUNTS.credit(store.accountSid());
  const micros = -reverses.entries.reduce((sum, { ledgerAccount, amountMicros }) => (ledgerAccount === own ? sum + amountMicros : sum), 0);
  const totals = store.totals();
  const leftMicros = availableMicros(totals, store.heldMicros());
  if (leftMicros + micros < 0) return { kind: "not_covered", leftMicros };
  const reversal = { reverses, micros, reason, reversedAtMs: nowMs };
  // What is charged stays what it was: the invocations took place. What comes back is credit anew.
  store.setTotals({ ...totals, grantedMicros: totals.grantedMicros + micros });
  store.keepReversal(reversal);
  for (const xr of xrs) makeFree(store, xr, nowMs);
  if (micros < 0) noteCredit(store, nowMs, false);
  return { kind: "reversed", reversal, replayed: false };
}

function makeFree(store: DeskStore, xr: string, nowMs: number): void {
  if (store.recorded(xr) !== undefined) store.rememberFree(xr, nowMs);
  const hold = store.hold(xr);
  if (hold !== undefined && hold.settledMicros !== null) store.keepHold({ ...hold, settledMicros: 0 });
}

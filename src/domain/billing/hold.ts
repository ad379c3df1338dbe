import { availableMicros } from "./credit.ts";
import { countAgainstCap, type DailyCap, dayOf, overCap } from "./daily-cap.ts";
import { noteCredit } from "./credit-alert.ts";
import type { DeskEvent, DeskStore, Unsound } from "./desk.ts";

/**
 * What a recording's analysis may cost, kept from its dispatch to its end, so that its result can always be paid. The row stays a while after
 * the end: an invocation that never heard of its settlement asks again.
 */
export type Hold = {
  /** The request SID. */
  xr: string;
  /** 0 where it was refused, or where nothing is to be paid. */
  micros: number;
  /** Why nothing is held; null where it is. */
  refusedFor: "credit" | "cap" | null;
  heldAtMs: number;
  /** What was charged in the end; null while it is held. */
  settledMicros: number | null;
  settledAtMs: number | null;
};

export type HoldRequest = { xr: string; micros: number; cap?: DailyCap };

/** `refused`: the credit, or its install's daily cap, does not cover it. The invocation is known to the desk all the same, and settled at no price. */
export type HoldReply = { kind: "held" } | { kind: "refused"; for: "credit" | "cap" };

/** Keeps credit for an invocation, once however often it is asked. */
export function hold(store: DeskStore, nowMs: number, { xr, micros, cap }: HoldRequest): HoldReply {
  const known = store.hold(xr);
  // What has ended is not begun anew.
  if (known !== undefined) return replyOf(known.settledAtMs === null ? known.refusedFor : (known.refusedFor ?? "credit"));
  const isCapped = overCap(store, nowMs, [{ priceMicros: micros, ...(cap && { cap }) }]).length > 0;
  const refusedFor = isCapped ? "cap" : micros > availableMicros(store.totals(), store.heldMicros()) ? "credit" : null;
  store.keepHold({ xr, micros: refusedFor === null ? micros : 0, refusedFor, heldAtMs: nowMs, settledMicros: null, settledAtMs: null });
  if (refusedFor === null) countAgainstCap(store, nowMs, cap, micros);
  if (micros > 0 && !isCapped) noteCredit(store, nowMs, refusedFor !== null);
  return replyOf(refusedFor);
}

const replyOf = (refusedFor: Hold["refusedFor"]): HoldReply => (refusedFor === null ? { kind: "held" } : { kind: "refused", for: refusedFor });

/** @property isCanceled nobody gets its result: what was charged for it is taken back. Its price is then 0. */
export type SettleHoldRequest = { event: DeskEvent; isCanceled: boolean };

export type SettleHoldReply =
  /** Now, or before by another call: at this price. */
  | { kind: "settled"; priceMicros: number }
  /** It was never held, or has been settled for so long that it is forgotten. */
  | { kind: "unknown" }
  | Unsound;

/** Records an invocation at its price, which is at most what is held for it, and gives the rest back. Repeatable: the first price stands, unless it is canceled. */
export function settleHold(store: DeskStore, nowMs: number, { event, isCanceled }: SettleHoldRequest): SettleHoldReply {
  const held = store.hold(event.xr);
  if (held === undefined) return { kind: "unknown" };
  const totals = store.totals();
  // The day that it was held on is the day that it counts for; what another day does not use is nobody's.
  const giveBack = (micros: number): void => {
    if (dayOf(held.heldAtMs) === dayOf(nowMs)) countAgainstCap(store, nowMs, event.cap, -micros);
  };
  if (held.settledMicros !== null) {
    if (!isCanceled || held.settledMicros === 0) return { kind: "settled", priceMicros: held.settledMicros };
    store.recordVoid(event, held.settledMicros, nowMs);
    store.setTotals({ ...totals, spentMicros: totals.spentMicros - held.settledMicros });
    store.keepHold({ ...held, settledMicros: 0 });
    giveBack(held.settledMicros);
    return { kind: "settled", priceMicros: 0 };
  }
  if (event.priceMicros > held.micros) return { kind: "unsound", problem: `${event.xr} costs more than is held for it` };
  store.record(event, nowMs);
  store.setTotals({ ...totals, events: totals.events + 1, spentMicros: totals.spentMicros + event.priceMicros });
  store.keepHold({ ...held, settledMicros: event.priceMicros, settledAtMs: nowMs });
  giveBack(held.micros - event.priceMicros);
  return { kind: "settled", priceMicros: event.priceMicros };
}

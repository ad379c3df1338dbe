import { type Claim, claimOfRun } from "./claim.ts";
import { availableMicros, type DeskTotals, type Grant, unaffordable } from "./credit.ts";
import { countAgainstCap, type DailyCap, dayOf, overCap } from "./daily-cap.ts";
import { type CreditAlert, noteCredit } from "./credit-alert.ts";
import type { Hold } from "./hold.ts";
import type { Reversal } from "./reversal.ts";
import { SETTLEMENT_TAKEN_MS } from "./desk-times.ts";

/** One invocation as its desk takes it. */
export type DeskEvent = {
  /** The request SID. */
  xr: string;
  /** Equal to the record's. */
  priceMicros: number;
  /** Of its install, where that has one. */
  cap?: DailyCap;
  /** It was answered as not covered by the credit. */
  isUnpaid?: true;
  /** The `InvocationRecord` as JSON: made by the caller, since a desk does the work of all of an account's requests alone. */
  record: string;
};

export type SettleRequest = {
  /** When its caller began to settle: the same in every attempt, and in the void. */
  begunAtMs: number;
  events: DeskEvent[];
  /**
   * With an idempotency key: the seed that `begin` handed out, and what is to be kept, which is the answer, or, of a request that goes on
   * after this, its progress.
   */
  keyed?: { key: string; seed: string } & ({ answer: Uint8Array } | { progress: Uint8Array });
};

export type SettleReply =
  | { kind: "ok"; leftMicros: number }
  /** Another settlement of this key was first; what it stored is the answer. */
  | { kind: "replay"; answer: Uint8Array }
  /** Another settlement of this key was first, and its request has not ended: go on from there. */
  | { kind: "resume"; progress: Uint8Array }
  /** These were voided, or it is too late to know what became of them: nothing was written. */
  | { kind: "gone"; xrs: string[] }
  /** These are recorded at another price than the one asked for: nothing was written. */
  | { kind: "differs"; recorded: { xr: string; priceMicros: number }[] }
  /** The credit does not cover these, or, those in `cappedXrs`, their install's daily cap does not: nothing was charged. */
  | { kind: "refused"; xrs: string[]; cappedXrs: string[]; day: number; leftMicros: number }
  | Unsound;

/** Each event as the failure that the caller answered, at price 0. */
export type VoidRequest = { begunAtMs: number; events: DeskEvent[] };
export type VoidReply =
  | { kind: "ok"; leftMicros: number }
  /** These may be charged and forgotten: it is too late to know. The others are void. */
  | { kind: "late"; xrs: string[] }
  | Unsound;

/** The message is not one that a desk can take, and nothing was written: a bug of ours. The same message again gets the same reply. */
export type Unsound = { kind: "unsound"; problem: string };

/** What the desk remembers; each decision below is one synchronous block over it, so it is written whole or not at all. */
export type DeskStore = {
  totals(): DeskTotals;
  setTotals(totals: DeskTotals): void;
  /** The price at which an invocation was recorded lately, "void" when it was voided, undefined when nothing is known. */
  recorded(xr: string): number | "void" | undefined;
  record(event: DeskEvent, nowMs: number): void;
  /** @param chargedMicros what the invocation had been charged; null when it had not been recorded at all. */
  recordVoid(event: DeskEvent, chargedMicros: number | null, nowMs: number): void;
  /** It costs nothing any more: what it was charged has been given back otherwise. */
  rememberFree(xr: string, nowMs: number): void;
  claim(key: string): Claim | undefined;
  keepClaim(claim: Claim): void;
  /** In place of its progress. */
  keepAnswer(key: string, answer: Uint8Array): void;
  keepProgress(key: string, progress: Uint8Array): void;
  /** @param alert an `Alert` as JSON. */
  keepAlert(alert: string): void;
  /** How much room all claims take, with their answers. */
  claimsBytes(): number;
  nextClaimExpiry(): number | null;
  grant(key: string): Grant | undefined;
  keepGrant(grant: Grant): void;
  /** Of a transaction. */
  reversal(transactionId: string): Reversal | undefined;
  keepReversal(reversal: Reversal): void;
  hold(xr: string): Hold | undefined;
  keepHold(hold: Hold): void;
  /** Of all holds that are not settled. */
  heldMicros(): number;
  accountSid(): string;
  /** Of an install that has a daily cap. */
  spentToday(installSid: string, day: number): number;
  addSpentToday(installSid: string, day: number, micros: number): void;
  /** null while the account was never granted anything. */
  creditAlert(): CreditAlert | null;
  setCreditAlert(alert: CreditAlert): void;
};

/**
 * Charges a request's priced events and records all of them, once. Every reply but `ok` has written nothing.
 *
 * A repetition finds its events recorded at the same price and gets the same `ok`. Events of one request that are partly
 * recorded and partly new are completed; one that was voided or differs in price stops the whole request, because its caller has
 * (or must make) another answer.
 */
export function settle(store: DeskStore, nowMs: number, request: SettleRequest): SettleReply {
  const { events, keyed } = request;
  if (keyed !== undefined) {
    const claim = claimOfRun(store, keyed);
    if (claim === undefined) return { kind: "gone", xrs: events.map((event) => event.xr) };
    if (claim.answer !== null) return { kind: "replay", answer: claim.answer };
    if (claim.progress !== null) return { kind: "resume", progress: claim.progress };
  }

  const { fresh, voided, differing } = compare(store, events);
  if (voided.length > 0) return { kind: "gone", xrs: voided };
  if (differing.length > 0) return { kind: "differs", recorded: differing };
  if (fresh.length > 0 && isLate(request, nowMs)) return { kind: "gone", xrs: fresh.map((event) => event.xr) };

  const totals = store.totals();
  const capped = overCap(store, nowMs, fresh);
  const refused = unaffordable(availableMicros(totals, store.heldMicros()), fresh.filter((event) => !capped.includes(event)));
  if (refused.length + capped.length > 0) {
    if (refused.length > 0) noteCredit(store, nowMs, true);
    return { kind: "refused", xrs: refused.map((event) => event.xr), cappedXrs: capped.map((event) => event.xr), day: dayOf(nowMs), leftMicros: availableMicros(totals, store.heldMicros()) };
  }

  let { spentMicros } = totals;
  for (const event of fresh) {
    spentMicros += event.priceMicros;
    store.record(event, nowMs);
    countAgainstCap(store, nowMs, event.cap, event.priceMicros);
  }
  const after = { ...totals, spentMicros, events: totals.events + fresh.length };
  if (fresh.length > 0) store.setTotals(after);
  const isUnpaid = fresh.some((event) => event.isUnpaid === true);
  if (isUnpaid || spentMicros > totals.spentMicros) noteCredit(store, nowMs, isUnpaid);
  if (keyed !== undefined) {
    if ("answer" in keyed) store.keepAnswer(keyed.key, keyed.answer);
    else store.keepProgress(keyed.key, keyed.progress);
  }
  return { kind: "ok", leftMicros: availableMicros(after, store.heldMicros()) };
}

function compare(store: DeskStore, events: DeskEvent[]) {
  const fresh: DeskEvent[] = [];
  const voided: string[] = [];
  const differing: { xr: string; priceMicros: number }[] = [];
  for (const event of events) {
    const recorded = store.recorded(event.xr);
    if (recorded === undefined) fresh.push(event);
    else if (recorded === "void") voided.push(event.xr);
    else if (recorded !== event.priceMicros) differing.push({ xr: event.xr, priceMicros: recorded });
  }
  return { fresh, voided, differing };
}

/**
 * Takes back what may or may not have been charged: its caller has answered these as failed. A charge is undone; an invocation that
 * never came is recorded as the failure that it was, so that a settlement still on its way finds it void. Repeatable, in any order.
 */
export function voidAll(store: DeskStore, nowMs: number, request: VoidRequest): VoidReply {
  const totals = { ...store.totals() };
  const late: string[] = [];
  for (const event of request.events) {
    const recorded = store.recorded(event.xr);
    if (recorded === "void") continue;
    if (recorded === undefined && isLate(request, nowMs)) {
      late.push(event.xr);
      continue;
    }
    store.recordVoid(event, recorded ?? null, nowMs);
    if (recorded === undefined) totals.events += 1;
    else {
      totals.spentMicros -= recorded;
      // As with what was held: a day that is over has room for nobody.
      if (dayOf(request.begunAtMs) === dayOf(nowMs)) countAgainstCap(store, nowMs, event.cap, -recorded);
    }
  }
  store.setTotals(totals);
  return late.length > 0 ? { kind: "late", xrs: late } : { kind: "ok", leftMicros: availableMicros(totals, store.heldMicros()) };
}

function isLate(request: { begunAtMs: number }, nowMs: number): boolean {
  return nowMs - request.begunAtMs > SETTLEMENT_TAKEN_MS;
}

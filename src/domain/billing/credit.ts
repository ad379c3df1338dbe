import type { InvocationFailure } from "../failure.ts";
import { CREDIT_MAX_MICROS } from "../limits.ts";
import type { DeskStore } from "./desk.ts";

/** What an invocation that its account cannot pay ends with. */
export const CREDIT_EXHAUSTED: InvocationFailure = { kind: "credit_exhausted", detail: "The account's credit does not cover the price of this add-on." };

/** All that a desk ever recorded, charged and was granted. */
export type DeskTotals = { events: number; spentMicros: number; grantedMicros: number };

export type Grant = {
  /** Of the operator's call: the same key is the same credit. */
  key: string;
  /** CR… */
  sid: string;
  micros: number;
  reason: string;
  grantedAtMs: number;
  /** The balance that the first call was answered with. */
  leftMicros: number;
};

export type GrantRequest = { key: string; sid: string; micros: number; reason: string };

export type GrantReply =
  | { kind: "granted"; grant: Grant; replayed: boolean }
  /** The key was used for another amount or reason. */
  | { kind: "conflict" }
  /** The account's credits together would be more than money can be exact for. */
  | { kind: "too_much"; maxMicros: number };

/** What may still be spent: not what is held for recordings under way. */
export function availableMicros(totals: DeskTotals, heldMicros: number): number {
  return totals.grantedMicros - totals.spentMicros - heldMicros;
}

/** Those that do not fit, taken in order: one that is too dear does not keep a cheaper one after it from fitting. */
export function unaffordable<E extends { priceMicros: number }>(leftMicros: number, events: readonly E[]): E[] {
  let left = leftMicros;
  return events.filter((event) => {
    if (event.priceMicros > left) return true;
    left -= event.priceMicros;
    return false;
  });
}

/** How many requests' worth of credit must be left for calling publishers before the desk was asked. */
const COMFORTABLE_REQUESTS = 100;

/**
 * Whether the desk is to be asked for its balance before publishers are called, so that they are not called unpaid.
 * @param lastLeftMicros what the desk last said; undefined when it has not said anything here yet.
 */
export function isCreditShort(lastLeftMicros: number | undefined, requestPriceMicros: number): boolean {
  return lastLeftMicros !== undefined && requestPriceMicros > 0 && lastLeftMicros < COMFORTABLE_REQUESTS * requestPriceMicros;
}

/** Adds credit once per key. */
export function grant(store: DeskStore, nowMs: number, { key, sid, micros, reason }: GrantRequest): GrantReply {
  const earlier = store.grant(key);
  if (earlier !== undefined) {
    if (earlier.micros !== micros || earlier.reason !== reason) return { kind: "conflict" };
    return { kind: "granted", grant: earlier, replayed: true };
  }
  const before = store.totals();
  // What was given back is credit too, and may have gone over it.
  const maxMicros = Math.max(0, CREDIT_MAX_MICROS - before.grantedMicros);
  if (micros > maxMicros) return { kind: "too_much", maxMicros };
  const totals = { ...before, grantedMicros: before.grantedMicros + micros };
  const granted = { key, sid, micros, reason, grantedAtMs: nowMs, leftMicros: totals.grantedMicros - totals.spentMicros };
  store.setTotals(totals);
  store.keepGrant(granted);
  // From now on it is told anew when this one runs low.
  store.setCreditAlert({ grantSid: sid, grantMicros: micros, level: 0, isToldUncovered: false });
  return { kind: "granted", grant: granted, replayed: false };
}

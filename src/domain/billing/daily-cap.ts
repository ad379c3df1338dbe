import type { InvocationFailure } from "../failure.ts";
import type { DeskStore } from "./desk.ts";

/** What an account lets one of its installs (XE) cost in a day. */
export type DailyCap = { installSid: string; limitMicros: number };

/** What an invocation that its install may not spend on today ends with. */
export const DAILY_CAP_REACHED: InvocationFailure = { kind: "daily_cap_reached", detail: "The daily cap of this installed add-on does not cover its price today." };

/** @param dailyCapMicros null where the account has set none. */
export const dailyCapOf = (installSid: string, dailyCapMicros: number | null): { cap?: DailyCap } =>
  dailyCapMicros === null ? {} : { cap: { installSid, limitMicros: dailyCapMicros } };

const DAY_MS = 24 * 3_600_000;

/** Days are UTC's, counted from the epoch. */
export const dayOf = (nowMs: number): number => Math.floor(nowMs / DAY_MS);

export const endOfDayMs = (atMs: number): number => (dayOf(atMs) + 1) * DAY_MS;

/** Those that an install's cap does not let through, taken in order. What costs nothing always goes. */
export function overCap<E extends { priceMicros: number; cap?: DailyCap }>(store: Pick<DeskStore, "spentToday">, nowMs: number, events: readonly E[]): E[] {
  const day = dayOf(nowMs);
  const spent = new Map<string, number>();
  return events.filter(({ priceMicros, cap }) => {
    if (cap === undefined || priceMicros === 0) return false;
    const before = spent.get(cap.installSid) ?? store.spentToday(cap.installSid, day);
    if (before + priceMicros > cap.limitMicros) return true;
    spent.set(cap.installSid, before + priceMicros);
    return false;
  });
}

/** Counts what was charged, or, negative, what was taken back. */
export function countAgainstCap(store: Pick<DeskStore, "addSpentToday">, nowMs: number, cap: DailyCap | undefined, micros: number): void {
  if (cap !== undefined && micros !== 0) store.addSpentToday(cap.installSid, dayOf(nowMs), micros);
}

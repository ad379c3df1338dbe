import { err, ok, type Result } from "../result.ts";

/** A month of UTC, such as "2026-01": in the order of time as text, too. */
export type Month = string;

/** Ours: clocks of different machines differ by far less, so nothing is then committed in the month any more. */
export const MONTH_CLOSES_AFTER_MS = 10 * 60_000;

export const monthOf = (atMs: number): Month => new Date(atMs).toISOString().slice(0, 7);

export const startOfMonthMs = (month: Month): number => Date.parse(`${month}-01T00:00:00Z`);

export function endOfMonthMs(month: Month): number {
  const start = new Date(startOfMonthMs(month));
  return start.setUTCMonth(start.getUTCMonth() + 1);
}

export const monthAfter = (month: Month): Month => monthOf(endOfMonthMs(month));

/** Whether its statements may be made. */
export const isOver = (month: Month, nowMs: number): boolean => nowMs >= endOfMonthMs(month) + MONTH_CLOSES_AFTER_MS;

/** @returns the month, or a sentence that says what it must be. */
export function parseMonth(text: string): Result<Month, string> {
  return /^20\d\d-(?:0[1-9]|1[0-2])$/.test(text) ? ok(text) : err("must be a month such as 2026-01");
}

/** @returns the later one. */
export const lastOf = (one: Month | null, other: Month): Month => (one !== null && one > other ? one : other);

/**
 * The month whose statements count what a desk committed then: never one that is closed, and never one before the last that was booked, so that each
 * month is one range of the desk's segments whatever its clock did.
 */
export function bookedMonth(committedAtMs: number, lastBooked: Month | null, closed: Month | null): Month {
  return lastOf(closed === null ? null : monthAfter(closed), lastOf(lastBooked, monthOf(committedAtMs)));
}

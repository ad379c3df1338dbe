import { utcDateOf } from "../domain/utc-date.ts";
import { refuse } from "./refused.ts";

const SECOND_MS = 1_000;
const DAY_MS = 24 * 3_600_000;

/** A list's StartDate: a date, or date and time, in UTC. @returns the first millisecond that is in it. */
export function requireStart(parameter: string, text: string): number;
export function requireStart(parameter: string, text: string | undefined): number | undefined;
export function requireStart(parameter: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : requireDate(parameter, text);
}

/**
 * A list's EndDate, which the public API includes: a date means its whole day, a time its whole second, since answers have no smaller part.
 * @returns the first millisecond that is not in it any more.
 */
export function requireEnd(parameter: string, text: string): number;
export function requireEnd(parameter: string, text: string | undefined): number | undefined;
export function requireEnd(parameter: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : requireDate(parameter, text) + (text.includes("T") ? SECOND_MS : DAY_MS);
}

/** A time that has to be given, with both of its ends in it. */
export function requirePeriod({ Start, End }: { Start: string; End: string }, daysMax: number): { startMs: number; endMs: number } {
  const [startMs, endMs] = [requireStart("Start", Start), requireEnd("End", End)];
  if (startMs >= endMs) return refuse({ kind: "invalid", parameter: "Start", message: "Start must not be after End" });
  if (endMs - startMs > daysMax * DAY_MS) return refuse({ kind: "invalid", parameter: "End", message: `Start to End must be at most ${daysMax} days, End included` });
  return { startMs, endMs };
}

function requireDate(parameter: string, text: string): number {
  return utcDateOf(text) ?? refuse({ kind: "invalid", parameter, message: `${parameter} must be a date such as 2026-01-31 or 2026-01-31T23:59:59Z` });
}

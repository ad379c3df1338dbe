import { utcDateOf } from "../domain/utc-date.ts";
import { refuse } from "./refused.ts";

/** A filter's date, or date and time, in UTC. */
export function requireDate(parameter: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return utcDateOf(text) ?? refuse({ kind: "invalid", parameter, message: `${parameter} must be a date such as 2026-01-31 or 2026-01-31T23:59:59Z` });
}

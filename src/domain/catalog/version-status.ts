import { err, ok, type Result } from "../result.ts";
import { utcDateOf } from "../utc-date.ts";

/** The states of an add-on version. A version can be installed only while it is active, and never changes from then on. */
export type VersionStatus = "draft" | "in_review" | "active" | "rejected" | "retired";

export type VersionEvent = "replace" | "submit" | "approve" | "reject" | "retire";

const TRANSITIONS: Record<VersionStatus, Partial<Record<VersionEvent, VersionStatus>>> = {
  draft: { replace: "draft", submit: "in_review" },
  in_review: { approve: "active", reject: "rejected" },
  rejected: { replace: "draft", submit: "in_review" },
  active: { retire: "retired" },
  retired: {},
};

/** @returns the next state, or a sentence that says why there is none. */
export function nextStatus(status: VersionStatus, event: VersionEvent): Result<VersionStatus, string> {
  const next = TRANSITIONS[status][event];
  return next === undefined ? err(`a version that is ${status.replace("_", " ")} cannot be ${PAST[event]}`) : ok(next);
}

const PAST: Record<VersionEvent, string> = { replace: "replaced", submit: "submitted", approve: "approved", reject: "rejected", retire: "retired" };

const DAY_MS = 24 * 3_600_000;
/** Ours: pinned installs go on for at least this long, so that developers can move. */
const SUNSET_NOTICE_MS = 30 * DAY_MS;

/** @param text an ISO 8601 date or date and time, in UTC. */
export function sunsetOf(text: string, nowMs: number): Result<number, string> {
  const atMs = utcDateOf(text);
  if (atMs === null) return err("must be a date such as 2026-01-31 or 2026-01-31T00:00:00Z");
  // A date alone is the start of that day: thirty days ahead by the calendar must not fail by some hours.
  const earliestMs = nowMs + SUNSET_NOTICE_MS - (text.includes("T") ? 0 : DAY_MS);
  return atMs >= earliestMs ? ok(atMs) : err("must be at least 30 days ahead");
}

import type { DeskTotals } from "./credit.ts";

export type DeskBalance = DeskTotals & { leftMicros: number };

/** What the operator sees of a desk: above all, what D1 does not have yet, since when, and why. */
export type DeskInspection = {
  accountSid: string;
  balance: DeskBalance;
  pendingEvents: number;
  pendingSinceMs: number | null;
  flushedSeq: number;
  flushFailures: number;
  flushTriedAtMs: number | null;
  flushError: string | null;
};

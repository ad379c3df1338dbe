import type { DeskTotals } from "./credit.ts";

/** @property heldMicros for recordings under way. @property leftMicros what may still be spent. */
export type DeskBalance = DeskTotals & { heldMicros: number; leftMicros: number };

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

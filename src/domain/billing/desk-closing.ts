import type { Month } from "./month.ts";

/**
 * Where a desk's month ends. What it committed up to there is booked in this month or an earlier one, and is in D1; what it commits from then on is
 * booked in a later one.
 */
export type DeskClosing = {
  month: Month;
  fromSeq: number;
  /** Below `fromSeq` where nothing was committed. */
  toSeq: number;
  /** How many invocations these segments have. */
  events: number;
};

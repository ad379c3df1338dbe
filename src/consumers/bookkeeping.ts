import { monthOf } from "../domain/billing/month.ts";
import { closeMonthsUpTo } from "../platform/close-month.ts";
import { reconcile } from "../platform/reconcile.ts";
import type { Gateway } from "../wiring.ts";

/** Cron: compares the books, and makes the statements of months that are over. What one run does not finish is the next one's. */
export async function bookkeeping(gateway: Pick<Gateway, "d1" | "desks" | "settings">, nowMs: number): Promise<void> {
  await Promise.all([reconcile(gateway, nowMs), closeMonthsUpTo(monthOf(nowMs), gateway, nowMs)]);
}

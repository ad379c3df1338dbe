import { type DeskRange, differenceAlert, differenceOf } from "../domain/billing/reconciliation.ts";
import type { Settings } from "../env.ts";
import { storeAlerts } from "./d1/alerts.ts";
import { booksOf, desksToReconcile, keepReconciliation } from "./d1/reconciliations.ts";
import { errorOf, log } from "./log.ts";

/** Ours: desks of one run, each of which is one query and one write. Platform: an invocation of the Worker may make 1,000 calls of other services. */
const DESKS_PER_RUN = 100;

/**
 * Compares invocations, ledger and the desks' own totals. A difference is an alert to the operator, and stands until it is gone.
 * @returns how many desks were compared, and whether all that there were.
 */
export async function reconcile(ports: { d1: D1Database; settings: Pick<Settings, "operatorAccountSid"> }, nowMs: number): Promise<{ checked: number; isComplete: boolean }> {
  const { d1, settings } = ports;
  const ranges = await desksToReconcile(d1, nowMs, DESKS_PER_RUN);
  let isComplete = ranges.length < DESKS_PER_RUN;
  for (const range of ranges) {
    try {
      await reconcileDesk(d1, settings, range, nowMs);
    } catch (error) {
      // One desk that cannot be compared keeps no others waiting.
      log({ event: "desk_not_reconciled", desk: range.desk, ...errorOf(error) });
      isComplete = false;
    }
  }
  return { checked: ranges.length, isComplete };
}

async function reconcileDesk(d1: D1Database, settings: Pick<Settings, "operatorAccountSid">, range: DeskRange, nowMs: number): Promise<void> {
  const books = await booksOf(d1, range);
  const difference = books === null ? null : differenceOf(range, books);
  if (difference !== null) {
    log({ event: "books_differ", desk: range.desk, from_seq: range.fromSeq + 1, to_seq: range.toSeq });
    await storeAlerts(d1, [differenceAlert(settings.operatorAccountSid, difference, nowMs)], nowMs);
  }
  await keepReconciliation(d1, range, difference, nowMs);
}

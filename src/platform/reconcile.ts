import { brokenTransactionAlert, differenceAlert, differenceOf, notComparedAlert } from "../domain/billing/reconciliation.ts";
import type { Settings } from "../env.ts";
import { storeAlerts } from "./d1/alerts.ts";
import { brokenTransactions } from "./d1/broken-transactions.ts";
import { booksOf, desksToReconcile, type DueRange, endOfComparison, keepReconciliation, keepUncompared } from "./d1/reconciliations.ts";
import { errorOf, log } from "./log.ts";

/** Ours: desks of one run, each of which is two queries and one write. Platform: an invocation of the Worker may make 1,000 calls of other services. */
const DESKS_PER_RUN = 100;
/** Ours: of transactions that are wrong, so many are told of at a time. */
const TRANSACTIONS_PER_RUN = 100;

type Ports = { d1: D1Database; settings: Pick<Settings, "operatorAccountSid"> };

/**
 * Compares invocations, ledger and the desks' own totals, and looks at the transactions that no desk decided. A difference is an alert to the
 * operator, and stands until it is gone.
 * @returns how many desks were compared, whether that was all that there is, and which transactions are wrong.
 */
export async function reconcile(ports: Ports, nowMs: number): Promise<{ checked: number; isComplete: boolean; broken: string[] }> {
  const { d1, settings } = ports;
  const ranges = await desksToReconcile(d1, nowMs, DESKS_PER_RUN);
  let isComplete = ranges.length < DESKS_PER_RUN;
  for (const range of ranges) {
    try {
      if (!(await reconcileDesk(ports, range, nowMs))) isComplete = false;
    } catch (error) {
      // One desk that cannot be compared keeps no others waiting.
      log({ event: "desk_not_reconciled", desk: range.desk, ...errorOf(error) });
      isComplete = false;
      await keepUncompared(d1, range, nowMs);
      await storeAlerts(d1, [notComparedAlert(settings.operatorAccountSid, range, nowMs)], nowMs);
    }
  }
  const broken = await brokenTransactions(d1, TRANSACTIONS_PER_RUN);
  if (broken.length > 0) await storeAlerts(d1, broken.map((id) => brokenTransactionAlert(settings.operatorAccountSid, id, nowMs)), nowMs);
  return { checked: ranges.length, isComplete, broken };
}

/** @returns whether the whole range was compared: the rest of it is the next run's. */
async function reconcileDesk({ d1, settings }: Ports, due: DueRange, nowMs: number): Promise<boolean> {
  const range = { desk: due.desk, fromSeq: due.fromSeq, toSeq: await endOfComparison(d1, due) };
  const books = await booksOf(d1, range);
  const difference = books === null ? null : differenceOf(range, books);
  if (difference !== null) {
    log({ event: "books_differ", desk: range.desk, from_seq: range.fromSeq + 1, to_seq: range.toSeq });
    await storeAlerts(d1, [differenceAlert(settings.operatorAccountSid, difference, nowMs)], nowMs);
  }
  await keepReconciliation(d1, range, difference, nowMs);
  return range.toSeq === due.toSeq;
}

import { HOUSEKEEPING_BATCH, HOUSEKEEPING_BATCHES, CALLS_IN_FLIGHT } from "../domain/limits.ts";
import { sendNotice } from "../invocation/send-notice.ts";
import { claimNotice, clearNotice, forgetDueAlerts, listDueNotices, type DueNotice } from "../platform/d1/alert-notices.ts";
import { errorOf, log } from "../platform/log.ts";
import type { Gateway } from "../wiring.ts";

const MINUTE_MS = 60_000;
/** Ours: an alert that could not be posted for so long is only listed. */
const NOTICE_TRIED_MS = 60 * MINUTE_MS;
/** Platform: 1,000 queries in one invocation, of which a notice takes up to five. */
const NOTICES_PER_RUN = 150;
/** Ours: so that a run is over before the next one begins. */
const RUN_MS = 45_000;

/** What one run has done. Alerts are counted in kinds. */
type Tally = { delivered: number; failed: number };

/**
 * Cron, every minute: posts due alerts to the AlertUrl of their accounts, one for each kind and minute, which stands for all of its kind
 * that are due. What fails is due again in the next minute, until it is an hour old.
 */
export async function sendAlertNotices(gateway: Gateway, nowMs: number): Promise<void> {
  const endsAtMs = Date.now() + RUN_MS;
  const minuteStartMs = nowMs - (nowMs % MINUTE_MS);
  const givenUp = await giveUp(gateway.d1, nowMs - NOTICE_TRIED_MS);
  const due = await listDueNotices(gateway.d1, minuteStartMs, NOTICES_PER_RUN);
  const tally: Tally = { delivered: 0, failed: 0 };
  const accounts = Map.groupBy(due, ({ account_sid }) => account_sid).values();
  // One iterator for all lanes: each takes the next account when it is done with one, so a dead URL holds up its own lane only.
  const lanes = Array.from({ length: CALLS_IN_FLIGHT }, async () => {
    for (const notices of accounts) {
      if (Date.now() < endsAtMs) await tellAccount(gateway, notices, { nowMs, minuteStartMs }, tally);
    }
  });
  await Promise.all(lanes);
  if (due.length + givenUp > 0) log({ event: "alert_notices", due: due.length, ...tally, alerts_given_up: givenUp });
}

async function giveUp(db: D1Database, beforeMs: number): Promise<number> {
  let givenUp = 0;
  for (let batch = 0; batch < HOUSEKEEPING_BATCHES; batch++) {
    const count = await forgetDueAlerts(db, beforeMs, HOUSEKEEPING_BATCH);
    givenUp += count;
    if (count < HOUSEKEEPING_BATCH) break;
  }
  return givenUp;
}

/** One kind after the other; a URL that fails for one is not asked for the others in this run. */
async function tellAccount(gateway: Gateway, notices: DueNotice[], times: { nowMs: number; minuteStartMs: number }, tally: Tally): Promise<void> {
  try {
    for (const notice of notices) {
      const isDelivered = await tell(gateway, notice, times);
      if (isDelivered === true) tally.delivered += 1;
      if (isDelivered !== false) continue;
      tally.failed += 1;
      return;
    }
  } catch (error) {
    // One account's trouble is not the others'; its alerts stay due.
    tally.failed += 1;
    log({ event: "alert_notice_failed", account_sid: notices[0]?.account_sid ?? null, ...errorOf(error) });
  }
}

/** @returns null when there was nothing to tell any more. */
async function tell(gateway: Gateway, notice: DueNotice, { nowMs, minuteStartMs }: { nowMs: number; minuteStartMs: number }): Promise<boolean | null> {
  const account = await gateway.snapshots.get(notice.account_sid);
  if (account === null) return null;
  const claimed = await claimNotice(gateway.d1, notice, nowMs, minuteStartMs);
  if (claimed === null) return null;
  const target = { url: notice.alert_url, signingKey: account.signingKey, publicUrl: gateway.settings.publicUrl };
  const { isDelivered } = await sendNotice(target, claimed.alert, claimed.count, gateway);
  if (isDelivered) await clearNotice(gateway.d1, claimed);
  return isDelivered;
}

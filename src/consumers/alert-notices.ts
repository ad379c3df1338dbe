import { CALLS_IN_FLIGHT } from "../domain/limits.ts";
import { hmacKey } from "../domain/request/signature.ts";
import type { Settings } from "../env.ts";
import { sendNotice } from "../invocation/send-notice.ts";
import { claimNotice, clearNotice, giveUpNotices, listDueNotices, postponeNotices, type AlertKind, type ClaimedNotice } from "../platform/d1/alert-notices.ts";
import { decryptText } from "../platform/encryption.ts";
import { errorOf, log } from "../platform/log.ts";
import type { Gateway } from "../wiring.ts";

const MINUTE_MS = 60_000;
/** Ours: an alert that could not be posted for so long is only listed. */
const NOTICE_TRIED_MS = 60 * MINUTE_MS;
/**
 * Platform: 1,000 queries in one invocation, and whether a batch counts as one is not said. A notice takes four statements (three to claim
 * it, one after its post) and a run two more: 402.
 */
const NOTICES_PER_RUN = 100;
/** Ours: more kinds than runs can post in that time are given up at once. */
const GIVEN_UP_PER_RUN = 10_000;
/** Ours: so that a run is over before the next one begins. */
const RUN_MS = 45_000;
/** Ours: a post takes at most 5 s. Until then what a late run claimed is not the next run's, although that has another minute. */
const CLAIM_MS = 30_000;

type Ports = Pick<Gateway, "d1" | "settings" | "webhook" | "clock">;

/** One run, and what it has done; alerts are counted in kinds. */
type Run = { gateway: Ports; nowMs(): number; triedBeforeMs(): number; isOver(): boolean; delivered: number; failed: number };

/**
 * Cron, every minute: posts due alerts to the AlertUrl of their accounts, one for each kind and minute, which stands for all of its kind
 * that are due. What fails is due again in the next minute, until it is an hour old.
 */
export async function sendAlertNotices(gateway: Ports, scheduledMs: number): Promise<void> {
  const run = begin(gateway, scheduledMs);
  const givenUp = await giveUpNotices(gateway.d1, run.nowMs() - NOTICE_TRIED_MS, GIVEN_UP_PER_RUN);
  const due = await listDueNotices(gateway.d1, run.triedBeforeMs(), NOTICES_PER_RUN);
  const accounts = Map.groupBy(due, ({ account_sid }) => account_sid).entries();
  // One iterator for all lanes: each takes the next account when it is done with one, so a dead URL holds up its own lane only.
  const lanes = Array.from({ length: CALLS_IN_FLIGHT }, async () => {
    for (const [accountSid, kinds] of accounts) await tellAccount(run, accountSid, kinds);
  });
  await Promise.all(lanes);
  if (due.length + givenUp > 0) log({ event: "alert_notices", due: due.length, delivered: run.delivered, failed: run.failed, given_up: givenUp });
}

function begin(gateway: Ports, scheduledMs: number): Run {
  const endsAtMs = Date.now() + RUN_MS;
  const minuteStartMs = scheduledMs - (scheduledMs % MINUTE_MS);
  // A run may come late, and then overlap the next one; never early, but for a clock that is behind.
  const nowMs = (): number => Math.max(scheduledMs, Date.now());
  const triedBeforeMs = (): number => Math.min(minuteStartMs, nowMs() - CLAIM_MS);
  return { gateway, nowMs, triedBeforeMs, isOver: () => Date.now() >= endsAtMs, delivered: 0, failed: 0 };
}

/** One kind after the other; a URL that fails for one is not asked for the others in this run. */
async function tellAccount(run: Run, accountSid: string, kinds: readonly AlertKind[]): Promise<void> {
  const { gateway } = run;
  try {
    for (const kind of kinds) {
      if (run.isOver()) return;
      const claimed = await claimNotice(gateway.d1, kind, run.nowMs(), run.triedBeforeMs());
      if (claimed === null) continue;
      if (!(await isTold(gateway, claimed))) {
        run.failed += 1;
        await postponeNotices(gateway.d1, accountSid, run.nowMs());
        return;
      }
      run.delivered += 1;
      await clearNotice(gateway.d1, claimed, run.nowMs());
    }
  } catch (error) {
    // One account's trouble is not the others'; its alerts stay due.
    run.failed += 1;
    log({ event: "alert_notice_failed", account_sid: accountSid, ...errorOf(error) });
  }
}

async function isTold(gateway: Ports, { alert, count, alertUrl, authToken }: ClaimedNotice): Promise<boolean> {
  const signingKey = await signingKeyOf(gateway.settings, alert.account_sid, authToken);
  const { isDelivered } = await sendNotice({ url: alertUrl, signingKey, publicUrl: gateway.settings.publicUrl }, alert, count, gateway);
  return isDelivered;
}

/** Not from the account's snapshot, whose reading may take many queries. */
async function signingKeyOf({ encryptionKeys, operatorAuthToken }: Settings, accountSid: string, authToken: string | null): Promise<CryptoKey> {
  return hmacKey("SHA-1", authToken === null ? operatorAuthToken : await decryptText(encryptionKeys, `accounts.auth_token/${accountSid}`, authToken));
}

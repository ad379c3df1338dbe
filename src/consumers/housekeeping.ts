import { HOUSEKEEPING_BATCH, HOUSEKEEPING_BATCHES, LOG_KEPT_MS } from "../domain/limits.ts";
import type { Settings } from "../env.ts";
import { deleteOldAlerts } from "../platform/d1/alerts.ts";
import { deleteOldDeadMessages } from "../platform/d1/dead-messages.ts";
import { emptyOldDetails } from "../platform/d1/invocations.ts";
import { countNotUnder, ENCRYPTED_COLUMNS, reEncryptBatch } from "../platform/d1/re-encryption.ts";
import { log } from "../platform/log.ts";
import type { Gateway } from "../wiring.ts";

/** Ours: each row of a batch is decrypted and encrypted, and an invocation of the Worker has so many milliseconds. */
const RE_ENCRYPTION_BATCH = 100;

/**
 * Cron: removes what is past its time, and encrypts anew what a rotation left under the previous key. In batches, so that no single
 * statement holds the database for long. What is left over is the next run's; running twice does no harm.
 */
export async function housekeeping(gateway: Pick<Gateway, "d1" | "settings">, nowMs: number): Promise<void> {
  await emptyLog(gateway.d1, nowMs - LOG_KEPT_MS);
  log({ event: "alerts_deleted", count: await inBatches((limit) => deleteOldAlerts(gateway.d1, nowMs - LOG_KEPT_MS, limit)) });
  log({ event: "dead_messages_deleted", count: await inBatches((limit) => deleteOldDeadMessages(gateway.d1, nowMs - LOG_KEPT_MS, limit)) });
  await reEncrypt(gateway.d1, gateway.settings.encryptionKeys);
}

async function emptyLog(db: D1Database, beforeMs: number): Promise<void> {
  let emptied = 0;
  for (let batch = 0; batch < HOUSEKEEPING_BATCHES; batch++) {
    const done = await emptyOldDetails(db, beforeMs, HOUSEKEEPING_BATCH);
    emptied += done.emptied;
    if (!done.hasMore) break;
  }
  log({ event: "housekeeping", invocations_emptied: emptied });
}

/** @param deleteBatch says how many rows it deleted. */
async function inBatches(deleteBatch: (limit: number) => Promise<number>): Promise<number> {
  let deleted = 0;
  for (let batch = 0; batch < HOUSEKEEPING_BATCHES; batch++) {
    const count = await deleteBatch(HOUSEKEEPING_BATCH);
    deleted += count;
    if (count < HOUSEKEEPING_BATCH) break;
  }
  return deleted;
}

/** Only while there is a previous key: then its `left` tells the operator when that may be dropped. */
async function reEncrypt(db: D1Database, keys: Settings["encryptionKeys"]): Promise<void> {
  if (keys.previous === null) return;
  let [done, unreadable, batches] = [0, 0, 0];
  for (const column of ENCRYPTED_COLUMNS) {
    for (let after: string | null = ""; after !== null && batches < HOUSEKEEPING_BATCHES; batches++) {
      const batch = await reEncryptBatch(db, keys, column, after, RE_ENCRYPTION_BATCH);
      done += batch.done;
      unreadable += batch.unreadable;
      after = batch.last;
    }
  }
  log({ event: "re_encryption", key: keys.current.id, done, unreadable, left: await countNotUnder(db, keys.current) });
}

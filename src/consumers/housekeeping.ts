import { HOUSEKEEPING_BATCH, HOUSEKEEPING_BATCHES, LOG_KEPT_MS } from "../domain/limits.ts";
import { emptyOldDetails } from "../platform/d1/invocations.ts";
import { log } from "../platform/log.ts";
import type { Gateway } from "../wiring.ts";

/**
 * Cron: removes what is past its time, in batches, so that no single statement holds the database for long. What is left over is the
 * next run's; running twice does no harm.
 */
export async function housekeeping(gateway: Gateway, nowMs: number): Promise<void> {
  let emptied = 0;
  for (let batch = 0; batch < HOUSEKEEPING_BATCHES; batch++) {
    const count = await emptyOldDetails(gateway.d1, nowMs - LOG_KEPT_MS, HOUSEKEEPING_BATCH);
    emptied += count;
    if (count < HOUSEKEEPING_BATCH) break;
  }
  log({ event: "housekeeping", invocations_emptied: emptied });
}

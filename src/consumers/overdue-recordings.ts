import { WAKE_UP_GUARD_MS } from "../domain/recording/recording-times.ts";
import { takeOverdue } from "../platform/d1/recordings-to-start.ts";
import { log } from "../platform/log.ts";
import type { Gateway } from "../wiring.ts";

/** Ours: what is left over is the next minute's. */
const OVERDUE_PER_RUN = 100;

/** Cron: wakes up again whoever should have started a recording and did not. */
export async function wakeOverdueRecordings(gateway: Gateway, nowMs: number): Promise<void> {
  const overdue = await takeOverdue(gateway.d1, nowMs - WAKE_UP_GUARD_MS, nowMs, OVERDUE_PER_RUN);
  if (overdue.length === 0) return;
  log({ event: "recordings_overdue", count: overdue.length });
  await gateway.dispatch.sendBatch(overdue.map((recording) => ({ body: { v: 1, kind: "start", recording } })));
}

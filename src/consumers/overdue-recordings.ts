import { unstartedRecordingAlert } from "../domain/alert/recording-alerts.ts";
import { WAKE_UP_GUARD_MS } from "../domain/recording/recording-times.ts";
import { storeAlerts } from "../platform/d1/alerts.ts";
import { giveUpStarting, listUnstartable, takeOverdue } from "../platform/d1/recordings-to-start.ts";
import { log } from "../platform/log.ts";
import type { Gateway } from "../wiring.ts";

/** Ours: what is left over is the next minute's. */
const OVERDUE_PER_RUN = 100;
/** Ours: what could not be started for so long cannot be: its audio is gone, or cannot be read. */
const TRIED_MS = 3 * 24 * 3_600_000;

/** Cron: wakes up again whoever should have started a recording and did not; in the end its account is told that nobody did. */
export async function wakeOverdueRecordings(gateway: Pick<Gateway, "d1" | "dispatch">, nowMs: number): Promise<void> {
  const dueBeforeMs = nowMs - WAKE_UP_GUARD_MS;
  const givenUp = await listUnstartable(gateway.d1, nowMs - TRIED_MS, dueBeforeMs, OVERDUE_PER_RUN);
  if (givenUp.length > 0) {
    // First: the same alert again is one.
    await storeAlerts(gateway.d1, givenUp.map((recording) => unstartedRecordingAlert(recording, nowMs)), nowMs);
    await giveUpStarting(gateway.d1, givenUp);
  }
  const overdue = await takeOverdue(gateway.d1, dueBeforeMs, nowMs, OVERDUE_PER_RUN);
  if (overdue.length + givenUp.length > 0) log({ event: "recordings_overdue", count: overdue.length, given_up: givenUp.length });
  if (overdue.length > 0) await gateway.dispatch.sendBatch(overdue.map((recording) => ({ body: { v: 1, kind: "start", recording } })));
}

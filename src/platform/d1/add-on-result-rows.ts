import type { Phase } from "../../domain/recording/recording-invocation.ts";
import type { RecordingOrder } from "../../domain/recording/recording-order.ts";

/** What lists show of each phase. */
const STATUSES: Record<Phase, "queued" | "in-progress" | "completed" | "failed" | "canceled"> = {
  queued: "queued",
  sending: "queued",
  in_progress: "in-progress",
  received: "in-progress",
  settling: "in-progress",
  completed: "completed",
  failed: "failed",
  canceled: "canceled",
};

type Published = { phase: Phase; createdAtMs: number; completedAtMs: number | null; payload: { sid: string; key: string; sizeBytes: number } | null };

/** A recording that was deleted meanwhile gets no result. */
const RESULT = `INSERT INTO add_on_results (sid, account_sid, recording_sid, add_on_sid, configuration_sid, status, completed_at, created_at, updated_at)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE EXISTS (SELECT 1 FROM recordings WHERE sid = ?3 AND created_at = ?10)
  ON CONFLICT (sid) DO UPDATE SET status = excluded.status, completed_at = excluded.completed_at, updated_at = excluded.updated_at`;

const PAYLOAD = `INSERT INTO payloads (sid, account_sid, recording_sid, add_on_result_sid, add_on_sid, configuration_sid, label, content_type, key, size_bytes, created_at, updated_at)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, 'application/json', ?8, ?9, ?10, ?10 WHERE EXISTS (SELECT 1 FROM add_on_results WHERE sid = ?4)
  ON CONFLICT (sid) DO NOTHING`;

/**
 * Writes how an invocation stands: written whole, so that it can be written again.
 * @returns false when its recording is not there any more.
 */
export async function publishResult(db: D1Database, order: RecordingOrder, { phase, createdAtMs, completedAtMs, payload }: Published, nowMs: number): Promise<boolean> {
  const { xr, accountSid, recordingSid, recordingCreatedAtMs, addOnSid, configurationSid, channel } = order;
  const result = db.prepare(RESULT).bind(xr, accountSid, recordingSid, addOnSid, configurationSid, STATUSES[phase], completedAtMs, createdAtMs, nowMs, recordingCreatedAtMs);
  if (payload === null) return (await result.run()).meta.changes > 0;
  const label = channel === null ? payload.sid : `channel-${channel}`;
  const [listed] = await db.batch([result, db.prepare(PAYLOAD).bind(payload.sid, accountSid, recordingSid, xr, addOnSid, configurationSid, label, payload.key, payload.sizeBytes, nowMs)]);
  return (listed?.meta.changes ?? 0) > 0;
}

/** Its results are past their time. */
export async function removeResult(db: D1Database, xr: string): Promise<void> {
  await db.batch([
    db.prepare("DELETE FROM payloads WHERE add_on_result_sid = ?1").bind(xr),
    db.prepare("DELETE FROM add_on_results WHERE sid = ?1").bind(xr),
    db.prepare("DELETE FROM dead_letters WHERE add_on_result_sid = ?1").bind(xr),
  ]);
}

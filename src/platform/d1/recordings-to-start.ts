import type { RecordingSource } from "../../domain/recording/recording-source.ts";

/** A recording whose add-ons wait to be started. */
export type RecordingToStart = {
  sid: string;
  account_sid: string;
  source: RecordingSource;
  media_type: string;
  channels: number;
  duration_ms: number;
  size_bytes: number;
  sha256: string;
  wav: string | null;
  created_at: number;
};

export async function getRecordingToStart(db: D1Database, sid: string): Promise<RecordingToStart | null> {
  const sql = "SELECT sid, account_sid, source, media_type, channels, duration_ms, size_bytes, sha256, wav, created_at FROM recordings WHERE sid = ?1 AND start_due_at IS NOT NULL";
  return db.withSession("first-primary").prepare(sql).bind(sid).first<RecordingToStart>();
}

/** @returns false when the recording was deleted meanwhile, also when another one has its SID now. */
export async function setStarted(db: D1Database, { sid, created_at }: Pick<RecordingToStart, "sid" | "created_at">): Promise<boolean> {
  const { meta } = await db.prepare("UPDATE recordings SET start_due_at = NULL WHERE sid = ?1 AND created_at = ?2").bind(sid, created_at).run();
  return meta.changes > 0;
}

export type UnstartedRecording = { sid: string; account_sid: string };

/** Those that have been tried in vain for so long that nobody waits for them any more. */
export async function listUnstartable(db: D1Database, createdBeforeMs: number, dueBeforeMs: number, limit: number): Promise<UnstartedRecording[]> {
  // One that was never taken is due since it came.
  const sql = "SELECT sid, account_sid FROM recordings WHERE start_due_at IS NOT NULL AND start_due_at < ?2 AND start_due_at > created_at AND created_at < ?1 LIMIT ?3";
  return (await db.prepare(sql).bind(createdBeforeMs, dueBeforeMs, limit).all<UnstartedRecording>()).results;
}

/** Nobody tries to start them any more. */
export async function giveUpStarting(db: D1Database, recordings: readonly UnstartedRecording[]): Promise<void> {
  const sids = JSON.stringify(recordings.map(({ sid }) => sid));
  await db.prepare("UPDATE recordings SET start_due_at = NULL WHERE sid IN (SELECT value FROM json_each(?1))").bind(sids).run();
}

/** Ours: one that is tried in vain, again and again, is tried at least this often. */
const RETRY_MAX_MS = 3_600_000;

/**
 * Recordings that nobody has started since before then: their wake-up was lost, or whoever followed it died. Each is due again, the later the
 * older it is, so that those which cannot be started do not hold up the others.
 */
export async function takeOverdue(db: D1Database, beforeMs: number, nowMs: number, limit: number): Promise<string[]> {
  const sql = `UPDATE recordings SET start_due_at = ?2 + min(max(?2 - created_at, 0), ${RETRY_MAX_MS})
    WHERE sid IN (SELECT sid FROM recordings WHERE start_due_at IS NOT NULL AND start_due_at < ?1 ORDER BY start_due_at LIMIT ?3) RETURNING sid`;
  const { results } = await db.prepare(sql).bind(beforeMs, nowMs, limit).all<{ sid: string }>();
  return results.map(({ sid }) => sid);
}

/** An upload of audio that is no recording yet. It is noted before its first byte is stored: what dies between R2 and D1 is found by it. */
export type AudioUploadRow = { account_sid: string; recording_sid: string; begun_at: number };

const IS_RECORDING = "EXISTS (SELECT 1 FROM recordings WHERE sid = audio_uploads.recording_sid AND account_sid = audio_uploads.account_sid)";

/** One for the same recording that is there already begins anew. */
export async function beginUpload(db: D1Database, { account_sid, recording_sid, begun_at }: AudioUploadRow): Promise<void> {
  const sql = "INSERT INTO audio_uploads (account_sid, recording_sid, begun_at) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET begun_at = excluded.begun_at";
  await db.prepare(sql).bind(account_sid, recording_sid, begun_at).run();
}

/** Those whose request must have died, and those that became recordings all the same. */
export async function listUploadsBefore(db: D1Database, beforeMs: number, limit: number): Promise<(AudioUploadRow & { is_recording: 0 | 1 })[]> {
  const sql = `SELECT account_sid, recording_sid, begun_at, ${IS_RECORDING} AS is_recording FROM audio_uploads WHERE begun_at < ?1 LIMIT ?2`;
  return (await db.prepare(sql).bind(beforeMs, limit).all<AudioUploadRow & { is_recording: 0 | 1 }>()).results;
}

/** Unless it has begun anew since then. */
export async function endUpload(db: D1Database, { account_sid, recording_sid, begun_at }: AudioUploadRow): Promise<void> {
  await db.prepare("DELETE FROM audio_uploads WHERE account_sid = ?1 AND recording_sid = ?2 AND begun_at = ?3").bind(account_sid, recording_sid, begun_at).run();
}

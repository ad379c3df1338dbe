/** Audio that is being stored. It is noted before its first byte: what dies between R2 and D1 is found by it. */
export type AudioUploadRow = { account_sid: string; recording_sid: string; begun_at: number };

/** @property recording_created_at of the recording that has its SID now; null when there is none. */
export type OldUpload = AudioUploadRow & { recording_created_at: number | null };

const CREATED_AT = "(SELECT created_at FROM recordings WHERE sid = audio_uploads.recording_sid AND account_sid = audio_uploads.account_sid)";

export async function beginUpload(db: D1Database, { account_sid, recording_sid, begun_at }: AudioUploadRow): Promise<void> {
  await db.prepare("INSERT INTO audio_uploads (account_sid, recording_sid, begun_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING").bind(account_sid, recording_sid, begun_at).run();
}

/** Those whose work must have died. */
export async function listUploadsBefore(db: D1Database, beforeMs: number, limit: number): Promise<OldUpload[]> {
  const sql = `SELECT account_sid, recording_sid, begun_at, ${CREATED_AT} AS recording_created_at FROM audio_uploads WHERE begun_at < ?1 LIMIT ?2`;
  return (await db.prepare(sql).bind(beforeMs, limit).all<OldUpload>()).results;
}

export async function endUpload(db: D1Database, { account_sid, recording_sid, begun_at }: AudioUploadRow): Promise<void> {
  await db.prepare("DELETE FROM audio_uploads WHERE account_sid = ?1 AND recording_sid = ?2 AND begun_at = ?3").bind(account_sid, recording_sid, begun_at).run();
}

import { audioKey, audioPrefix, channelsPrefix } from "../domain/recording/keys.ts";
import { endUpload, listUploadsBefore, type OldUpload } from "../platform/d1/audio-uploads.ts";
import { log } from "../platform/log.ts";
import type { Gateway } from "../wiring.ts";

/** Ours: longer than any upload. */
const UPLOAD_MAX_MS = 6 * 3_600_000;
/** Ours: what is left over is the next run's. */
const UPLOADS_PER_RUN = 100;

/** Cron: deletes audio that was stored by work which died: before it was a recording, or after that was deleted. */
export async function deleteLeftoverAudio({ d1, recordings }: Pick<Gateway, "d1" | "recordings">, nowMs: number): Promise<void> {
  const beforeMs = nowMs - UPLOAD_MAX_MS;
  let deleted = 0;
  for (const upload of await listUploadsBefore(d1, beforeMs, UPLOADS_PER_RUN)) {
    const { objects } = await recordings.list({ prefix: audioPrefix(upload.account_sid, upload.recording_sid) });
    // What is younger is of other work, which is noted itself.
    const left = objects.filter(({ key, uploaded }) => uploaded.getTime() < beforeMs && !isKept(key, upload)).map(({ key }) => key);
    if (left.length > 0) await recordings.delete(left);
    deleted += left.length;
    await endUpload(d1, upload);
  }
  if (deleted > 0) log({ event: "leftover_audio_deleted", count: deleted });
}

/** Whether it is of the recording that has the SID now. */
function isKept(key: string, { account_sid: accountSid, recording_sid: recordingSid, recording_created_at: createdAtMs }: OldUpload): boolean {
  if (createdAtMs === null) return false;
  return key === audioKey(accountSid, recordingSid) || key.startsWith(channelsPrefix({ accountSid, recordingSid, createdAtMs }));
}

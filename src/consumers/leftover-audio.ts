import { audioKey } from "../domain/recording/keys.ts";
import { endUpload, listUploadsBefore } from "../platform/d1/audio-uploads.ts";
import { log } from "../platform/log.ts";
import type { Gateway } from "../wiring.ts";

/** Ours: longer than any upload. */
const UPLOAD_MAX_MS = 6 * 3_600_000;
/** Ours: what is left over is the next run's. */
const UPLOADS_PER_RUN = 100;

/** Cron: deletes audio that was stored by requests which died before it became a recording. */
export async function deleteLeftoverAudio({ d1, recordings }: Pick<Gateway, "d1" | "recordings">, nowMs: number): Promise<void> {
  const beforeMs = nowMs - UPLOAD_MAX_MS;
  let deleted = 0;
  for (const upload of await listUploadsBefore(d1, beforeMs, UPLOADS_PER_RUN)) {
    const key = audioKey(upload.account_sid, upload.recording_sid);
    const left = upload.is_recording === 1 ? null : await recordings.head(key);
    // What is younger is of another upload to the same key, which has a row of its own.
    if (left !== null && left.uploaded.getTime() < beforeMs) {
      await recordings.delete(key);
      deleted += 1;
    }
    await endUpload(d1, upload);
  }
  if (deleted > 0) log({ event: "leftover_audio_deleted", count: deleted });
}

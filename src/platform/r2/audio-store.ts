import { hexOf } from "../../domain/bytes.ts";
import type { AudioProbe } from "../../domain/recording/measured-audio.ts";
import { WAV_HEADER_BYTES } from "../../domain/recording/wav.ts";
import { storeParts } from "./audio-parts.ts";
import { discard, putOptions, RECORDING_BYTES, type AudioOutcome, type AudioUpload } from "./audio-upload.ts";

/**
 * Streams audio to R2 and hashes it on the way. It is judged before it is stored: every outcome but `stored` leaves nothing behind.
 * @throws when R2 fails.
 */
export async function storeAudio(bucket: R2Bucket, upload: AudioUpload): Promise<AudioOutcome> {
  if (upload.sizeBytes === null) return storeParts(bucket, upload);
  if (upload.sizeBytes <= RECORDING_BYTES) return storeWhole(bucket, upload, upload.sizeBytes);
  await discard(upload.body);
  return { kind: "too_large" };
}

/** What has a length goes to R2 natively: none of its bytes passes through JavaScript, but for the first few. */
async function storeWhole(bucket: R2Bucket, upload: AudioUpload, sizeBytes: number): Promise<AudioOutcome> {
  const [beginning, audio] = upload.body.tee();
  const begun = await readBeginning(beginning, upload.probe);
  if (begun !== null) {
    await discard(audio);
    return begun;
  }
  const measured = upload.probe.measure(sizeBytes);
  if (!measured.ok) {
    await discard(audio);
    return { kind: "refused", detail: measured.error };
  }
  const digest = new crypto.DigestStream("SHA-256");
  digest.digest.catch(() => undefined);
  const sized = new FixedLengthStream(sizeBytes);
  const [toDigest, toBucket] = audio.tee();
  const [hashed, , put] = await Promise.allSettled([
    toDigest.pipeTo(digest).then(() => digest.digest),
    toBucket.pipeTo(sized.writable),
    bucket.put(upload.key, sized.readable, putOptions(upload)),
  ]);
  // Hashing needs nothing but the bytes: where it failed, they did not come.
  if (hashed.status === "rejected") return { kind: "broken_off" };
  if (put.status === "rejected") throw put.reason;
  if (put.value === null) return { kind: "overtaken" };
  return { kind: "stored", sizeBytes, sha256: hexOf(new Uint8Array(hashed.value)), measured: measured.value };
}

/** @returns null when what it begins with is fine; the rest of this branch is then left unread. */
async function readBeginning(body: ReadableStream<Uint8Array>, probe: AudioProbe): Promise<AudioOutcome | null> {
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const prefix = new Uint8Array(WAV_HEADER_BYTES);
  let bytes = 0;
  let neededBytes = 1;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const kept = value?.subarray(0, prefix.byteLength - bytes);
      if (kept !== undefined) prefix.set(kept, bytes);
      bytes += kept?.byteLength ?? 0;
      if (!done && bytes < neededBytes) continue;
      const begun = probe.begin(prefix.subarray(0, bytes), done);
      if (begun.kind === "enough") return null;
      if (begun.kind === "refused") return begun;
      neededBytes = begun.bytes;
    }
  } catch {
    return { kind: "broken_off" };
  } finally {
    // Not awaited: one branch of two may only be done with when the other one is.
    reader.cancel().catch(() => undefined);
  }
}

import { hexOf } from "../../domain/bytes.ts";
import { readChunk } from "./audio-chunks.ts";
import { putOptions, type AudioOutcome, type AudioUpload } from "./audio-upload.ts";

/** R2 takes parts of at least 5 MiB, and all but the last of one size. One is in memory during such an upload, and the next one. */
export const PART_BYTES = 8 * 1024 * 1024;

/** Stores audio whose length nobody knows yet. What is less than a part is put at once. */
export async function storeParts(bucket: R2Bucket, upload: AudioUpload, reader: ReadableStreamBYOBReader): Promise<AudioOutcome> {
  const first = await readChunk(reader, new ArrayBuffer(PART_BYTES));
  if (first === null) return { kind: "broken_off" };
  const begun = upload.probe.begin(first, first.byteLength < PART_BYTES);
  if (begun.kind !== "enough") return begun.kind === "refused" ? begun : { kind: "broken_off" };
  return first.byteLength < PART_BYTES ? putOnly(bucket, upload, first) : storeMultipart(bucket, upload, first, reader);
}

async function putOnly(bucket: R2Bucket, upload: AudioUpload, audio: Uint8Array<ArrayBuffer>): Promise<AudioOutcome> {
  const measured = upload.probe.measure(audio.byteLength);
  if (!measured.ok) return { kind: "refused", detail: measured.error };
  const put = await bucket.put(upload.key, audio, putOptions(upload));
  if (put === null) return { kind: "overtaken" };
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", audio));
  return { kind: "stored", sizeBytes: audio.byteLength, sha256: hexOf(digest), measured: measured.value };
}

/** An upload that is not completed is no object. What an isolate leaves behind when it dies, R2 removes after seven days. */
async function storeMultipart(bucket: R2Bucket, upload: AudioUpload, first: Uint8Array<ArrayBuffer>, reader: ReadableStreamBYOBReader): Promise<AudioOutcome> {
  const multipart = await bucket.createMultipartUpload(upload.key, { httpMetadata: { contentType: upload.mediaType } });
  let isComplete = false;
  try {
    const sent = await sendParts(multipart, upload, first, reader);
    if (sent.kind !== "sent") return sent;
    // R2 takes no condition here, so this is as near to one as it gets.
    const there = await bucket.head(upload.key);
    if (there?.etag !== upload.leftover?.etag) return { kind: "overtaken" };
    await multipart.complete(sent.parts);
    isComplete = true;
    return { kind: "stored", ...sent.audio };
  } finally {
    if (!isComplete) await multipart.abort();
  }
}

type Sent = { kind: "sent"; parts: R2UploadedPart[]; audio: Omit<Extract<AudioOutcome, { kind: "stored" }>, "kind"> };

async function sendParts(multipart: R2MultipartUpload, { probe, maxBytes }: AudioUpload, first: Uint8Array<ArrayBuffer>, reader: ReadableStreamBYOBReader): Promise<Sent | AudioOutcome> {
  const digest = new crypto.DigestStream("SHA-256");
  const hashing = digest.getWriter();
  const parts: R2UploadedPart[] = [];
  let sizeBytes = 0;
  for (let part: Uint8Array<ArrayBuffer> | null = first; ; part = await readChunk(reader, part.buffer)) {
    if (part === null) return { kind: "broken_off" };
    sizeBytes += part.byteLength;
    if (sizeBytes > maxBytes) return { kind: "too_large" };
    if (part.byteLength > 0) {
      await hashing.write(part);
      parts.push(await multipart.uploadPart(parts.length + 1, part));
    }
    if (part.byteLength < PART_BYTES) break;
  }
  await hashing.close();
  const measured = probe.measure(sizeBytes);
  if (!measured.ok) return { kind: "refused", detail: measured.error };
  return { kind: "sent", parts, audio: { sizeBytes, sha256: hexOf(new Uint8Array(await digest.digest)), measured: measured.value } };
}

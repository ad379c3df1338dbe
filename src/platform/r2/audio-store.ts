import { hexOf } from "../../domain/bytes.ts";
import { readChunk } from "./audio-chunks.ts";
import { storeParts } from "./audio-parts.ts";
import { discard, putOptions, type AudioOutcome, type AudioUpload } from "./audio-upload.ts";

/** Large enough for a WAV header, and for JavaScript to cost little between two of them. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Streams audio to R2 and hashes it on the way. It is judged before it is stored: every outcome but `stored` leaves nothing behind.
 * @throws when R2 fails.
 */
export async function storeAudio(bucket: R2Bucket, upload: AudioUpload): Promise<AudioOutcome> {
  const { body, sizeBytes, maxBytes } = upload;
  if (sizeBytes !== null && sizeBytes > maxBytes) {
    await discard(body);
    return { kind: "too_large" };
  }
  const reader = body.getReader({ mode: "byob" });
  try {
    return sizeBytes === null ? await storeParts(bucket, upload, reader) : await storeWhole(bucket, upload, reader, sizeBytes);
  } finally {
    // Not awaited: a body of which nothing comes any more may not end before its connection does.
    reader.cancel().catch(() => undefined);
  }
}

/**
 * Each chunk goes to R2 and into the hash before the next one is read. A `tee` would do both natively, and keep in memory all that R2 has
 * not taken yet: measured locally, 80 MB of 100.
 */
async function storeWhole(bucket: R2Bucket, upload: AudioUpload, reader: ReadableStreamBYOBReader, sizeBytes: number): Promise<AudioOutcome> {
  const first = await readChunk(reader, new ArrayBuffer(CHUNK_BYTES));
  if (first === null) return { kind: "broken_off" };
  const begun = upload.probe.begin(first, first.byteLength < CHUNK_BYTES);
  if (begun.kind !== "enough") return begun.kind === "refused" ? begun : { kind: "broken_off" };
  const measured = upload.probe.measure(sizeBytes);
  if (!measured.ok) return { kind: "refused", detail: measured.error };

  const sized = new FixedLengthStream(sizeBytes);
  const [put, copied] = await Promise.all([settled(bucket.put(upload.key, sized.readable, putOptions(upload))), copy(first, reader, sized.writable)]);
  // What R2 refuses it may not read to its end, so that R2's answer comes before the copy's.
  if (put.status === "fulfilled" && put.value === null) return { kind: "overtaken" };
  if (copied.kind === "broken_off") return copied;
  if (put.status === "rejected") throw put.reason;
  if (copied.kind === "not_taken") throw new Error("R2 stored audio without reading it to its end");
  return { kind: "stored", sizeBytes, sha256: copied.sha256, measured: measured.value };
}

/** `not_taken`: R2 stopped reading. */
type Copied = { kind: "copied"; sha256: string } | { kind: "broken_off" } | { kind: "not_taken" };

async function copy(first: Uint8Array<ArrayBuffer>, reader: ReadableStreamBYOBReader, target: WritableStream<Uint8Array>): Promise<Copied> {
  const digest = new crypto.DigestStream("SHA-256");
  const [writer, hashing] = [target.getWriter(), digest.getWriter()];
  for (let chunk: Uint8Array<ArrayBuffer> | null = first; ; chunk = await readChunk(reader, chunk.buffer)) {
    if (chunk === null) {
      await writer.abort(new Error("the audio broke off")).catch(() => undefined);
      return { kind: "broken_off" };
    }
    if (chunk.byteLength === 0) break;
    await hashing.write(chunk);
    if ((await settled(writer.write(chunk))).status === "rejected") return { kind: "not_taken" };
  }
  await hashing.close();
  // A body that ended before its announced length, which HTTP itself does not let through.
  if ((await settled(writer.close())).status === "rejected") return { kind: "broken_off" };
  return { kind: "copied", sha256: hexOf(new Uint8Array(await digest.digest)) };
}

const settled = async <T>(promise: Promise<T>): Promise<PromiseSettledResult<T>> => {
  const [result] = await Promise.allSettled([promise]);
  return result;
};

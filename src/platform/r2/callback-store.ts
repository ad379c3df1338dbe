import { hexOf } from "../../domain/bytes.ts";
import { JsonObjectScanner, type JsonFault } from "../../domain/recording/json-scan.ts";
import type { TopLevel } from "../../domain/recording/json-top-level.ts";
import type { Result } from "../../domain/result.ts";
import type { CallbackStore } from "../../invocation/callback-store.ts";

/** Ours: a default read brings 4 KB, and costs as much as one of this size. */
const READ_BYTES = 256 * 1024;
/** Ours: so that the isolate's other requests get their turn every few milliseconds. */
const YIELD_BYTES = 1024 * 1024;

/** What publishers called back with, in R2. No more than one read of it is ever in memory, unless it is asked for whole. */
export function callbackStore(bucket: R2Bucket): CallbackStore {
  return {
    /** Natively, as one stream from the socket to the bucket: R2 keeps either all of it or nothing. */
    async put(key, body) {
      const { size, checksums } = await bucket.put(key, body, { httpMetadata: { contentType: "application/json" } });
      if (checksums.md5 === undefined) throw new Error(`R2 has no MD5 of ${key}`);
      return { md5: hexOf(new Uint8Array(checksums.md5)), sizeBytes: size };
    },
    async scan(key) {
      const object = await bucket.get(key);
      return object && scanned(object.body);
    },
    async read(key) {
      const object = await bucket.get(key);
      return object && object.bytes();
    },
    delete: (key) => bucket.delete(key),
  };
}

async function scanned(body: ReadableStream): Promise<Result<TopLevel, JsonFault>> {
  const scanner = new JsonObjectScanner();
  const reader = body.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(READ_BYTES);
  for (let unyieldedBytes = 0; ; ) {
    const { done, value } = await reader.readAtLeast(READ_BYTES, new Uint8Array(buffer));
    if (value === undefined || value.byteLength === 0) break;
    if (!scanner.push(value)) {
      await reader.cancel();
      break;
    }
    if (done) break;
    buffer = value.buffer;
    unyieldedBytes += value.byteLength;
    if (unyieldedBytes < YIELD_BYTES) continue;
    unyieldedBytes = 0;
    await scheduler.wait(0);
  }
  return scanner.end();
}

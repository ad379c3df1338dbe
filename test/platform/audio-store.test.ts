import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { timedProbe } from "../../src/domain/recording/measured-audio.ts";
import { sha256Hex } from "../../src/domain/bytes.ts";
import { PART_BYTES } from "../../src/platform/r2/audio-parts.ts";
import { storeAudio } from "../../src/platform/r2/audio-store.ts";
import type { AudioUpload } from "../../src/platform/r2/audio-upload.ts";

const KEY = "recordings/AC0/RE0/audio";
const bucket = env.RECORDINGS;

beforeEach(async () => {
  await bucket.delete(KEY);
});
afterEach(() => void vi.restoreAllMocks());

const audioOf = (sizeBytes: number, fill: number): Uint8Array<ArrayBuffer> => new Uint8Array(sizeBytes).fill(fill);

/** @param sizeBytes what is announced. */
function upload(audio: Uint8Array<ArrayBuffer>, sizeBytes: number | null, leftover: R2Object | null = null): AudioUpload {
  const { body } = new Response(audio);
  if (body === null) throw new Error("a response of bytes has no body");
  return { key: KEY, mediaType: "audio/mpeg", body, sizeBytes, maxBytes: 20_000_000, probe: timedProbe(1_000), leftover };
}

const text = async (): Promise<string | undefined> => (await bucket.get(KEY))?.text();

describe.each([
  { what: "with a length", sizeBytes: 1_000, isAnnounced: true },
  { what: "without a length", sizeBytes: 1_000, isAnnounced: false },
  { what: "of more than one part, without a length", sizeBytes: PART_BYTES + 1, isAnnounced: false },
])("Audio $what", ({ sizeBytes, isAnnounced }) => {
  const audio = audioOf(sizeBytes, 7);
  const announced = isAnnounced ? sizeBytes : null;

  test("is stored with its hash and its media type", async () => {
    expect(await storeAudio(bucket, upload(audio, announced))).toEqual({ kind: "stored", sizeBytes, sha256: await sha256Hex(audio), measured: { channels: 1, durationMs: 1_000, wav: null } });
    const there = await bucket.get(KEY);
    expect([there?.size, there?.httpMetadata?.contentType]).toEqual([sizeBytes, "audio/mpeg"]);
    await there?.body.cancel();
  });

  test("does not overwrite what was stored in the meantime", async () => {
    await bucket.put(KEY, "faster");
    expect(await storeAudio(bucket, upload(audio, announced))).toEqual({ kind: "overtaken" });
    expect(await text()).toBe("faster");
  });

  test("overwrites what an upload that died has left", async () => {
    const leftover = await bucket.put(KEY, "left");
    expect(await storeAudio(bucket, upload(audio, announced, leftover))).toMatchObject({ kind: "stored" });
    expect((await bucket.head(KEY))?.size).toBe(sizeBytes);
  });

  test("does not overwrite what replaced the leftover before it", async () => {
    const leftover = await bucket.put(KEY, "left");
    await bucket.put(KEY, "faster");
    expect(await storeAudio(bucket, upload(audio, announced, leftover))).toEqual({ kind: "overtaken" });
    expect(await text()).toBe("faster");
  });
});

test.each([
  { what: "by what is announced", sizeBytes: PART_BYTES + 2, isAnnounced: true },
  { what: "when so much of it has come", sizeBytes: PART_BYTES + 2, isAnnounced: false },
])("Audio that is too large $what leaves nothing, and what is just not too large is stored", async ({ sizeBytes, isAnnounced }) => {
  const begun = multipartUploads();
  const sent = (bytes: number) => storeAudio(bucket, { ...upload(audioOf(bytes, 7), isAnnounced ? bytes : null), maxBytes: sizeBytes - 1 });
  expect(await sent(sizeBytes)).toEqual({ kind: "too_large" });
  expect(await bucket.head(KEY)).toBeNull();
  for (const { uploadId } of begun) await expect(bucket.resumeMultipartUpload(KEY, uploadId).uploadPart(1, "part")).rejects.toThrow();
  expect(begun).toHaveLength(isAnnounced ? 0 : 1);
  expect(await sent(sizeBytes - 1)).toMatchObject({ kind: "stored" });
});

/** Those that R2 was asked for. */
function multipartUploads(): R2MultipartUpload[] {
  const begun: R2MultipartUpload[] = [];
  const create = bucket.createMultipartUpload.bind(bucket);
  vi.spyOn(bucket, "createMultipartUpload").mockImplementation(async (key, options) => {
    const multipart = await create(key, options);
    begun.push(multipart);
    return multipart;
  });
  return begun;
}

test.each([
  { what: "at once", chunks: 0 },
  { what: "after 100 KB", chunks: 100 },
  { what: "in the second part", chunks: 9_000 },
])("Audio that breaks off $what, with and without a length, leaves nothing", async ({ chunks }) => {
  const begun = multipartUploads();
  for (const sizeBytes of [null, 20_000_000]) {
    let sent = 0;
    const body = new ReadableStream({
      type: "bytes",
      pull(controller) {
        if (sent++ < chunks) controller.enqueue(audioOf(1_024, 1));
        else controller.error(new Error("gone"));
      },
    });
    expect(await storeAudio(bucket, { ...upload(audioOf(1, 1), sizeBytes), body })).toEqual({ kind: "broken_off" });
    expect(await bucket.head(KEY)).toBeNull();
  }
  // It has begun, and its parts are not kept either.
  expect(begun).toHaveLength(chunks * 1_024 > PART_BYTES ? 1 : 0);
  for (const { uploadId } of begun) await expect(bucket.resumeMultipartUpload(KEY, uploadId).uploadPart(1, "part")).rejects.toThrow();
});

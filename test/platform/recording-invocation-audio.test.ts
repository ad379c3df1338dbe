import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { utf8 } from "../../src/domain/bytes.ts";
import { audioKey } from "../../src/domain/recording/keys.ts";
import { audioClient } from "../../src/platform/audio-client.ts";
import { expectFailedOnce, goTo, inRecordingsWorld, WOKEN } from "./recording-steps.ts";
import { follow, openRecording } from "./recording-under-test.ts";

inRecordingsWorld();
afterEach(() => void vi.restoreAllMocks());

const POLICY = { allowInsecure: false, ownOrigin: "https://gateway.example.com", allowUserInfo: false };
const AUDIO = { key: "recordings/audio-client", sizeBytes: 700_000, sha256: "", mediaType: "audio/x-wav", channels: 1 };

describe("audio on its way", () => {
  test.each([
    ["between what stands before and after it", "before", "after"],
    ["alone", "", ""],
  ])("goes out %s, with its length", async (_name, before, after) => {
    const audio = new Uint8Array(AUDIO.sizeBytes).map((_, index) => index % 251);
    await env.RECORDINGS.put(AUDIO.key, audio);
    const received: Uint8Array[] = [];
    vi.spyOn(globalThis, "fetch").mockImplementation(async (_input, init) => {
      received.push(new Uint8Array(await new Response(init?.body ?? null).arrayBuffer()));
      return new Response(null, { status: 202 });
    });
    const request = { method: "POST" as const, url: "https://publisher.example.com/", headers: {}, body: { before: utf8(before), after: utf8(after) } };
    const send = audioClient(env.RECORDINGS, POLICY);
    expect(await send(request, AUDIO, { signal: new AbortController().signal, maxBytes: 100 })).toMatchObject({ kind: "answered", status: 202 });
    const [body] = received;
    const decoder = new TextDecoder();
    expect([body?.byteLength, decoder.decode(body?.subarray(0, before.length)), decoder.decode(body?.subarray(before.length + AUDIO.sizeBytes))]).toEqual([
      before.length + AUDIO.sizeBytes + after.length,
      before,
      after,
    ]);
    expect(body?.subarray(before.length, before.length + AUDIO.sizeBytes)).toEqual(audio);
  });

  test("is accepted by a 202 whose body breaks off: it must not go out again for that", async () => {
    const recording = await openRecording();
    recording.peers.publisher = () => new Response(new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) }), { status: 202 });
    await goTo(recording, WOKEN + 1);
    expect(await recording.phase()).toBe("in_progress");
  });

  test("that is deleted before it is sent is not asked for again, and no failure of the publisher", async () => {
    const recording = await openRecording();
    await goTo(recording, WOKEN);
    await env.RECORDINGS.delete(audioKey(recording.accountSid, recording.recordingSid));
    await follow(recording.take("dispatch"));
    await recording.ring();
    expect(recording.peers.audio).toEqual([]);
    await expectFailedOnce(recording, 61000);
  });
});

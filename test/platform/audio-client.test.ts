import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { audioClient } from "../../src/platform/audio-client.ts";

const POLICY = { allowInsecure: false, ownOrigin: "https://gateway.example.com", allowUserInfo: false };
const AUDIO = { key: "recordings/audio-client", sizeBytes: 700_000, sha256: "", mediaType: "audio/x-wav", channels: 1 };

const sendTo = (url: string) => {
  const request = { method: "POST" as const, url, headers: {}, body: { before: new Uint8Array(), after: new Uint8Array() } };
  return audioClient(env.RECORDINGS, POLICY)(request, AUDIO, { signal: new AbortController().signal, maxBytes: 100 });
};

beforeEach(async () => {
  await env.RECORDINGS.put(AUDIO.key, new Uint8Array(AUDIO.sizeBytes));
});
afterEach(() => void vi.restoreAllMocks());

test.each([
  ["an address instead of a host", "https://10.0.0.1/audio"],
  ["the gateway itself", "https://gateway.example.com/audio"],
  ["no https", "http://publisher.example.com/audio"],
])("audio is not sent to %s, whatever the version says", async (_what, url) => {
  const fetched = vi.spyOn(globalThis, "fetch");
  expect(await sendTo(url)).toEqual({ kind: "unreachable", reason: "its URL is not one that may be called" });
  expect(fetched).not.toHaveBeenCalled();
});

describe("that the connection breaks off", () => {
  test("in the middle of the audio is the publisher's doing: there was more to send", async () => {
    vi.spyOn(globalThis, "fetch").mockImplementation(async (_input, init) => {
      const reader = new Response(init?.body ?? null).body?.getReader();
      await reader?.read();
      await reader?.cancel();
      throw new Error("connection closed");
    });
    expect(await sendTo("https://publisher.example.com/")).toEqual({ kind: "unreachable", reason: "the connection failed" });
  });

  test("after all of it is the publisher's too", async () => {
    vi.spyOn(globalThis, "fetch").mockImplementation(async (_input, init) => {
      await new Response(init?.body ?? null).arrayBuffer();
      throw new Error("connection closed");
    });
    expect(await sendTo("https://publisher.example.com/")).toEqual({ kind: "unreachable", reason: "the connection failed" });
  });
});

test("audio that is of another size than it was is another recording's, and not sent", async () => {
  await env.RECORDINGS.put(AUDIO.key, new Uint8Array(AUDIO.sizeBytes - 1));
  const fetched = vi.spyOn(globalThis, "fetch");
  expect(await sendTo("https://publisher.example.com/")).toEqual({ kind: "no_audio" });
  expect(fetched).not.toHaveBeenCalled();
});

test("audio that was deleted while it was sent is no failure of the publisher", async () => {
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => {
    await env.RECORDINGS.delete(AUDIO.key);
    throw new Error("connection closed");
  });
  expect(await sendTo("https://publisher.example.com/")).toEqual({ kind: "no_audio" });
});

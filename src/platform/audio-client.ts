import type { RecordingRequest } from "../domain/recording/recording-request.ts";
import { refuseUrl, type UrlPolicy } from "../domain/request/url-policy.ts";
import type { DispatchPorts } from "../invocation/dispatch-recording.ts";
import { discardBody } from "./bounded-body.ts";
import { attemptOf } from "./publisher-attempt.ts";

/** Sends audio from R2 to publishers: a native pipe with a known length, so that nothing of it is held here. */
export function audioClient(bucket: R2Bucket, urlPolicy: UrlPolicy): DispatchPorts["send"] {
  return async (request, audio, { signal, maxBytes }) => {
    if (refuseUrl(request.url, urlPolicy) !== null) return { kind: "unreachable", reason: "its URL is not one that may be called" };
    const body = await bodyOf(request, bucket, audio);
    if (body === null) return { kind: "no_audio" };
    try {
      const response = await fetch(request.url, { method: request.method, headers: request.headers, body: body.content, signal, redirect: "manual" });
      const { status } = response;
      // Only a 200 has something to say. What the body of any other is must not make the audio go out again when it breaks off.
      if (status === 200 || status < 200 || status > 299) return await attemptOf(response, maxBytes, signal);
      await discardBody(response);
      return { kind: "answered", status, text: "", bytes: 0, mediaType: null };
    } catch (error) {
      if (signal.aborted) return { kind: "aborted" };
      // That our own storage fails is not the publisher's doing.
      if (await body.hasFailed()) throw new Error(`${audio.key} broke off while it was read`, { cause: error });
      return { kind: "unreachable", reason: error instanceof TypeError ? "the request could not be made" : "the connection failed" };
    }
  };
}

/** @property hasFailed whether the audio itself broke off; asked when sending has failed. */
type Body = { content: string | ReadableStream | null; hasFailed(): Promise<boolean> };

/** @returns null when the audio is gone. */
async function bodyOf({ body }: RecordingRequest, bucket: R2Bucket, { key, sizeBytes }: { key: string; sizeBytes: number }): Promise<Body | null> {
  if (body === null || "text" in body) return { content: body?.text ?? null, hasFailed: async () => false };
  const object = await bucket.get(key);
  if (object === null) return null;
  const { readable, writable } = new FixedLengthStream(body.before.byteLength + sizeBytes + body.after.byteLength);
  // Not awaited: it goes on while the request is sent. What breaks it breaks the request too.
  const piped = pipe(object.body, writable, body).then(
    () => false,
    () => isBroken(object.body),
  );
  return { content: readable, hasFailed: () => piped };
}

/** The audio is not canceled with its target, so that it can tell afterwards which of the two has failed. */
async function pipe(audio: ReadableStream, writable: WritableStream, { before, after }: { before: Uint8Array; after: Uint8Array }): Promise<void> {
  if (before.byteLength > 0) await write(writable, before);
  await audio.pipeTo(writable, { preventClose: after.byteLength > 0, preventCancel: true });
  if (after.byteLength === 0) return;
  await write(writable, after);
  await writable.close();
}

/** Whether nothing more comes of it: it broke off, or ended before its length. */
async function isBroken(audio: ReadableStream): Promise<boolean> {
  const reader = audio.getReader();
  try {
    return (await reader.read()).done;
  } catch {
    return true;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function write(writable: WritableStream, bytes: Uint8Array): Promise<void> {
  const writer: WritableStreamDefaultWriter<Uint8Array> = writable.getWriter();
  await writer.write(bytes);
  writer.releaseLock();
}

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
      // A pipe that breaks breaks at both ends, so it does not tell whose fault it was: storage is asked instead. When it fails, that is thrown.
      if (body.isAudio && (await bucket.head(audio.key))?.size !== audio.sizeBytes) return { kind: "no_audio" };
      return { kind: "unreachable", reason: error instanceof TypeError ? "the request could not be made" : "the connection failed" };
    }
  };
}

type Body = { content: string | ReadableStream | null; isAudio: boolean };

/** @returns null when the audio is gone. */
async function bodyOf({ body }: RecordingRequest, bucket: R2Bucket, { key, sizeBytes }: { key: string; sizeBytes: number }): Promise<Body | null> {
  if (body === null || "text" in body) return { content: body?.text ?? null, isAudio: false };
  const object = await bucket.get(key);
  // Of another size it is another recording's, which has this one's SID now.
  if (object?.size !== sizeBytes) return null;
  const { readable, writable } = new FixedLengthStream(body.before.byteLength + sizeBytes + body.after.byteLength);
  // Not awaited: it goes on while the request is sent. What breaks it breaks the request too.
  void pipe(object.body, writable, body).catch(() => undefined);
  return { content: readable, isAudio: true };
}

async function pipe(audio: ReadableStream, writable: WritableStream, { before, after }: { before: Uint8Array; after: Uint8Array }): Promise<void> {
  if (before.byteLength > 0) await write(writable, before);
  await audio.pipeTo(writable, { preventClose: after.byteLength > 0 });
  if (after.byteLength === 0) return;
  await write(writable, after);
  await writable.close();
}

async function write(writable: WritableStream, bytes: Uint8Array): Promise<void> {
  const writer: WritableStreamDefaultWriter<Uint8Array> = writable.getWriter();
  await writer.write(bytes);
  writer.releaseLock();
}

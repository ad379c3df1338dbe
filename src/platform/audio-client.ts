import { isAcceptance } from "../domain/recording/dispatch-outcome.ts";
import type { RecordingRequest } from "../domain/recording/recording-request.ts";
import { refuseUrl, type UrlPolicy } from "../domain/request/url-policy.ts";
import type { DispatchPorts } from "../invocation/dispatch-recording.ts";
import { discardBody } from "./bounded-body.ts";
import { attemptOf } from "./publisher-attempt.ts";

/** Sends audio from R2 to publishers: a native pipe with a known length, so that nothing of it is held here. */
export function audioClient(bucket: R2Bucket, urlPolicy: UrlPolicy): DispatchPorts["send"] {
  return async (request, audio, { signal, maxBytes }) => {
    if (refuseUrl(request.url, urlPolicy) !== null) return { kind: "unreachable", reason: "its URL is not one that may be called" };
    // Outside of what is the publisher's: that our own storage fails is thrown, and is not its doing.
    const body = await bodyOf(request, bucket, audio);
    if (body === undefined) return { kind: "no_audio" };
    try {
      const response = await fetch(request.url, { method: request.method, headers: request.headers, body, signal, redirect: "manual" });
      if (!isAcceptance(response.status)) return await attemptOf(response, maxBytes, signal);
      // A body that is none of the publisher's business to send must not make the audio go out again when it breaks off.
      await discardBody(response);
      return { kind: "answered", status: response.status, text: "", bytes: 0, mediaType: null };
    } catch (error) {
      if (signal.aborted) return { kind: "aborted" };
      return { kind: "unreachable", reason: error instanceof TypeError ? "the request could not be made" : "the connection failed" };
    }
  };
}

/** @returns undefined when the audio is gone. */
async function bodyOf({ body }: RecordingRequest, bucket: R2Bucket, { key, sizeBytes }: { key: string; sizeBytes: number }): Promise<string | ReadableStream | null | undefined> {
  if (body === null || "text" in body) return body?.text ?? null;
  const object = await bucket.get(key);
  if (object === null) return undefined;
  const { readable, writable } = new FixedLengthStream(body.before.byteLength + sizeBytes + body.after.byteLength);
  // Not awaited: it goes on while the request is sent. What breaks it breaks the request too.
  void pipe(object.body, writable, body).catch(() => undefined);
  return readable;
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

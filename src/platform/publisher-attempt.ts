import type { PublisherAttempt } from "../domain/response/publisher-answer.ts";
import { discardBody, readBody } from "./bounded-body.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** What a publisher's response came to: only a 2xx body is read, and only within its bounds. */
export async function attemptOf(response: Response, maxBytes: number, signal: AbortSignal): Promise<PublisherAttempt> {
  const { status } = response;
  if (status < 200 || status > 299) {
    await discardBody(response);
    return { kind: "refused_status", status };
  }
  const read = await readBody(response, maxBytes, signal);
  if (read === null) return { kind: "too_large", status, bytes: maxBytes + 1, maxBytes };
  try {
    return { kind: "answered", status, text: decoder.decode(read), bytes: read.byteLength, mediaType: response.headers.get("content-type") };
  } catch {
    return { kind: "not_utf8", status, bytes: read.byteLength };
  }
}

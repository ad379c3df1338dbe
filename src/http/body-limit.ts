import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { REQUEST_BODY_BYTES, UNREAD_BODY_BYTES, UNREAD_BODY_MS } from "../domain/limits.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuse } from "./refused.ts";

const refuseTooLarge = (): never => refuse({ kind: "too_large", message: `The body must be at most ${REQUEST_BODY_BYTES} bytes` });

const limitRead = bodyLimit({ maxSize: REQUEST_BODY_BYTES, onError: refuseTooLarge });

/** Bodies that their routes stream, and limit themselves; with the media type, where the same route takes small ones as well. */
const STREAMED: readonly { path: RegExp; mediaType: RegExp }[] = [
  { path: /^\/v1\/AddOnResults\/[^/]+\/Callback\/[^/]+$/, mediaType: /(?:)/ },
  { path: /^\/v1\/Recordings$/, mediaType: /^audio\//i },
];

const isStreamed = (c: AppContext): boolean =>
  c.req.method === "POST" && STREAMED.some(({ path, mediaType }) => path.test(c.req.path) && mediaType.test(c.req.header("Content-Type") ?? ""));

/**
 * Limits a body before it is read. Where its size is not announced, Hono reads it and makes a new request of it, which the platform
 * refuses for a GET with a body; the publisher guide's own curl sends one. `boundedText` counts such a body.
 */
export const limitBody = createMiddleware<AppEnv>(async (c, next) => {
  const { body } = c.req.raw;
  if (body === null || isStreamed(c) || (["GET", "HEAD"].includes(c.req.method) && !isSizeAnnounced(c))) return next();
  try {
    return await limitRead(c, next);
  } finally {
    if (!c.req.raw.bodyUsed && !body.locked) await Promise.race([discard(body), scheduler.wait(UNREAD_BODY_MS)]);
  }
});

/** Platform: a connection whose request was not read is closed, and a client that is still sending it never sees the answer. */
async function discard(body: ReadableStream<Uint8Array>): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength;
      if (bytes > UNREAD_BODY_BYTES) return;
    }
  } catch {
    // The client hung up: there is nobody to be answered.
  }
}

/** The text of a body that `limitBody` may have left uncounted. */
export async function boundedText(c: AppContext): Promise<string> {
  if (isSizeAnnounced(c) || c.req.raw.body === null) return c.req.text();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of c.req.raw.body) {
    bytes += chunk.byteLength;
    if (bytes > REQUEST_BODY_BYTES) refuseTooLarge();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

const isSizeAnnounced = (c: AppContext): boolean => c.req.header("Content-Length") !== undefined && c.req.header("Transfer-Encoding") === undefined;

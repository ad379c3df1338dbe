/** @returns the decoded body, or null when it is larger than `maxBytes`; the rest is then not read. */
export async function readBody(response: Response, maxBytes: number, signal: AbortSignal): Promise<Uint8Array | null> {
  // HTTP itself holds an uncompressed body to its announced size, and one read is much cheaper than a stream of them.
  const announced = response.headers.get("content-encoding") === null ? response.headers.get("content-length") : null;
  if (announced !== null && Number(announced) <= maxBytes) return new Uint8Array(await response.arrayBuffer());
  if (response.body === null) return new Uint8Array();
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  // The fetch's own signal ends the connection; this ends a read that waits on a body of which nothing comes any more.
  const stop = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", stop, { once: true });
  try {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for (;;) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : concatenate(chunks, bytes);
      // Counted after decoding: a gzip bomb is as large as what it becomes.
      bytes += value.byteLength;
      if (bytes > maxBytes) {
        stop();
        return null;
      }
      chunks.push(value);
    }
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function concatenate(chunks: Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

/** An unread body holds memory and the connection. */
export async function discardBody(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}

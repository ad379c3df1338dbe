import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { WavAnalysis } from "./wav-analysis.ts";

/** Four hours at the most bytes a second that this add-on reads, 48 kHz of 32 bits. */
const maxBodyBytes = 4 * 60 * 60 * 48_000 * 4 + 1024 * 1024;

export type Received = { sha256: string; outcome: ReturnType<WavAnalysis["end"]> };

/**
 * Hashes and analyses a body while it comes, and holds none of it: the next piece is read when this one is done with.
 * @returns undefined as soon as it turns out to be too large. Rejects when the client hangs up.
 */
export async function receiveUpload(request: IncomingMessage): Promise<Received | undefined> {
  const hash = createHash("sha256");
  const analysis = new WavAnalysis();
  let sizeBytes = 0;
  // Not destroyed when it is too large: the answer goes over the same connection.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes: Buffer = chunk;
    sizeBytes += bytes.length;
    if (sizeBytes > maxBodyBytes) return undefined;
    hash.update(bytes);
    analysis.read(bytes);
  }
  return { sha256: hash.digest("hex"), outcome: analysis.end() };
}

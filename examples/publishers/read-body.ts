import type { IncomingMessage } from "node:http";

/** The request's body, or what is wrong with it as soon as it turns out to be. Rejects when the client hangs up. */
export async function readBody(request: IncomingMessage, { maxBytes, maxMs }: { maxBytes: number; maxMs: number }): Promise<Buffer | "too_large" | "too_slow"> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return "too_large";
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve("too_slow"), maxMs);
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    request.on("data", (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) resolve("too_large");
      else chunks.push(chunk);
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("error", reject);
    request.once("close", () => clearTimeout(timer));
  });
}

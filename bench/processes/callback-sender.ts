/** Sends bodies of any size, one after another, and never has one in memory. */
import { once } from "node:events";
import { request as open, type IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { bodyOf } from "../callbacks/body.ts";
import { serveCalls } from "../child.ts";
import { httpRequest, type HttpRequest } from "../works.ts";

const spec = z.object({ url: z.string(), requests: z.array(httpRequest), sizeBytes: z.number() });

async function send(url: string, { method, path, headers }: HttpRequest, sizeBytes: number): Promise<number> {
  const startedAtMs = performance.now();
  const sent = { ...headers, "content-type": "application/json", "content-length": sizeBytes };
  const outgoing = open(url + path, { method, headers: sent, agent: false });
  const answering: Promise<[IncomingMessage]> = once(outgoing, "response") as Promise<[IncomingMessage]>;
  const [[answer]] = await Promise.all([answering, pipeline(Readable.from(bodyOf(sizeBytes)), outgoing)]);
  const body = await text(answer);
  if (answer.statusCode !== 200) throw new Error(`${method} with ${sizeBytes} bytes: ${answer.statusCode} ${body.slice(0, 500)}`);
  return performance.now() - startedAtMs;
}

serveCalls({
  async send(input) {
    const { url, requests, sizeBytes } = spec.parse(input);
    const tookMs: number[] = [];
    for (const request of requests) tookMs.push(await send(url, request, sizeBytes));
    return tookMs;
  },
});

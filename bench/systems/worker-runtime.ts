import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { z } from "zod";
import { lookupRequest } from "../lookup.ts";
import { messageRequest } from "../message.ts";
import { requireAnswer } from "../right-answer.ts";
import type { System, SystemOptions } from "../system.ts";

const yardstickBundle = resolve(import.meta.dirname, "../workers/dist/yardstick.js");

export type YardstickOptions = {
  port: number;
  publisherUrl: string;
  webhookUrl: string;
  /** Where its bucket's files are; without it they are in the system's temporary directory. */
  stateDir?: string;
};

/** `workers/yardstick.ts` in the gateway's harness: the same runtime, options and kind of socket as `scripts/local-runtime.ts`. */
export async function startYardstick(name: "bare" | "proxy" | "bare-put", options: YardstickOptions) {
  const { port, publisherUrl, webhookUrl, stateDir } = options;
  const { workerOptions } = unstable_getMiniflareWorkerOptions(resolve(import.meta.dirname, `../workers/${name}.toml`));
  const converted = convertV4MiniflareOptions({
    cf: false,
    workers: [
      {
        ...workerOptions,
        name,
        modules: [{ type: "ESModule", path: "yardstick.js", contents: await readFile(yardstickBundle, "utf8") }],
        bindings: { PUBLISHER_URL: publisherUrl, WEBHOOK_URL: webhookUrl },
        unsafeDirectSockets: [{ host: "127.0.0.1", port }],
      },
    ],
  });
  if (stateDir !== undefined) converted.resourcePersistencePath = stateDir;
  const miniflare = new Miniflare(converted);
  await miniflare.ready;
  return { miniflare, url: (await miniflare.unsafeGetDirectURL()).origin };
}

const health = z.object({ waiting: z.number() });

/** Fewer than this may be waiting for nothing but the end of their batch's second: one call of the consumer. */
const lastBatchSize = 100;

export async function startYardstickSystem(name: "bare" | "proxy", { port, publisherUrl, webhookUrl }: SystemOptions): Promise<System> {
  const { miniflare, url } = await startYardstick(name, { port, publisherUrl, webhookUrl });
  return {
    url,
    request: (work) => lookupRequest(work) ?? messageRequest(work),
    check: requireAnswer,
    async settle() {
      const deadlineMs = Date.now() + 10_000;
      while (Date.now() < deadlineMs) {
        const { waiting } = health.parse(await (await fetch(`${url}/health`)).json());
        if (waiting < lastBatchSize) return;
        await new Promise((done) => setTimeout(done, 20));
      }
      throw new Error("messages are still waiting after 10 s");
    },
    stop: () => miniflare.dispose(),
  };
}

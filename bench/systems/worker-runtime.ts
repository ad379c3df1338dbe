import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { z } from "zod";
import { lookupRequest } from "../lookup.ts";
import { messageRequest } from "../message.ts";
import { requireAnswer } from "../right-answer.ts";
import type { System, SystemOptions } from "../system.ts";

const bench = resolve(import.meta.dirname, "..");

type WorkerOptions = {
  /** The Worker's `wrangler.toml` and its built script, below this benchmark. */
  config: string;
  script: string;
  port: number;
  bindings: Record<string, string>;
  /** Where its databases' and buckets' files are; without it they are in the system's temporary directory. */
  stateDir?: string | undefined;
};

/** A Worker of the benchmark's own in the gateway's harness: the same runtime, options and kind of socket as `scripts/local-runtime.ts`. */
export async function startWorker({ config, script, port, bindings, stateDir }: WorkerOptions) {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(resolve(bench, config));
  const converted = convertV4MiniflareOptions({
    cf: false,
    workers: [
      {
        ...workerOptions,
        name: basename(config, ".toml"),
        modules: [{ type: "ESModule", path: basename(script), contents: await readFile(resolve(bench, script), "utf8") }],
        bindings,
        unsafeDirectSockets: [{ host: "127.0.0.1", port }],
      },
    ],
  });
  if (stateDir !== undefined) converted.resourcePersistencePath = stateDir;
  const miniflare = new Miniflare(converted);
  await miniflare.ready;
  return { miniflare, url: (await miniflare.unsafeGetDirectURL()).origin };
}

export type YardstickOptions = { port: number; publisherUrl: string; webhookUrl: string; stateDir?: string };

export function startYardstick(name: "bare" | "proxy" | "bare-put", { port, publisherUrl, webhookUrl, stateDir }: YardstickOptions) {
  const bindings = { PUBLISHER_URL: publisherUrl, WEBHOOK_URL: webhookUrl };
  return startWorker({ config: `workers/${name}.toml`, script: "workers/dist/yardstick.js", port, bindings, stateDir });
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

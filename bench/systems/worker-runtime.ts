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

/** `workers/yardstick.ts` in the gateway's harness: the same runtime, options and kind of socket as `scripts/local-runtime.ts`. */
export async function startYardstick(name: "bare" | "proxy", options: Omit<SystemOptions, "stateDir">) {
  const { port, publisherUrl, webhookUrl } = options;
  const { workerOptions } = unstable_getMiniflareWorkerOptions(resolve(import.meta.dirname, `../workers/${name}.toml`));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
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
    }),
  );
  await miniflare.ready;
  return { miniflare, url: (await miniflare.unsafeGetDirectURL()).origin };
}

const health = z.object({ waiting: z.number() });

/** Fewer than this may be waiting for nothing but the end of their batch's second: one call of the consumer. */
const lastBatchSize = 100;

export async function startYardstickSystem(name: "bare" | "proxy", options: SystemOptions): Promise<System> {
  const { miniflare, url } = await startYardstick(name, options);
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

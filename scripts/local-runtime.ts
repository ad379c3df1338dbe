import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";

const root = resolve(import.meta.dirname, "..");

export type LocalRuntimeOptions = {
  port: number;
  /** Where D1, R2 and the Durable Objects keep their files; without it they live as long as the process. */
  stateDir?: string;
  /** Gets each of the Worker's log lines; without it they are dropped. */
  onLog?: (line: string) => void;
  /** Variables and secrets, over those of wrangler.toml. */
  vars: Record<string, string>;
};

/**
 * The built Worker (`dist/worker.js`) in workerd, with every binding that wrangler.toml declares. `npm start`, the
 * conformance tests and the benchmark all run this, so that what is tested and measured is what is deployed.
 *
 * The socket is workerd's own: `wrangler dev` puts two more Workers in front and is about 20 times slower.
 */
export async function startLocalRuntime(options: LocalRuntimeOptions): Promise<{ miniflare: Miniflare; url: string }> {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(resolve(root, "wrangler.toml"));
  const converted = convertV4MiniflareOptions({
    cf: false,
    handleStructuredLogs: ({ message }) => options.onLog?.(message),
    workers: [
      {
        ...workerOptions,
        name: "dipswitch",
        modules: [{ type: "ESModule", path: "worker.js", contents: await readFile(resolve(root, "dist/worker.js"), "utf8") }],
        bindings: Object.assign({}, workerOptions.bindings, options.vars),
        unsafeDirectSockets: [{ host: "127.0.0.1", port: options.port }],
      },
    ],
  });
  // Miniflare 5 knows only this name for it; the older `*Persist` options are ignored without a word.
  if (options.stateDir !== undefined) converted.resourcePersistencePath = options.stateDir;
  const miniflare = new Miniflare(converted);
  await miniflare.ready;
  const url = await miniflare.unsafeGetDirectURL();
  return { miniflare, url: url.origin };
}

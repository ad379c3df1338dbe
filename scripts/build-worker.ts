import { spawn } from "node:child_process";
import { resolve } from "node:path";

/** Builds `dist/worker.js` exactly as a deployment does. Its output is shown only when it fails. */
export async function buildWorker(): Promise<void> {
  const root = resolve(import.meta.dirname, "..");
  const wrangler = spawn(process.execPath, [resolve(root, "node_modules/wrangler/bin/wrangler.js"), "deploy", "--dry-run", "--outdir", "dist"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" },
  });
  const output: Buffer[] = [];
  wrangler.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  wrangler.stderr.on("data", (chunk: Buffer) => output.push(chunk));
  const code = await new Promise<number | null>((ended) => wrangler.on("close", ended));
  if (code !== 0) throw new Error(`the Worker could not be built:\n${Buffer.concat(output).toString()}`);
}

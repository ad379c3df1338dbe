import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");

/**
 * Builds `dist/worker.js` exactly as a deployment does. Whoever reads it meanwhile, another start or a test, finds the old one or the
 * new one whole.
 */
export async function buildWorker(): Promise<void> {
  const dist = resolve(root, "dist");
  await mkdir(dist, { recursive: true });
  const building = await mkdtemp(resolve(dist, "building-"));
  try {
    await bundleInto(building);
    for (const name of ["worker.js.map", "worker.js"]) await rename(resolve(building, name), resolve(dist, name));
  } finally {
    await rm(building, { recursive: true });
  }
}

/** Its output is shown only when it fails. */
async function bundleInto(folder: string): Promise<void> {
  const wrangler = spawn(process.execPath, [resolve(root, "node_modules/wrangler/bin/wrangler.js"), "deploy", "--dry-run", "--outdir", folder], {
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

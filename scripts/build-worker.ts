import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const bundle = resolve(root, "dist/worker.js");

/**
 * Builds `dist/worker.js` exactly as a deployment does, unless nothing that it is made of has changed since. Whoever reads it
 * meanwhile, another start or a test, finds the old one or the new one whole.
 */
export async function buildWorker(): Promise<void> {
  const startedAt = new Date();
  if ((await newestSourceMs()) < (await changedAtMs(bundle))) return;
  await mkdir(resolve(root, "dist"), { recursive: true });
  const building = await mkdtemp(resolve(root, "dist/building-"));
  try {
    await bundleInto(building);
    // What is changed while it is built is newer than it.
    await utimes(resolve(building, "worker.js"), startedAt, startedAt);
    await rename(resolve(building, "worker.js.map"), `${bundle}.map`);
    await rename(resolve(building, "worker.js"), bundle);
  } finally {
    await rm(building, { recursive: true });
  }
}

/** Folders are looked at as well: they change when a file in them is removed. */
async function newestSourceMs(): Promise<number> {
  const entries = await readdir(resolve(root, "src"), { recursive: true });
  const paths = ["src", "wrangler.toml", "package-lock.json", "tsconfig.json", ...entries.map((entry) => `src/${entry}`)];
  return Math.max(...(await Promise.all(paths.map((path) => changedAtMs(resolve(root, path))))));
}

const changedAtMs = async (path: string): Promise<number> => (await stat(path).catch(() => null))?.mtimeMs ?? 0;

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

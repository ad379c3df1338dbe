import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";

const bench = import.meta.dirname;
const root = resolve(bench, "..");

const manifest = z.object({ version: z.string(), dependencies: z.record(z.string(), z.string()).default({}) });

async function readManifest(path: string) {
  return manifest.parse(JSON.parse(await readFile(resolve(path, "package.json"), "utf8")));
}

async function run(command: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(command, args, { cwd: root, env: { ...process.env, WRANGLER_SEND_METRICS: "false" } });
  } catch (error) {
    const output = z.object({ stdout: z.string(), stderr: z.string() }).safeParse(error);
    const told = output.success ? output.data.stdout + output.data.stderr : String(error);
    throw new Error(`${command} ${args.join(" ")} failed:\n${told}`, { cause: error });
  }
}

/** Exact versions of what is compared, by package name. */
export async function getBenchVersions(): Promise<Record<string, string>> {
  return (await readManifest(bench)).dependencies;
}

export async function getInstalledVersion(packageName: string): Promise<string> {
  return (await readManifest(resolve(root, "node_modules", packageName))).version;
}

async function isInstalled(name: string, version: string): Promise<boolean> {
  try {
    return (await readManifest(resolve(bench, "node_modules", name))).version === version;
  } catch {
    return false;
  }
}

/** The other gateways and the load generator, from the lock file; nothing happens when they are there. */
export async function installBenchPackages(): Promise<void> {
  for (const [name, version] of Object.entries(await getBenchVersions())) {
    if (await isInstalled(name, version)) continue;
    return run("npm", ["ci", "--prefix", bench, "--ignore-scripts", "--no-audit", "--no-fund"]);
  }
}

/** Workers of the benchmark's own, by the tool that builds the gateway. */
async function build(config: string): Promise<void> {
  const wrangler = resolve(root, "node_modules/.bin/wrangler");
  const path = resolve(bench, config);
  await run(wrangler, ["deploy", "--dry-run", "-c", path, "--outdir", resolve(dirname(path), "dist")]);
}

export const buildYardstick = () => build("workers/bare.toml");

export const buildFlushDesk = () => build("flush/worker/desk.toml");

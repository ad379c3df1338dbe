import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { build } from "./deploy/commands.ts";
import { readDeclared } from "./deploy/declared.ts";
import { deployGateway } from "./deploy/gateway.ts";
import { printPlan } from "./deploy/plan.ts";
import { wranglerIn } from "./deploy/wrangler.ts";

// npm run deploy                           to the logged-in Cloudflare account; can be run again
// npm run deploy -- --dry-run              prints every command and builds, without account and network
// PUBLIC_URL=https://… npm run deploy      for a domain of your own; later runs keep it

const root = resolve(import.meta.dirname, "..");
const print = (line: string) => console.log(line);

try {
  const { values } = parseArgs({
    options: { "dry-run": { type: "boolean", default: false }, "new-encryption-key": { type: "boolean", default: false } },
  });
  if (values["dry-run"]) await planAndBuild();
  else await deploy(values["new-encryption-key"]);
} catch (error) {
  console.error(error instanceof Error ? `\n${error.message}` : error);
  process.exitCode = 1;
}

async function planAndBuild(): Promise<void> {
  printPlan(readDeclared(root), print);
  await wranglerIn(root, process.env)(build);
  print("The bundle is in dist/.");
}

async function deploy(newEncryptionKey: boolean): Promise<void> {
  const health = { fetch, limitMs: 180_000, pauseMs: 2_000 };
  try {
    await deployGateway({ root, env: process.env, print, health, newEncryptionKey });
  } catch (error) {
    print("\nNot deployed to the end. Nothing that was generated is lost: the next run goes on where this one stopped.");
    throw error;
  }
}

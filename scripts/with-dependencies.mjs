// node scripts/with-dependencies.mjs <script.ts> [arguments…]
//
// Runs a script of this project on a machine that has only Node 20 or later and npm: installs the locked dependencies
// where they are missing or are not the locked ones, then hands over to the Node among them, which runs TypeScript.
// So this file is JavaScript and imports nothing that has to be installed.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const oldestNode = 20;
const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const projectNode = join(root, "node_modules/node/bin/node");

/** Signals that this process passes on to the one it runs. */
const forwardedSignals = ["SIGINT", "SIGTERM", "SIGHUP"];
/** Ctrl-C arrives here twice: from the terminal and again from npm, which forwards what it gets. Within this time it is one. */
const sameSignalMs = 1_000;

process.exitCode = await main(process.argv.slice(2));

async function main([script, ...scriptArguments]) {
  if (Number.parseInt(process.versions.node, 10) < oldestNode) {
    return refuse(`Node ${oldestNode} or later is needed; this is Node ${process.versions.node}.`);
  }
  if (script === undefined) return refuse("usage: node scripts/with-dependencies.mjs <script.ts> [arguments…]");
  if (!isInstalled()) {
    const code = await install();
    if (code !== 0) return code;
  }
  return run(projectNode, [resolve(root, script), ...scriptArguments], {
    stdio: "inherit",
    env: {
      ...process.env,
      PATH: [join(root, "node_modules/.bin"), process.env.PATH].join(delimiter),
      // Local runs ask Cloudflare for nothing, and nothing is reported.
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      WRANGLER_SEND_METRICS: "false",
    },
  });
}

async function install() {
  process.stderr.write("Installing the locked dependencies (half a minute) …\n");
  // Development packages too where NODE_ENV is "production": the project's Node and wrangler are among them.
  const code = await run("npm", ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"], {
    stdio: ["ignore", "ignore", "inherit"],
    env: process.env,
  });
  if (code !== 0) return refuse("npm ci failed.", code);
  if (!existsSync(projectNode)) return refuse(`npm ci left no ${projectNode}: npm must be allowed to run install scripts.`);
  return 0;
}

/** Whether node_modules holds what package-lock.json says, by the copy of the lock that npm leaves when it is done. */
function isInstalled() {
  const locked = packagesOf("package-lock.json");
  const installed = packagesOf("node_modules/.package-lock.json");
  if (locked === null || installed === null || !existsSync(projectNode)) return false;
  const paths = new Set([...Object.keys(locked), ...Object.keys(installed)]);
  paths.delete(""); // the project itself, which only the lock file lists
  return [...paths].every((path) => isAsLocked(locked[path], installed[path]));
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), "utf8")).packages ?? null;
  } catch {
    return null; // missing, or cut short: both mean "install"
  }
}

function isAsLocked(locked, installed) {
  if (locked === undefined) return false;
  if (installed === undefined) return locked.optional === true && !isForThisMachine(locked);
  return locked.version === installed.version && locked.integrity === installed.integrity;
}

/** Of the binaries for each platform, npm installs ours. `libc` is left to npm: Node 20 does not say which one it has. */
function isForThisMachine({ os, cpu, libc }) {
  if (os === undefined || cpu === undefined || libc !== undefined) return false;
  return os.includes(process.platform) && cpu.includes(process.arch);
}

/** Runs a command to its end, passing on signals; its exit code, or 128 + the signal that ended it, as a shell has it. */
function run(command, commandArguments, options) {
  return new Promise((resolveCode) => {
    // A process group of its own, or a Ctrl-C would reach it from the terminal as well as from us.
    const child = spawn(command, commandArguments, { ...options, cwd: root, detached: true });
    const stopForwarding = forwardSignalsTo(child);
    child.once("error", (error) => {
      stopForwarding();
      resolveCode(refuse(`${command} could not be started: ${error.message}`));
    });
    child.once("exit", (code, signal) => {
      endGroupOf(child.pid);
      stopForwarding();
      resolveCode(code ?? 128 + constants.signals[signal]);
    });
  });
}

function forwardSignalsTo(child) {
  const forwardedAt = new Map();
  const forward = (signal) => {
    const now = performance.now();
    if (now - (forwardedAt.get(signal) ?? Number.NEGATIVE_INFINITY) < sameSignalMs) return;
    forwardedAt.set(signal, now);
    child.kill(signal);
  };
  for (const signal of forwardedSignals) process.on(signal, forward);
  return () => {
    for (const signal of forwardedSignals) process.off(signal, forward);
  };
}

/** Ends what a script left behind: once it is gone, nobody owns its children. */
function endGroupOf(pid) {
  try {
    process.kill(-pid, "SIGTERM");
  } catch {
    // Nothing is left, which is the usual case.
  }
}

function refuse(line, code = 1) {
  process.stderr.write(`${line}\n`);
  return code;
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { onTestFinished } from "vitest";

export type Run = { child: ChildProcess; out: () => string; ended: Promise<number | null> };

/** Runs a program of the examples with this environment alone, until its test is over. */
export function runExample(program: string, env: Record<string, string>): Run {
  const path = resolve(import.meta.dirname, "../../examples", program);
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", path], { env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let out = "";
  child.stdout.on("data", (chunk) => (out += String(chunk)));
  child.stderr.on("data", (chunk) => (out += String(chunk)));
  return { child, out: () => out, ended: once(child, "close").then(([code]) => code) };
}

import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** An executable that runs `body`, a shell script. */
export async function installCommand(file: string, body: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${body}\n`);
  await chmod(file, 0o755);
}

export type Ended = { exitCode: number | null; stdout: string; stderr: string };

export type Started = {
  child: ChildProcess;
  /** What it has written until now. */
  written: { stdout: string; stderr: string };
  /** Once it and everything that has its output are over. */
  ended: Promise<Ended>;
};

/** Starts a command in a process group of its own, as a terminal does with what is started from it. */
export function start([command, ...commandArguments]: readonly [string, ...string[]], env: NodeJS.ProcessEnv, cwd: string): Started {
  const child = spawn(command, commandArguments, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const written = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (written.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (written.stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode) => resolve({ exitCode, ...written }));
  });
  return { child, written, ended };
}

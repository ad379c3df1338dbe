import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";

export type Output = { stdout: string; stderr: string };

/** Runs one wrangler command to its end. @throws CommandFailedError when it ends with anything but 0. */
export type Wrangler = (command: readonly string[], variables?: Readonly<Record<string, string>>) => Promise<Output>;

/** A wrangler command that failed; the message has the command and what it wrote. No secret is ever in an argument. */
export class CommandFailedError extends Error {
  override name = "CommandFailedError";
  readonly output: Output;

  constructor(command: readonly string[], ending: string, output: Output) {
    // Some of wrangler's errors are on stdout: what it wrote there is shown where stderr has nothing.
    super(`wrangler ${command.join(" ")}: ${ending}\n${(output.stderr.trim() || output.stdout.trim()).slice(-maxShownCharacters)}`);
    this.output = output;
  }
}

const maxShownCharacters = 8_000;
const maxOutputCharacters = 4_000_000;
const commandLimitMs = 300_000;

/** The `wrangler` that comes first in PATH, without input, so that it never asks. */
export function wranglerIn(cwd: string, env: NodeJS.ProcessEnv): Wrangler {
  return (command, variables = {}) =>
    new Promise((resolve, reject) => {
      const output: Output = { stdout: "", stderr: "" };
      const child = spawn("wrangler", command, {
        cwd,
        env: { ...env, NO_COLOR: "1", WRANGLER_HIDE_BANNER: "true", ...variables },
        stdio: ["ignore", "pipe", "pipe"],
        timeout: commandLimitMs,
      });
      for (const name of ["stdout", "stderr"] as const) {
        child[name].setEncoding("utf8").on("data", (text: string) => {
          if (output[name].length < maxOutputCharacters) output[name] += text;
        });
      }
      child.once("error", (error) => reject(new CommandFailedError(command, error.message, output)));
      child.once("close", (code, signal) => {
        // Its errors are coloured whatever NO_COLOR says.
        const plain = { stdout: stripVTControlCharacters(output.stdout), stderr: stripVTControlCharacters(output.stderr) };
        if (code === 0) resolve(plain);
        else reject(new CommandFailedError(command, signal === null ? `exit code ${code}` : `ended by ${signal}`, plain));
      });
    });
}

/** Whether `error` is wrangler saying `line`, for instance that something does not exist. */
export function isWranglerSaying(line: string, error: unknown): boolean {
  return error instanceof CommandFailedError && `${error.output.stderr}\n${error.output.stdout}`.includes(line);
}

/** The JSON document in a command's output, which may have a notice before it. */
export function jsonOf(command: readonly string[], { stdout }: Output): unknown {
  const start = stdout.search(/^[[{]/m);
  try {
    return JSON.parse(stdout.slice(start === -1 ? stdout.length : start));
  } catch {
    throw new Error(`wrangler ${command.join(" ")}: its answer is not JSON`);
  }
}

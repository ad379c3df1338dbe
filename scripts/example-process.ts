import { spawn, type ChildProcess } from "node:child_process";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");

/** An example in a process of its own: it knows nothing of the gateway but what anybody outside knows. */
export type ExampleProcess = { name: string; url: string; child: ChildProcess };

type Example = {
  name: string;
  /** Its program, from the project's folder. */
  server: string;
  host: string;
  port: number;
  /** Whether what it prints is to be seen here. */
  isShown: boolean;
};

export function startExample({ name, server, host, port, isShown }: Example, env: Record<string, string>): ExampleProcess {
  const child = spawn(process.execPath, [resolve(root, server)], {
    stdio: ["ignore", isShown ? "inherit" : "ignore", "inherit"],
    env: { ...process.env, ...env, HOST: host, PORT: String(port) },
  });
  return { name, url: `http://${host}:${port}`, child };
}

export async function untilHealthy({ name, url }: ExampleProcess): Promise<void> {
  const endsAtMs = Date.now() + 20_000;
  while (Date.now() < endsAtMs) {
    const response = await fetch(`${url}/health`).catch(() => null);
    if (response?.ok) return;
    await new Promise((next) => setTimeout(next, 50));
  }
  throw new Error(`${name} did not answer within 20 s`);
}

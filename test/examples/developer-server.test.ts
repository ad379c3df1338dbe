import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { resolve } from "node:path";
import { afterEach, expect, test } from "vitest";

const program = resolve(import.meta.dirname, "../../examples/developer/server.ts");

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

type Run = { child: ChildProcess; out: () => string; ended: Promise<number | null> };

function run(env: Record<string, string>): Run {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program], { env, stdio: ["ignore", "pipe", "pipe"] });
  started.push(child);
  let out = "";
  child.stdout.on("data", (chunk) => (out += String(chunk)));
  child.stderr.on("data", (chunk) => (out += String(chunk)));
  return { child, out: () => out, ended: once(child, "close").then(([code]) => code) };
}

/** A port in use, until it is given back. */
async function takenPort(): Promise<{ port: number; free: () => Promise<unknown> }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return { port: address.port, free: () => new Promise((closed) => server.close(closed)) };
}

test("the process serves, and ends by itself after SIGTERM although a client keeps its connection", { timeout: 20_000 }, async () => {
  const { port, free } = await takenPort();
  await free();
  const { child, ended, out } = run({ ACCOUNT_SID: "AC1", AUTH_TOKEN: "a", PORT: String(port) });
  const health = async (): Promise<number> => (await fetch(`http://127.0.0.1:${port}/health`)).status;
  await expect.poll(() => health().catch(() => 0), { timeout: 10_000 }).toBe(200);
  expect(out()).toBe(`The example developer listens on 127.0.0.1:${port}\n`);
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
});

test("a taken port is one clear line and exit 1", { timeout: 20_000 }, async () => {
  const { port, free } = await takenPort();
  const { ended, out } = run({ ACCOUNT_SID: "AC1", AUTH_TOKEN: "a", PORT: String(port) });
  expect(await ended).toBe(1);
  expect(out()).toBe(`Port ${port} is taken: set PORT to a free one.\n`);
  await free();
});

test("everything that is wrong with the environment is said at once, by name", { timeout: 20_000 }, async () => {
  const { ended, out } = run({ PORT: "http", GATEWAY_ORIGIN: "gateway.test", PUBLIC_ORIGIN: "https://developer.test/path" });
  expect(await ended).toBe(1);
  expect(out().trim().split("\n").map((line) => line.split(" ")[0])).toEqual(["PORT", "ACCOUNT_SID", "AUTH_TOKEN", "GATEWAY_ORIGIN", "PUBLIC_ORIGIN"]);
});

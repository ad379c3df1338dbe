import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { runExample, type Run } from "./run-program.ts";

const run = (env: Record<string, string>): Run => runExample("developer/server.ts", env);

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

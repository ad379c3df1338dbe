import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { runExample, type Run } from "./run-program.ts";

const secrets = {
  PUBLISHER_AUTH_TOKEN: "a",
  ANAGRAMS_PASSWORD: "b",
  NUMBER_INSIGHT_TOKEN: "c",
  SPAM_SCORE_KEY: "d",
  MESSAGE_SENTIMENT_KEY: "e",
  SOUND_ANALYSIS_PASSWORD: "f",
  CALLBACK_KEY_SID: "g",
  CALLBACK_KEY_SECRET: "h",
};

const run = (env: Record<string, string>): Run => runExample("publishers/server.ts", env);

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}

async function health(port: number): Promise<number> {
  return (await fetch(`http://127.0.0.1:${port}/health`)).status;
}

test("the process serves, and ends by itself after SIGTERM although a client keeps its connection", { timeout: 20_000 }, async () => {
  const port = await freePort();
  const { child, ended, out } = run({ ...secrets, PORT: String(port) });
  await expect.poll(() => health(port).catch(() => 0), { timeout: 10_000 }).toBe(200);
  expect(out()).toBe(`The example publishers listen on 127.0.0.1:${port}, known as http://127.0.0.1:${port}\n`);
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
});

test("a taken port is one clear line and exit 1", { timeout: 20_000 }, async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const address = taken.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  const { ended, out } = run({ ...secrets, PORT: String(address.port) });
  expect(await ended).toBe(1);
  expect(out()).toBe(`Port ${address.port} is taken: set PORT to a free one.\n`);
  taken.close();
});

test("everything that is wrong with the environment is said at once, by name", { timeout: 20_000 }, async () => {
  const { ended, out } = run({ PORT: "http", PUBLIC_ORIGIN: "https://publisher.test/path", ANAGRAMS_PASSWORD: "b", SPAM_SCORE_KEY: "d" });
  expect(await ended).toBe(1);
  expect(out().trim().split("\n").map((line) => line.split(" ")[0])).toEqual([
    "PORT",
    "PUBLIC_ORIGIN",
    "PUBLISHER_AUTH_TOKEN",
    "NUMBER_INSIGHT_TOKEN",
    "MESSAGE_SENTIMENT_KEY",
    "SOUND_ANALYSIS_PASSWORD",
    "CALLBACK_KEY_SID",
    "CALLBACK_KEY_SECRET",
  ]);
});

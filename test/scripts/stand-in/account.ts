import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { onTestFinished } from "vitest";
import { deployGateway } from "../../../scripts/deploy/gateway.ts";
import { installCommand } from "./command.ts";
import type { AccountState } from "./wrangler.ts";

/** Not the project's own names: what a deployment makes, it reads from here. */
const wranglerToml = `
name = "gateway-under-test"
main = "src/worker.ts"
compatibility_date = "2026-10-01"
[alias]
whole = "./src/part.ts"
other = "package"
[vars]
PUBLIC_URL = "https://placeholder.example.com"
ACCOUNT_RPS = "500"
[[d1_databases]]
binding = "DB"
database_name = "books"
database_id = "00000000-0000-0000-0000-000000000000"
migrations_dir = "migrations"
[[r2_buckets]]
binding = "AUDIO"
bucket_name = "audio"
[[queues.producers]]
binding = "WORK"
queue = "work"
[[queues.consumers]]
queue = "work"
dead_letter_queue = "work-dead-letters"
`;

export const publicUrl = "https://gateway-under-test.acme.workers.dev";

const emptyAccount: AccountState = {
  accounts: [{ id: "acc1", name: "Acme" }],
  databases: [],
  buckets: [],
  queues: [],
  worker: null,
  failures: {},
};

export type AccountStandIn = Awaited<ReturnType<typeof accountStandIn>>;

export type Run = { printed: string; error: string | null };

/**
 * A project in a directory of its own, an account behind a stand-in wrangler that comes first in PATH, and the deployed
 * Worker as a server on loopback, which answers as the account's newest version would.
 */
export async function accountStandIn(start: Partial<AccountState> = {}) {
  const root = await mkdtemp(join(tmpdir(), "dipswitch-deploy-"));
  const bin = join(root, "bin");
  await installCommand(join(bin, "wrangler"), `exec "${process.execPath}" "${resolve(import.meta.dirname, "wrangler.ts")}" "$@"`);
  for (const directory of ["src", "migrations"]) await mkdir(join(root, directory));
  await writeFile(join(root, "src/worker.ts"), "export default {};");
  await writeFile(join(root, "wrangler.toml"), wranglerToml);
  const stateFile = join(root, "state.json");
  const readState = async (): Promise<AccountState> => JSON.parse(await readFile(stateFile, "utf8"));
  await writeFile(stateFile, JSON.stringify({ ...emptyAccount, ...start }));

  const worker = await deployedWorker(readState);
  const env = {
    PATH: [bin, process.env.PATH].join(delimiter),
    STAND_IN: root,
    NODE_COMPILE_CACHE: join(root, "compile-cache"), // halves the time of a stand-in's run
  };

  return {
    root,
    env,
    readState,
    /** The Worker's. */
    secrets: async (): Promise<Record<string, string>> => (await readState()).worker?.secrets ?? {},
    change: async (changes: Partial<AccountState>) => writeFile(stateFile, JSON.stringify({ ...(await readState()), ...changes })),
    worker,
    /** One run of `npm run deploy`. */
    deploy: async (variables: Record<string, string> = {}, newEncryptionKey = false): Promise<Run> => {
      const lines: string[] = [];
      const run = deployGateway({
        root,
        env: { ...env, ...variables },
        print: (line) => lines.push(line),
        health: { fetch: worker.fetch, limitMs: 200, pauseMs: 20 },
        newEncryptionKey,
      });
      const error = await run.then(() => null, (reason: unknown) => (reason instanceof Error ? reason.message : String(reason)));
      return { printed: lines.join("\n"), error };
    },
    /** The commands since the last call, as they would be typed. */
    takeCommands: async (): Promise<string[]> => {
      const file = join(root, "commands.ndjson");
      const lines = (await readFile(file, "utf8").catch(() => "")).split("\n").filter((line) => line !== "");
      await rm(file, { force: true });
      return lines.map((line) => JSON.parse(line).join(" "));
    },
    filesOfState: () => readdir(join(root, ".dipswitch/deploy")),
    close: async () => {
      await worker.close();
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** The same for one test: closed when that is over. */
export async function accountOfTest(start: Partial<AccountState> = {}): Promise<AccountStandIn> {
  const standIn = await accountStandIn(start);
  onTestFinished(standIn.close);
  return standIn;
}

async function deployedWorker(readState: () => Promise<AccountState>) {
  const health = { isBroken: false };
  const asked: string[] = [];
  const statusOf = async (request: IncomingMessage): Promise<number> => {
    const { worker } = await readState();
    if (worker === null || health.isBroken) return 503;
    if (request.url === "/health") return 200;
    const { OPERATOR_ACCOUNT_SID, OPERATOR_AUTH_TOKEN } = worker.secrets;
    const expected = Buffer.from(`${OPERATOR_ACCOUNT_SID}:${OPERATOR_AUTH_TOKEN}`).toString("base64");
    return request.headers.authorization === `Basic ${expected}` ? 200 : 401;
  };
  const server = createServer((request, response) => {
    void statusOf(request).then((status) => response.writeHead(status).end());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    health,
    asked,
    /** To the loopback server, whatever the host. */
    fetch: (url: string, init: RequestInit) => {
      asked.push(url);
      const { pathname, search } = new URL(url);
      return fetch(`http://127.0.0.1:${address.port}${pathname}${search}`, init);
    },
    close: () => new Promise((closed) => server.close(closed)),
  };
}

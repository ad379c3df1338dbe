import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { readDeclared } from "../../scripts/deploy/declared.ts";
import { planOf } from "../../scripts/deploy/plan.ts";
import { accountOfTest, type AccountStandIn, accountStandIn, publicUrl, type Run } from "./stand-in/account.ts";
import { start as startCommand } from "./stand-in/command.ts";
import type { AccountState } from "./stand-in/wrangler.ts";

const config = ".dipswitch/deploy/wrangler.json";
// A deployment is some fifteen processes, and a busy machine has other things to do.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describe("a deployment to a fresh account", () => {
  let fresh: AccountStandIn;
  let run: Run;
  let commands: string[];
  let state: AccountState;

  beforeAll(async () => {
    fresh = await accountStandIn();
    run = await fresh.deploy();
    commands = await fresh.takeCommands();
    state = await fresh.readState();
    return () => fresh.close();
  });

  it("builds first, then makes everything, dead letters before their queue, and migrates before the code", () => {
    expect(run.error).toBeNull();
    expect(commands).toEqual([
      "deploy --dry-run --outdir dist",
      "whoami --json",
      "secret list",
      "d1 list --json",
      "d1 create books",
      "d1 list --json",
      "r2 bucket lifecycle list audio",
      "r2 bucket create audio",
      "queues info work-dead-letters",
      "queues create work-dead-letters",
      "queues info work",
      "queues create work",
      `d1 migrations apply books --remote --config ${config}`,
      `deploy --config ${config} --secrets-file .dipswitch/deploy/upload.json`,
      `deploy --config ${config}`,
    ]);
  });

  it("does what --dry-run says, in its order", () => {
    const plan = planOf(readDeclared(fresh.root)).map(({ command }) => command.join(" "));
    expect(commands.filter((command) => !plan.includes(command))).toEqual([]);
    let at = 0;
    for (const command of plan) if (command === commands[at]) at += 1;
    expect(at).toBe(commands.length);
  });

  it("gives every version its secrets, in the form that the Worker reads", () => {
    for (const version of state.worker?.versions ?? []) {
      expect(version.secretNames).toEqual(["OPERATOR_ACCOUNT_SID", "OPERATOR_AUTH_TOKEN", "ENCRYPTION_KEY"]);
    }
    expect(state.worker?.secrets).toEqual({
      OPERATOR_ACCOUNT_SID: expect.stringMatching(/^AC[0-9a-f]{32}$/),
      OPERATOR_AUTH_TOKEN: expect.stringMatching(/^[0-9a-f]{32}$/),
      ENCRYPTION_KEY: expect.stringMatching(/^k1:[A-Za-z0-9+/]{43}=$/),
    });
  });

  it("passes no secret in an argument, and leaves none on disk", async () => {
    for (const secret of Object.values(state.worker?.secrets ?? {})) expect(commands.join("\n")).not.toContain(secret);
    expect(await fresh.filesOfState()).toEqual(["output.ndjson", "wrangler.json"]);
  });

  it("ends with a version whose PUBLIC_URL is the name that Cloudflare gave it, and asks that for /health", () => {
    expect(state.worker?.versions.map(({ vars }) => vars.PUBLIC_URL)).toEqual(["https://public-url-not-known-yet.invalid", publicUrl]);
    expect(fresh.worker.asked[0]).toBe(`${publicUrl}/health`);
  });

  it("prints the URL and the operator's credentials once, and not the key", () => {
    const { OPERATOR_ACCOUNT_SID: sid = "?", OPERATOR_AUTH_TOKEN: token = "?", ENCRYPTION_KEY: key = "?" } = state.worker?.secrets ?? {};
    for (const shown of [publicUrl, sid, token]) expect(run.printed.split(shown)).toHaveLength(2);
    expect(run.printed).not.toContain(key);
  });

  it("deploys wrangler.toml as it is but for the database's id, PUBLIC_URL and the required secrets", async () => {
    expect(JSON.parse(await readFile(join(fresh.root, config), "utf8"))).toEqual({
      name: "gateway-under-test",
      main: "../../src/worker.ts",
      compatibility_date: "2026-10-01",
      alias: { whole: "./../../src/part.ts", other: "package" },
      vars: { PUBLIC_URL: publicUrl, ACCOUNT_RPS: "500" },
      secrets: { required: ["OPERATOR_ACCOUNT_SID", "OPERATOR_AUTH_TOKEN", "ENCRYPTION_KEY"] },
      d1_databases: [{ binding: "DB", database_name: "books", database_id: state.databases[0]?.uuid, migrations_dir: "../../migrations" }],
      r2_buckets: [{ binding: "AUDIO", bucket_name: "audio" }],
      queues: { producers: [{ binding: "WORK", queue: "work" }], consumers: [{ queue: "work", dead_letter_queue: "work-dead-letters" }] },
    });
  });

  it("creates nothing, overwrites no secret and prints none when it is run again", async () => {
    const again = await fresh.deploy();
    expect(again.error).toBeNull();
    expect((await fresh.takeCommands()).filter((command) => command.includes("create") || command.includes("secrets-file"))).toEqual([]);
    expect(await fresh.secrets()).toEqual(state.worker?.secrets);
    for (const secret of Object.values(state.worker?.secrets ?? {})) expect(again.printed).not.toContain(secret);
    expect(again.printed).toContain(publicUrl);
  });
});

describe("PUBLIC_URL", () => {
  it("is deployed as it is given, in one deployment, and kept by later runs", async () => {
    const standIn = await accountOfTest();
    expect((await standIn.deploy({ PUBLIC_URL: "https://gateway.example.com/" })).error).toBeNull();
    expect((await standIn.deploy()).error).toBeNull();
    const urls = (await standIn.readState()).worker?.versions.map(({ vars }) => vars.PUBLIC_URL);
    expect(urls).toEqual(["https://gateway.example.com", "https://gateway.example.com"]);
  });

  it.each(["http://gateway.example.com", "gateway.example.com", "https://gateway.example.com/v1", "https://a@gateway.example.com", "https://gateway.example.com/?a=1"])(
    "is refused before anything is done where it is %s",
    async (url) => {
      const standIn = await accountOfTest();
      expect((await standIn.deploy({ PUBLIC_URL: url })).error).toBe("PUBLIC_URL must be an https origin, like https://gateway.example.com");
      expect(await standIn.takeCommands()).toEqual([]);
    },
  );
});

describe("a deployment is refused, and nothing is made,", () => {
  const unused = { databases: [], buckets: [], queues: [], worker: null };

  it("where nobody is logged in", async () => {
    const standIn = await accountOfTest({ accounts: null });
    expect((await standIn.deploy()).error).toContain("npx wrangler login");
  });

  it("where the login has several accounts, until one is chosen", async () => {
    const standIn = await accountOfTest({ accounts: [{ id: "acc1", name: "Acme" }, { id: "acc2", name: "Other" }] });
    const refused = await standIn.deploy();
    expect(refused.error).toContain("set CLOUDFLARE_ACCOUNT_ID to one:\n  acc1  Acme\n  acc2  Other");
    expect(await standIn.readState()).toMatchObject(unused);

    await standIn.takeCommands();
    await standIn.change({ failures: { "d1 list": { message: "as far as this test looks" } } });
    await standIn.deploy({ CLOUDFLARE_ACCOUNT_ID: "acc2" });
    expect(await standIn.takeCommands()).toEqual(["deploy --dry-run --outdir dist", "secret list", "d1 list --json"]);
  });

  const used = { databases: [{ uuid: "00000009-aaaa-4bbb-8ccc-dddddddddddd", name: "books", migrated: true }] };

  it.each<[string, Partial<AccountState>]>([
    ["a D1 database named books", used],
    ["a Worker named gateway-under-test", { worker: { secrets: { OTHER: "x" }, versions: [] } }],
  ])("where there is %s whose key is not known", async (found, start) => {
    const standIn = await accountOfTest(start);
    expect((await standIn.deploy()).error).toContain(`the account has ${found}, but the Worker has no ENCRYPTION_KEY`);
    expect(await standIn.readState()).toMatchObject({ ...unused, ...start });
  });

  it("but not where a new key is asked for", async () => {
    const standIn = await accountOfTest(used);
    expect((await standIn.deploy({}, true)).error).toBeNull();
    expect((await standIn.readState()).databases).toEqual(used.databases);
  });

  it.each(["AUTO_APPROVE", "ALLOW_INSECURE_PUBLISHERS"])("where wrangler.toml sets %s", async (name) => {
    const standIn = await accountOfTest();
    const file = join(standIn.root, "wrangler.toml");
    await writeFile(file, (await readFile(file, "utf8")).replace("[vars]", `[vars]\n${name} = "true"`));
    expect((await standIn.deploy()).error).toBe(`wrangler.toml sets ${name}, which is for local runs only`);
    expect(await standIn.takeCommands()).toEqual([]);
  });

  it("where the account refuses a look, which is not the same as finding nothing", async () => {
    const standIn = await accountOfTest({ failures: { "r2 bucket lifecycle": { message: "Authentication error [code: 10000]" } } });
    expect((await standIn.deploy()).error).toContain("Authentication error [code: 10000]");
    expect((await standIn.readState()).buckets).toEqual([]);
  });
});

describe("npm run deploy -- --dry-run", () => {
  it("prints every command for the project's own wrangler.toml and runs the build alone", async () => {
    const standIn = await accountOfTest({ accounts: null });
    const script = resolve(import.meta.dirname, "../../scripts/deploy.ts");
    const { exitCode, stdout } = await startCommand([process.execPath, script, "--dry-run"], { ...process.env, ...standIn.env }, standIn.root).ended;
    expect(exitCode).toBe(0);
    for (const { command } of planOf(readDeclared(resolve(import.meta.dirname, "../..")))) expect(stdout).toContain(`wrangler ${command.join(" ")}`);
    expect(await standIn.takeCommands()).toEqual(["deploy --dry-run --outdir dist"]);
  });
});

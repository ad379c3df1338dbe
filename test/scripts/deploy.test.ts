import { readFile, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { readDeclared } from "../../scripts/deploy/declared.ts";
import { planOf } from "../../scripts/deploy/plan.ts";
import { accountStandIn, publicUrl, type Run } from "./stand-in/account.ts";
import { start as startCommand } from "./stand-in/command.ts";
import type { AccountState } from "./stand-in/wrangler.ts";

type Account = Awaited<ReturnType<typeof accountStandIn>>;

const config = ".dipswitch/deploy/wrangler.json";
// A deployment is some fifteen processes, and a busy machine has other things to do.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

async function account(start: Partial<AccountState> = {}): Promise<Account> {
  const standIn = await accountStandIn(start);
  onTestFinished(standIn.close);
  return standIn;
}

async function secretsOf(standIn: Account): Promise<Record<string, string>> {
  return (await standIn.readState()).worker?.secrets ?? {};
}

describe("a deployment to a fresh account", () => {
  let fresh: Account;
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
    expect(await secretsOf(fresh)).toEqual(state.worker?.secrets);
    for (const secret of Object.values(state.worker?.secrets ?? {})) expect(again.printed).not.toContain(secret);
    expect(again.printed).toContain(publicUrl);
  });
});

describe("a deployment that fails half-way", () => {
  it("names the command and its error, deploys nothing, and is completed by the next run", async () => {
    const standIn = await account({ failures: { "r2 bucket create": { message: "Please enable R2 through the Cloudflare Dashboard. [code: 10042]" } } });
    const failed = await standIn.deploy();
    expect(failed.error).toContain("wrangler r2 bucket create audio: exit code 1");
    expect(failed.error).toContain("Please enable R2 through the Cloudflare Dashboard.");
    expect((await standIn.takeCommands()).at(-1)).toBe("r2 bucket create audio");

    await standIn.change({ failures: {} });
    const completed = await standIn.deploy();
    expect(completed.error).toBeNull();
    const { databases, buckets, queues } = await standIn.readState();
    expect(databases).toEqual([expect.objectContaining({ name: "books", migrated: true })]);
    expect([buckets, queues]).toEqual([["audio"], ["work-dead-letters", "work"]]);
    expect(completed.printed).toContain((await secretsOf(standIn)).OPERATOR_AUTH_TOKEN);
  });

  it.each<[string, AccountState["failures"][string], string]>([
    ["wrangler says so", { message: 'near "TABEL": syntax error [code: 7500]' }, "wrangler d1 migrations apply books"],
    ["wrangler only marks it", { message: "│ 0000_first.sql │ ❌     │", exitCode: 0 }, "a migration of books was not applied"],
  ])("deploys no code when a migration fails and %s", async (_, failure, error) => {
    const standIn = await account({ failures: { "d1 migrations apply": failure } });
    const failed = await standIn.deploy();
    expect(failed.error).toContain(error);
    expect((await standIn.readState()).worker).toBeNull();

    await standIn.change({ failures: {} });
    expect((await standIn.deploy()).error).toBeNull();
    expect((await standIn.readState()).databases).toEqual([expect.objectContaining({ migrated: true })]);
  });

  it("keeps the secrets of a version that went up, and shows them in the run that ends well", async () => {
    const standIn = await account({ failures: { "deploy --config": { message: "You need to register a workers.dev subdomain", applied: true } } });
    const failed = await standIn.deploy();
    expect(failed.error).toContain("You need to register a workers.dev subdomain");
    const uploaded = await secretsOf(standIn);
    expect(failed.printed).not.toContain(uploaded.OPERATOR_AUTH_TOKEN);
    const kept = await stat(join(standIn.root, ".dipswitch/deploy/acc1-gateway-under-test.secrets.json"));
    expect((kept.mode & 0o777).toString(8)).toBe("600");

    await standIn.change({ failures: {} });
    const completed = await standIn.deploy();
    expect(await secretsOf(standIn)).toEqual(uploaded);
    expect(completed.printed).toContain(uploaded.OPERATOR_ACCOUNT_SID);
    expect(completed.printed).toContain(uploaded.OPERATOR_AUTH_TOKEN);
    expect((await standIn.readState()).worker?.versions.at(-1)?.vars.PUBLIC_URL).toBe(publicUrl);
    expect((await standIn.deploy()).printed).not.toContain(uploaded.OPERATOR_AUTH_TOKEN);
  });

  it("fails with the last answer when /health is not 200 in time, and shows the credentials once it is", async () => {
    const standIn = await account();
    standIn.worker.health.isBroken = true;
    const failed = await standIn.deploy();
    expect(failed.error).toBe(`GET ${publicUrl}/health did not answer 200 within 0.2 s; at last: 503`);

    standIn.worker.health.isBroken = false;
    const completed = await standIn.deploy();
    expect(completed.printed).toContain((await secretsOf(standIn)).OPERATOR_AUTH_TOKEN);
  });

  it("shows no credentials when somebody else completed the deployment with others", async () => {
    const standIn = await account({ failures: { "queues create": { message: "Too Many Requests [code: 10429]" } } });
    await standIn.deploy();
    const others = { OPERATOR_ACCOUNT_SID: "ACother", OPERATOR_AUTH_TOKEN: "other", ENCRYPTION_KEY: "other" };
    await standIn.change({ failures: {}, worker: { secrets: others, versions: [{ vars: { PUBLIC_URL: publicUrl }, secretNames: Object.keys(others) }] } });
    const refused = await standIn.deploy();
    expect(refused.error).toContain("refuses the operator's credentials");
    expect(refused.printed).not.toContain("Account SID");
    expect(await secretsOf(standIn)).toEqual(others);
  });
});

describe("PUBLIC_URL", () => {
  it("is deployed as it is given, in one deployment, and kept by later runs", async () => {
    const standIn = await account();
    expect((await standIn.deploy({ PUBLIC_URL: "https://gateway.example.com/" })).error).toBeNull();
    expect((await standIn.deploy()).error).toBeNull();
    const urls = (await standIn.readState()).worker?.versions.map(({ vars }) => vars.PUBLIC_URL);
    expect(urls).toEqual(["https://gateway.example.com", "https://gateway.example.com"]);
  });

  it.each(["http://gateway.example.com", "gateway.example.com", "https://gateway.example.com/v1", "https://a@gateway.example.com", "https://gateway.example.com/?a=1"])(
    "is refused before anything is done where it is %s",
    async (url) => {
      const standIn = await account();
      expect((await standIn.deploy({ PUBLIC_URL: url })).error).toBe("PUBLIC_URL must be an https origin, like https://gateway.example.com");
      expect(await standIn.takeCommands()).toEqual([]);
    },
  );
});

describe("a deployment is refused, and nothing is made,", () => {
  const unused = { databases: [], buckets: [], queues: [], worker: null };

  it("where nobody is logged in", async () => {
    const standIn = await account({ accounts: null });
    expect((await standIn.deploy()).error).toContain("npx wrangler login");
  });

  it("where the login has several accounts, until one is chosen", async () => {
    const standIn = await account({ accounts: [{ id: "acc1", name: "Acme" }, { id: "acc2", name: "Other" }] });
    const refused = await standIn.deploy();
    expect(refused.error).toContain("set CLOUDFLARE_ACCOUNT_ID to one:\n  acc1  Acme\n  acc2  Other");
    expect(await standIn.readState()).toMatchObject(unused);
    expect((await standIn.deploy({ CLOUDFLARE_ACCOUNT_ID: "acc2" })).error).toBeNull();
  });

  it.each<[string, Partial<AccountState>]>([
    ["a D1 database named books", { databases: [{ uuid: "00000009-aaaa-4bbb-8ccc-dddddddddddd", name: "books", migrated: true }] }],
    ["a Worker named gateway-under-test", { worker: { secrets: { OTHER: "x" }, versions: [] } }],
  ])("where there is %s whose key is not known, unless a new one is asked for", async (found, start) => {
    const standIn = await account(start);
    const refused = await standIn.deploy();
    expect(refused.error).toContain(`the account has ${found}, but the Worker has no ENCRYPTION_KEY`);
    expect(await standIn.readState()).toMatchObject({ ...unused, ...start });
    expect((await standIn.deploy({ PUBLIC_URL: publicUrl }, true)).error).toBeNull();
  });

  it.each(["AUTO_APPROVE", "ALLOW_INSECURE_PUBLISHERS"])("where wrangler.toml sets %s", async (name) => {
    const standIn = await account();
    const file = join(standIn.root, "wrangler.toml");
    await writeFile(file, (await readFile(file, "utf8")).replace("[vars]", `[vars]\n${name} = "true"`));
    expect((await standIn.deploy()).error).toBe(`wrangler.toml sets ${name}, which is for local runs only`);
    expect(await standIn.takeCommands()).toEqual([]);
  });

  it("where the account refuses a look, which is not the same as finding nothing", async () => {
    const standIn = await account({ failures: { "r2 bucket lifecycle": { message: "Authentication error [code: 10000]" } } });
    expect((await standIn.deploy()).error).toContain("Authentication error [code: 10000]");
    expect((await standIn.readState()).buckets).toEqual([]);
  });
});

describe("npm run deploy -- --dry-run", () => {
  it("prints every command for the project's own wrangler.toml and runs the build alone", async () => {
    const standIn = await account({ accounts: null });
    const script = resolve(import.meta.dirname, "../../scripts/deploy.ts");
    const { exitCode, stdout } = await startCommand([process.execPath, script, "--dry-run"], { ...process.env, ...standIn.env }, standIn.root).ended;
    expect(exitCode).toBe(0);
    for (const { command } of planOf(readDeclared(resolve(import.meta.dirname, "../..")))) expect(stdout).toContain(`wrangler ${command.join(" ")}`);
    expect(await standIn.takeCommands()).toEqual(["deploy --dry-run --outdir dist"]);
  });
});

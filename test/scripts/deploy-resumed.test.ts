import { stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { accountOfTest, publicUrl } from "./stand-in/account.ts";
import type { AccountState } from "./stand-in/wrangler.ts";

// A deployment is some fifteen processes, and a busy machine has other things to do.
vi.setConfig({ testTimeout: 60_000 });

describe("a deployment that fails half-way", () => {
  it("names the command and its error, deploys nothing, and is completed by the next run", async () => {
    const standIn = await accountOfTest({ failures: { "r2 bucket create": { message: "Please enable R2 through the Cloudflare Dashboard. [code: 10042]" } } });
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
    expect(completed.printed).toContain((await standIn.secrets()).OPERATOR_AUTH_TOKEN);
  });

  it.each<[string, AccountState["failures"][string], string]>([
    ["wrangler says so", { message: 'near "TABEL": syntax error [code: 7500]' }, "wrangler d1 migrations apply books"],
    ["wrangler only marks it", { message: "│ 0000_first.sql │ ❌     │", exitCode: 0 }, "a migration of books was not applied"],
  ])("deploys no code when a migration fails and %s", async (_, failure, error) => {
    const standIn = await accountOfTest({ failures: { "d1 migrations apply": failure } });
    const failed = await standIn.deploy();
    expect(failed.error).toContain(error);
    expect((await standIn.readState()).worker).toBeNull();
  });

  it("keeps the secrets of a version that went up, and shows them in the run that ends well", async () => {
    const standIn = await accountOfTest({ failures: { "deploy --config": { message: "You need to register a workers.dev subdomain", applied: true } } });
    const failed = await standIn.deploy();
    expect(failed.error).toContain("You need to register a workers.dev subdomain");
    const uploaded = await standIn.secrets();
    expect(failed.printed).not.toContain(uploaded.OPERATOR_AUTH_TOKEN);
    const kept = await stat(join(standIn.root, ".dipswitch/deploy/acc1-gateway-under-test.secrets.json"));
    expect((kept.mode & 0o777).toString(8)).toBe("600");

    await standIn.change({ failures: {} });
    const completed = await standIn.deploy();
    expect(await standIn.secrets()).toEqual(uploaded);
    expect(completed.printed).toContain(uploaded.OPERATOR_ACCOUNT_SID);
    expect(completed.printed).toContain(uploaded.OPERATOR_AUTH_TOKEN);
    expect((await standIn.readState()).worker?.versions.at(-1)?.vars.PUBLIC_URL).toBe(publicUrl);
    expect((await standIn.deploy()).printed).not.toContain(uploaded.OPERATOR_AUTH_TOKEN);
  });

  it("fails with the last answer when /health is not 200 in time, and shows the credentials once it is", async () => {
    const standIn = await accountOfTest();
    standIn.worker.health.isBroken = true;
    const failed = await standIn.deploy();
    expect(failed.error).toBe(`GET ${publicUrl}/health did not answer 200 within 0.2 s; at last: 503`);

    standIn.worker.health.isBroken = false;
    const completed = await standIn.deploy();
    expect(completed.printed).toContain((await standIn.secrets()).OPERATOR_AUTH_TOKEN);
  });

  it("shows no credentials when somebody else completed the deployment with others", async () => {
    const standIn = await accountOfTest({ failures: { "queues create": { message: "Too Many Requests [code: 10429]" } } });
    await standIn.deploy();
    const others = { OPERATOR_ACCOUNT_SID: "ACother", OPERATOR_AUTH_TOKEN: "other", ENCRYPTION_KEY: "other" };
    await standIn.change({ failures: {}, worker: { secrets: others, versions: [{ vars: { PUBLIC_URL: publicUrl }, secretNames: Object.keys(others) }] } });
    const refused = await standIn.deploy();
    expect(refused.error).toContain("refuses the operator's credentials");
    expect(refused.printed).not.toContain("Account SID");
    expect(await standIn.secrets()).toEqual(others);
  });
});

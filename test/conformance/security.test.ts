import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, lookUp, publish } from "../support/add-ons.ts";
import { startGateway, type Login, type TestGateway } from "../support/gateway.ts";
import { answering, startPublisher, type LoopbackPublisher } from "../support/loopback-publisher.ts";

const hex = (bytes: number): string => randomBytes(bytes).toString("hex");

async function withGateway(vars: Record<string, string>, work: (gateway: TestGateway) => Promise<void>, stateDir?: string): Promise<void> {
  const gateway = await startGateway(vars, stateDir);
  try {
    await work(gateway);
  } finally {
    await gateway.stop();
  }
}

describe("security between gateway and publishers", () => {
  let publisher: LoopbackPublisher;
  beforeAll(async () => {
    publisher = await startPublisher();
  });
  afterAll(async () => {
    await publisher.stop();
    expect(publisher.violations).toEqual([]);
  });

  it("refuses plain http when its own origin is https: 426 [security-tls]", async () => {
    await withGateway({ PUBLIC_URL: "https://gateway.example.com", ALLOW_INSECURE_PUBLISHERS: "false", AUTO_APPROVE: "false" }, async ({ call, operator }) => {
      for (const path of ["/health", "/v1/PhoneNumbers/+18778894546", "/v1/Publisher/AddOns", "/no/such/path"]) {
        expect(await call(operator, "GET", path)).toMatchObject({ status: 426, body: { code: 20426, more_info: "https://gateway.example.com/docs/errors/20426" } });
      }
    });
  });

  it.each(["ALLOW_INSECURE_PUBLISHERS", "AUTO_APPROVE"])("serves nothing at all when a deployment has %s, and says so [security-tls]", async (name) => {
    const vars = { PUBLIC_URL: "https://gateway.example.com", ALLOW_INSECURE_PUBLISHERS: "", AUTO_APPROVE: "", [name]: "true" };
    await withGateway(vars, async ({ call, operator }) => {
      for (const path of ["/health", "/v1/PhoneNumbers/+18778894546"]) expect(await call(operator, "GET", path)).toMatchObject({ status: 500, body: { code: 20500, message: expect.stringContaining(name) } });
    });
  });

  it("checks a publisher's URL again before each attempt: one that may not be called any more is not [security-tls, security-both-sides]", async () => {
    const stateDir = await mkdtemp(join(tmpdir(), "dipswitch-security-"));
    const secrets = { OPERATOR_ACCOUNT_SID: `AC${hex(16)}`, OPERATOR_AUTH_TOKEN: hex(16), ENCRYPTION_KEY: `k1:${randomBytes(32).toString("base64")}` };
    const json = definition(publisher, "/stored");
    publisher.on("/stored", answering({ ok: true }));
    let developer: Login | null = null;
    try {
      await withGateway(secrets, async (gateway) => {
        const owner = await gateway.account("Publisher");
        developer = await gateway.account("Developer", "1");
        publisher.authTokens.set(owner.sid, owner.secret);
        await install(gateway, developer, await publish(gateway, owner, json));
        expect((await lookUp(gateway, developer, [json.unique_name])).body.add_ons?.results[json.unique_name]).toMatchObject({ status: "successful" });
      }, stateDir);

      await withGateway({ ...secrets, ALLOW_INSECURE_PUBLISHERS: "false" }, async (gateway) => {
        if (developer === null) throw new Error("the first gateway made no developer");
        const { body } = await lookUp(gateway, developer, [json.unique_name]);
        expect(body.add_ons?.results[json.unique_name]).toMatchObject({ status: "failed", code: 61002 });
      }, stateDir);
      expect(publisher.requests.filter(({ url }) => url.pathname === "/stored")).toHaveLength(1);
    } finally {
      await rm(stateDir, { recursive: true, force: true });
    }
  });
});

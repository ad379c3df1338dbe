import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Login, type TestGateway } from "../support/gateway.ts";
import { testLogin } from "../support/test-login.ts";

const FAILURES_PER_MINUTE = 30;
const hex = (bytes: number): string => randomBytes(bytes).toString("hex");
const madeUp = (prefix = "AC"): Login => ({ sid: prefix + hex(16), secret: hex(16) });

describe("sign-ins", () => {
  let gateway: TestGateway;

  beforeAll(async () => void (gateway = await startGateway()));
  afterAll(() => gateway.stop());

  const signIn = async (login: Login, address: string): Promise<number> =>
    (await gateway.call(login, "GET", "/v1/Invocations", undefined, { "CF-Connecting-IP": address })).status;

  it("with made-up SIDs are turned away by address, while valid credentials go on, known to the isolate or not", async () => {
    const [known, fresh] = [await gateway.account("Known"), await gateway.account("Fresh")];
    expect(await signIn(known, "192.0.2.1")).toBe(200);
    const statuses: number[] = [];
    // The minute may end once meanwhile, so there may be twice as many.
    while (statuses.at(-1) !== 429 && statuses.length <= 2 * FAILURES_PER_MINUTE) statuses.push(await signIn(madeUp(statuses.length % 2 === 0 ? "AC" : "SK"), "192.0.2.1"));
    expect(statuses.at(-1)).toBe(429);
    expect(statuses.slice(0, FAILURES_PER_MINUTE)).toEqual(Array.from({ length: FAILURES_PER_MINUTE }, () => 401));
    expect(await signIn(known, "192.0.2.1")).toBe(200);
    expect(await signIn({ ...known, secret: "wrong" }, "192.0.2.1")).toBe(401);
    expect(await signIn(madeUp(), "192.0.2.2")).toBe(401);
    const crowd = Array.from({ length: 20 }, () => signIn(madeUp(), "192.0.2.1"));
    expect(await signIn(fresh, "192.0.2.1")).toBe(200);
    expect(await Promise.all(crowd)).toEqual(crowd.map(() => 429));
    const key = await gateway.call<Login>(fresh, "POST", `/2010-04-01/Accounts/${fresh.sid}/Keys.json`, { form: {} });
    expect(await signIn(key.body, "192.0.2.1")).toBe(200);
    // A login that is known, and may not do this.
    expect(await signIn(await testLogin(gateway, fresh), "192.0.2.1")).toBe(403);
  });

  it("with an API key find no other account's keys, and are forbidden their own account's", async () => {
    const [own, other] = [await gateway.account("Own"), await gateway.account("Other")];
    const { body: key } = await gateway.call<Login>(own, "POST", `/2010-04-01/Accounts/${own.sid}/Keys.json`, { form: {} });
    for (const sid of [other.sid, madeUp().sid]) {
      const paths = [`/2010-04-01/Accounts/${sid}/Keys.json`, `/2010-04-01/Accounts/${sid}/Keys/${key.sid}.json`];
      for (const path of paths) expect((await gateway.call(key, "GET", path)).body, path).toMatchObject({ status: 404, code: 20404 });
      expect((await gateway.call(key, "POST", `/2010-04-01/Accounts/${sid}.json`, { form: { FriendlyName: "Mine" } })).body).toMatchObject({ status: 404, code: 20404 });
    }
    expect((await gateway.call(key, "GET", `/2010-04-01/Accounts/${own.sid}/Keys.json`)).body).toMatchObject({ status: 403, code: 20403 });
    expect((await gateway.call(key, "POST", `/v1/Operator/Accounts/${other.sid}/Credits`, { form: { Amount: "1", Reason: "Test" } })).body).toMatchObject({ status: 403, code: 20403 });
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, messageTo, upstream } from "../support/carrier.ts";
import { startGateway, type Answer, type Login, type TestGateway } from "../support/gateway.ts";
import { addNumber } from "../support/phone-numbers.ts";
import { databaseRows, findings } from "../support/stored-data.ts";

const TOKEN = "the carrier's secret, 32 letters";

describe("the token that an account's carrier signs with", () => {
  let gateway: TestGateway;
  let developer: Login;

  beforeAll(async () => {
    gateway = await startGateway();
    developer = await gateway.account("Developer");
  });
  afterAll(() => gateway.stop());

  const post = (login: Login, form: Record<string, string>): Promise<Answer> => gateway.call(login, "POST", `/2010-04-01/Accounts/${developer.sid}.json`, { form });
  const stored = async (sid = developer.sid): Promise<string | null> => {
    const db = await gateway.miniflare.getD1Database("DB");
    return db.prepare("SELECT upstream_auth_token FROM accounts WHERE sid = ?").bind(sid).first<string>("upstream_auth_token");
  };

  it("is set by the account or the operator, kept encrypted, and shown to nobody", async () => {
    const ciphertexts: (string | null)[] = [];
    for (const login of [developer, gateway.operator]) {
      const { status, text } = await post(login, { UpstreamAuthToken: TOKEN });
      expect(status).toBe(200);
      expect(text).not.toContain("carrier");
      ciphertexts.push(await stored());
    }
    for (const ciphertext of ciphertexts) expect(ciphertext).toMatch(/^k1\.[A-Za-z0-9+/=]+$/);
    expect(ciphertexts[0]).not.toBe(ciphertexts[1]);
    for (const login of [developer, gateway.operator]) {
      for (const path of [`/2010-04-01/Accounts/${developer.sid}.json`, "/2010-04-01/Accounts.json"]) {
        const { text } = await gateway.call(login, "GET", path);
        for (const hidden of ["pstream", TOKEN, ciphertexts[1] ?? ""]) expect(text).not.toContain(hidden);
      }
    }
    expect(findings(await databaseRows(gateway), { token: TOKEN })).toEqual([]);
    expect(gateway.logs.filter((line) => line.includes(TOKEN))).toEqual([]);
  });

  it("may come with the account, by the same rules", async () => {
    const create = (token: string): Promise<Answer<{ sid: string }>> =>
      gateway.call<{ sid: string }>(gateway.operator, "POST", "/2010-04-01/Accounts.json", { form: { FriendlyName: "With a carrier", UpstreamAuthToken: token } });
    const created = await create(TOKEN);
    expect(created.status).toBe(201);
    expect(created.text).not.toContain(TOKEN);
    const [number, sender] = [await addNumber(gateway, gateway.operator, created.body.sid), upstream(TOKEN)];
    expect((await deliver(gateway, "/v1/IncomingMessages", sender, messageTo(number.phoneNumber))).status).toBe(200);
    expect((await deliver(gateway, "/v1/IncomingMessages", upstream(`${TOKEN}.`), messageTo(number.phoneNumber))).status).toBe(403);
    expect(await stored(created.body.sid)).toMatch(/^k1\./);

    const without = await create("");
    expect([without.status, await stored(without.body.sid)]).toEqual([201, null]);
    const refused = await create("x".repeat(15));
    expect(refused).toMatchObject({ status: 400, body: { code: 20001, message: expect.stringContaining("UpstreamAuthToken") } });
  });

  it("stays while other things change, and goes with an empty one", async () => {
    await post(developer, { UpstreamAuthToken: TOKEN });
    const before = await stored();
    await post(developer, { FriendlyName: "Renamed" });
    expect(await stored()).toBe(before);
    expect((await post(developer, { UpstreamAuthToken: "" })).status).toBe(200);
    expect(await stored()).toBeNull();
  });

  it.each([
    ["16 characters", "x".repeat(16), 200],
    ["128 characters", "~".repeat(128), 200],
    ["15 characters", "x".repeat(15), 400],
    ["129 characters", "x".repeat(129), 400],
    ["a letter beyond ASCII", `é${"x".repeat(16)}`, 400],
    ["a line break", `${"x".repeat(16)}\n`, 400],
  ])("may be printable ASCII of 16 to 128 characters: %s", async (_what, token, status) => {
    const answer = await post(developer, { UpstreamAuthToken: token });
    expect(answer.status).toBe(status);
    if (status === 400) expect(answer.body).toMatchObject({ code: 20001, message: expect.stringContaining("UpstreamAuthToken") });
    expect(answer.text).not.toContain(token);
  });

  it("cannot be set with an API key, or by another account", async () => {
    const before = await stored();
    const { body: key } = await gateway.call<{ sid: string; secret: string }>(developer, "POST", `/2010-04-01/Accounts/${developer.sid}/Keys.json`, { form: {} });
    expect(await post(key, { UpstreamAuthToken: TOKEN })).toMatchObject({ status: 403, body: { code: 20403 } });
    expect(await post(await gateway.account("Stranger"), { UpstreamAuthToken: TOKEN })).toMatchObject({ status: 404, body: { code: 20404 } });
    expect(await stored()).toBe(before);
  });
});

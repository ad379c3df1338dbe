import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, lookUp, publish, type LookupAnswer } from "../support/add-ons.ts";
import { startGateway, until, type Answer, type Body, type Login, type TestGateway } from "../support/gateway.ts";
import { answering, startPublisher, type LoopbackPublisher } from "../support/loopback-publisher.ts";

const LIMIT_MS = 10_000;

/** A developer with an add-on that runs, its publisher, and what they can be told apart by. */
type Scene = { developer: Login; owner: Login; name: string; addOn: string; version: string; installed: string };

/** Asks again and again until it is so; fails after 10 s. */
async function inForce(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const startedAtMs = Date.now();
  await until(what, isSo, LIMIT_MS);
  expect(Date.now() - startedAtMs).toBeLessThan(LIMIT_MS);
}

const resultOf = (answer: Answer<LookupAnswer>, name: string) => answer.body.add_ons?.results[name];
const dateIn = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

describe("what was changed", () => {
  let gateway: TestGateway;
  let publisher: LoopbackPublisher;
  /** Its account's token changes, and it knows only the new one. */
  let rotating: LoopbackPublisher;

  beforeAll(async () => {
    [gateway, publisher, rotating] = await Promise.all([startGateway(), startPublisher(), startPublisher()]);
    for (const each of [publisher, rotating]) each.on("/answer", answering({ found: true }));
  });
  afterAll(async () => {
    await Promise.all([gateway.stop(), publisher.stop(), rotating.stop()]);
    expect([...publisher.violations, ...rotating.violations]).toEqual([]);
  });

  /** Looked up once, so that what the gateway remembers of it is fresh. */
  async function scene(of: LoopbackPublisher = publisher): Promise<Scene> {
    const [developer, owner] = [await gateway.account("Developer", "10"), await gateway.account("Publisher")];
    of.authTokens.set(owner.sid, owner.secret);
    const json = definition(of, "/answer");
    const addOn = await publish(gateway, owner, json);
    const { body } = await gateway.call<{ version: { sid: string } }>(owner, "GET", `/v1/Publisher/AddOns/${addOn}`);
    const made = { developer, owner, name: json.unique_name, addOn, version: body.version.sid, installed: await install(gateway, developer, addOn) };
    expect(resultOf(await lookUp(gateway, developer, [made.name]), made.name)).toMatchObject({ status: "successful" });
    return made;
  }

  const post = async (login: Login, path: string, body?: Body): Promise<Record<string, unknown>> => {
    const answer = await gateway.call(login, "POST", path, body);
    if (answer.status > 299) throw new Error(`POST ${path} answered ${answer.text}`);
    return answer.body;
  };
  const asOperator = (path: string, form: Record<string, string>) => post(gateway.operator, path, { form });
  const sql = async (text: string, ...values: (string | number)[]): Promise<void> => {
    const db = await gateway.miniflare.getD1Database("DB");
    const { meta } = await db.prepare(text).bind(...values).run();
    expect(meta.changes).toBe(1);
  };
  const keyOf = async (login: Login): Promise<Login> => {
    const { sid, secret } = await post(login, `/2010-04-01/Accounts/${login.sid}/Keys.json`, { form: {} });
    return { sid: String(sid), secret: String(secret) };
  };

  const lookUpStatus = async ({ developer, name }: Scene, login: Login = developer): Promise<number> => (await lookUp(gateway, login, [name])).status;
  const failsWith = async ({ developer, name }: Scene, detail: RegExp): Promise<boolean> => {
    const result = resultOf(await lookUp(gateway, developer, [name]), name);
    return result?.code === 61003 && detail.test(result.detail ?? "");
  };

  it("counts in the next request when it gives: an install, also when a Lookup with its name failed just before [types-enabled-then-invoked]", async () => {
    const { addOn, developer } = await scene();
    const fresh = await gateway.account("Fresh", "1");
    for (const login of [developer, fresh]) {
      const name = "named_later";
      expect(resultOf(await lookUp(gateway, login, [name]), name)).toMatchObject({ status: "failed", code: 61003 });
      const sid = await install(gateway, login, addOn, { UniqueName: name });
      expect(resultOf(await lookUp(gateway, login, [name]), name)).toMatchObject({ status: "successful" });
      // Away and back again.
      expect((await gateway.call(login, "DELETE", `/v1/InstalledAddOns/${sid}`)).status).toBe(204);
      expect(resultOf(await lookUp(gateway, login, [name]), name)).toMatchObject({ code: 61003 });
      await install(gateway, login, addOn, { UniqueName: name });
      expect(resultOf(await lookUp(gateway, login, [name]), name)).toMatchObject({ status: "successful" });
    }
  });

  it("counts in the next request when it gives: a key, a secondary token, a new account, an extension that is enabled again", async () => {
    const { developer, name, installed } = await scene();
    const key = await keyOf(developer);
    expect((await lookUp(gateway, key, [name])).status).toBe(200);
    const { secondary_auth_token: secondary } = await post(developer, "/v1/AuthTokens/Secondary");
    for (const secret of [developer.secret, String(secondary)]) expect((await lookUp(gateway, { sid: developer.sid, secret }, [name])).status).toBe(200);
    expect((await lookUp(gateway, await gateway.account(), [])).status).toBe(200);
    const { body } = await gateway.call<{ extensions: { sid: string; unique_name: string }[] }>(developer, "GET", `/v1/InstalledAddOns/${installed}/Extensions`);
    const path = `/v1/InstalledAddOns/${installed}/Extensions/${body.extensions.find((extension) => extension.unique_name === "lookup")?.sid}`;
    await post(developer, path, { form: { Enabled: "false" } });
    expect(resultOf(await lookUp(gateway, developer, [name]), name)).toMatchObject({ code: 61003 });
    await post(developer, path, { form: { Enabled: "true" } });
    expect(resultOf(await lookUp(gateway, developer, [name]), name)).toMatchObject({ status: "successful" });
  });

  describe.concurrent("takes effect within 10 s when it takes away", () => {
    it("a revoked key", async () => {
      const made = await scene();
      const key = await keyOf(made.developer);
      expect(await lookUpStatus(made, key)).toBe(200);
      await gateway.call(made.developer, "DELETE", `/2010-04-01/Accounts/${made.developer.sid}/Keys/${key.sid}.json`);
      await inForce("the key is refused", async () => (await lookUpStatus(made, key)) === 401);
      expect(await lookUpStatus(made)).toBe(200);
    });

    it("a promoted token, under which publishers' requests are signed from then on, and a withdrawn secondary one [security-signed]", async () => {
      const made = await scene(rotating);
      const { secondary_auth_token: second } = await post(made.owner, "/v1/AuthTokens/Secondary");
      const { auth_token: promoted } = await post(made.owner, "/v1/AuthTokens/Promote");
      expect(promoted).toBe(second);
      const rotated = { sid: made.owner.sid, secret: String(promoted) };
      await inForce("the old token is refused", async () => (await gateway.call(made.owner, "GET", "/v1/Invocations")).status === 401);
      expect((await gateway.call(rotated, "GET", "/v1/Invocations")).status).toBe(200);

      rotating.authTokens.set(rotated.sid, rotated.secret);
      await inForce("requests are signed with the new token", async () => {
        // Until then the gateway may sign with the old one.
        rotating.violations.length = 0;
        await lookUp(gateway, made.developer, [made.name]);
        return rotating.violations.length === 0;
      });

      const { secondary_auth_token: third } = await post(rotated, "/v1/AuthTokens/Secondary");
      const withSecondary = { sid: rotated.sid, secret: String(third) };
      expect((await gateway.call(withSecondary, "GET", "/v1/Invocations")).status).toBe(200);
      expect((await gateway.call(rotated, "DELETE", "/v1/AuthTokens/Secondary")).status).toBe(204);
      await inForce("the secondary token is refused", async () => (await gateway.call(withSecondary, "GET", "/v1/Invocations")).status === 401);
    });

    it("a suspended account, which may go on when it is active again, and a closed one", async () => {
      const made = await scene();
      const path = `/2010-04-01/Accounts/${made.developer.sid}.json`;
      await asOperator(path, { Status: "suspended" });
      await inForce("the account is refused", async () => (await lookUpStatus(made)) === 403);
      expect((await lookUp(gateway, made.developer, [])).body).toMatchObject({ code: 20005, status: 403 });
      await asOperator(path, { Status: "active" });
      expect(await lookUpStatus(made)).toBe(200);
      await asOperator(path, { Status: "closed" });
      await inForce("the account is refused", async () => (await lookUpStatus(made)) === 403);
      expect(await gateway.call(gateway.operator, "POST", path, { form: { Status: "active" } })).toMatchObject({ status: 409, body: { code: 20409 } });
    });

    it("a suspended publisher", async () => {
      const made = await scene();
      await asOperator(`/2010-04-01/Accounts/${made.owner.sid}.json`, { Status: "suspended" });
      await inForce("the add-on is not run", () => failsWith(made, /publisher/));
      const calls = callsOf(made);
      await lookUp(gateway, made.developer, [made.name]);
      expect(callsOf(made)).toBe(calls);
    });

    it("a disabled extension", async () => {
      const made = await scene();
      const { body } = await gateway.call<{ extensions: { sid: string; unique_name: string }[] }>(made.developer, "GET", `/v1/InstalledAddOns/${made.installed}/Extensions`);
      const lookup = body.extensions.find((extension) => extension.unique_name === "lookup");
      await post(made.developer, `/v1/InstalledAddOns/${made.installed}/Extensions/${lookup?.sid}`, { form: { Enabled: "false" } });
      await inForce("the extension is off", () => failsWith(made, /extension lookup/));
    });

    it("new credentials, for the installs that are there [credentials-one-set]", async () => {
      const made = await scene();
      await post(made.owner, `/v1/Publisher/AddOns/${made.addOn}/Credentials`, { json: { type: "bearer", token: "second-token" } });
      await inForce("the publisher gets the new credentials", async () => {
        await lookUp(gateway, made.developer, [made.name]);
        return publisher.requests.some(({ headers }) => headers["x-twilio-addonsid"] === made.addOn && headers.authorization === "Bearer second-token");
      });
    });

    it("a sunset that has come", async () => {
      const made = await scene();
      const retire = `/v1/Publisher/AddOns/${made.addOn}/Versions/${made.version}/Retire`;
      expect(await gateway.call(made.owner, "POST", retire, { form: { SunsetDate: dateIn(29) } })).toMatchObject({ status: 400, body: { code: 20001 } });
      await post(made.owner, retire, { form: { SunsetDate: dateIn(32) } });
      expect(await lookUpStatus(made)).toBe(200);
      // A sunset is at least 30 days ahead: the day is moved here.
      await sql("UPDATE add_on_versions SET sunset_at = ?1 WHERE sid = ?2", Date.now() - 1, made.version);
      await inForce("the version is not run", () => failsWith(made, /retired/));
    });
  });

  // Another isolate's write drops nothing here: the database alone knows.
  describe.concurrent("takes effect within 10 s when another isolate wrote it", () => {
    it("a revoked key", async () => {
      const made = await scene();
      const key = await keyOf(made.developer);
      expect(await lookUpStatus(made, key)).toBe(200);
      await sql("DELETE FROM api_keys WHERE sid = ?1", key.sid);
      await inForce("the key is refused", async () => (await lookUpStatus(made, key)) === 401);
    });

    it("a withdrawn token", async () => {
      const { developer } = await scene();
      const withdrawn = { sid: developer.sid, secret: String((await post(developer, "/v1/AuthTokens/Secondary"))["secondary_auth_token"]) };
      expect((await gateway.call(withdrawn, "GET", "/v1/Invocations")).status).toBe(200);
      await sql("UPDATE accounts SET secondary_auth_token = NULL WHERE sid = ?1", developer.sid);
      await inForce("the token is refused", async () => (await gateway.call(withdrawn, "GET", "/v1/Invocations")).status === 401);
    });

    it("a suspended account", async () => {
      const made = await scene();
      await sql("UPDATE accounts SET status = 'suspended' WHERE sid = ?1", made.developer.sid);
      await inForce("the account is refused", async () => (await lookUpStatus(made)) === 403);
    });

    it("a suspended publisher", async () => {
      const made = await scene();
      await sql("UPDATE accounts SET status = 'suspended' WHERE sid = ?1", made.owner.sid);
      await inForce("the add-on is not run", () => failsWith(made, /publisher/));
    });

    it("a disabled extension", async () => {
      const made = await scene();
      await sql("UPDATE installed_add_ons SET extensions = json_set(extensions, '$.lookup', json('false')) WHERE sid = ?1", made.installed);
      await inForce("the extension is off", () => failsWith(made, /extension lookup/));
    });

    it("an install that was removed", async () => {
      const made = await scene();
      await sql("DELETE FROM installed_add_ons WHERE sid = ?1", made.installed);
      await inForce("the add-on is not run", () => failsWith(made, /installed/));
    });

    it("a key that was made: it counts at once, since no refusal is given from memory", async () => {
      const { developer } = await scene();
      const key = { sid: `SK${"5".repeat(32)}`, secret: "f".repeat(64) };
      await sql("INSERT INTO api_keys SELECT ?1, ?2, '', ?3, 0, 0", key.sid, developer.sid, createHash("sha256").update(key.secret).digest("hex"));
      await inForce("the key is accepted", async () => (await gateway.call(key, "GET", "/v1/Invocations")).status === 200);
    });
  });

  const callsOf = ({ addOn }: Scene): number => publisher.requests.filter(({ headers }) => headers["x-twilio-addonsid"] === addOn).length;
});

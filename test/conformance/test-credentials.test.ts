import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { install, type LookupAnswer, type LookupResult } from "../support/add-ons.ts";
import { until, type Login } from "../support/gateway.ts";
import { answering } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace, type Offer } from "../support/marketplace.ts";
import { RESULT_TITLES, type ResultCode } from "../support/result-titles.ts";
import { databaseRows, findings } from "../support/stored-data.ts";
import { testLogin } from "../support/test-login.ts";
import { restException, twilioClient } from "../support/twilio-client.ts";

type AddOns = NonNullable<LookupAnswer["add_ons"]>;

const SAMPLE = { score: 3, list: ["é", null, { deep: true }] };
const NUMBER = "+18778894546";
const FAILURES: [string, ResultCode][] = [
  ["+15005550001", 61001],
  ["+15005550002", 61002],
  ["+15005550003", 61003],
  ["+15005550004", 61004],
  ["+15005550005", 61005],
  ["+15005550007", 61007],
  ["+15005550008", 61000],
  ["+15005550009", 61009],
];

const failure = (code: ResultCode) => ({ request_sid: expect.stringMatching(/^XR[0-9a-f]{32}$/), status: "failed", message: RESULT_TITLES[code], code, result: {}, detail: expect.stringMatching(/^[A-Z].{20,}$/) });

describe("test credentials", () => {
  let market: Marketplace;
  let test: Login;
  let sampled: Offer;
  let unsampled: Offer;
  let needy: Offer;
  let strict: Offer;
  let disabled: Offer;

  /** Looks a number up as the official client does with the test login. */
  const lookUp = async (names: string[], number = NUMBER, addOnsData: Record<string, Record<string, string>> = {}, login = test): Promise<AddOns> =>
    (await twilioClient(market.gateway, login).lookups.v1.phoneNumbers(number).fetch({ addOns: names, addOnsData })).addOns as AddOns;
  const resultOf = async (offer: Offer, number = NUMBER, data: Record<string, string> = {}): Promise<LookupResult | undefined> => (await lookUp([offer.name], number, { [offer.name]: data })).results[offer.name];

  beforeAll(async () => {
    market = await startMarketplace();
    const { gateway, developer } = market;
    test = await testLogin(gateway, developer);
    const sample_response = SAMPLE;
    sampled = await market.offer(answering({ score: 1 }), { sample_response, response_schema: { required: ["score"] }, pricing: { model: "per_use", unit_price: "0.5", currency: "USD" } });
    unsampled = await market.offer(answering({}), { pricing: { model: "per_use", unit_price: "0", currency: "USD" } });
    needy = await market.offer(answering({}), { sample_response, extensions: ["lookup"], runtime_fields: { reason: { required: true } } });
    strict = await market.offer(answering({}), { sample_response, request_schema: { properties: { primary_address: { pattern: "^\\+44" } } } });
    disabled = await market.offer(answering({}), { sample_response });
    const extensions = `/v1/InstalledAddOns/${disabled.installedSid}/Extensions`;
    const { body } = await gateway.call<{ extensions: { sid: string; unique_name: string }[] }>(developer, "GET", extensions);
    const lookup = body.extensions.find(({ unique_name: name }) => name === "lookup")?.sid ?? "";
    expect((await gateway.call(developer, "POST", `${extensions}/${lookup}`, { form: { Enabled: "false" } })).status).toBe(200);
  });
  afterAll(async () => {
    await market.stop();
    // The one that its account sent in earnest.
    expect(market.publisher.requests.map(({ form }) => form["e164"])).toEqual(["+15005550001"]);
    expect(market.publisher.violations).toEqual([]);
  });

  it("answer with the sample response of the version, each time under a request SID of its own", async () => {
    const answers = [await lookUp([sampled.name]), await lookUp([sampled.name, needy.name], "+15005550006", { [needy.name]: { reason: "fraud" } })];
    for (const { results, ...envelope } of answers) {
      expect(envelope).toEqual({ status: "successful", message: null, code: null });
      for (const result of Object.values(results)) expect(result).toEqual({ request_sid: expect.stringMatching(/^XR[0-9a-f]{32}$/), status: "successful", message: null, code: null, result: SAMPLE });
    }
    expect(answers.map(({ results }) => Object.keys(results))).toEqual([[sampled.name], [sampled.name, needy.name]]);
    expect(new Set(answers.flatMap(({ results }) => Object.values(results).map(({ request_sid: xr }) => xr))).size).toBe(3);
  });

  it("answer the number itself as it is, also without add-ons", async () => {
    const phoneNumber = await twilioClient(market.gateway, test).lookups.v1.phoneNumbers("8778894546").fetch();
    expect(phoneNumber).toMatchObject({ phoneNumber: NUMBER, countryCode: "US", nationalFormat: "(877) 889-4546", addOns: null });
    expect(await restException(lookUp([sampled.name], "+1555"))).toMatchObject({ status: 404, code: 20404 });
    expect(await restException(lookUp(Array.from({ length: 13 }, (_item, index) => `add_on_${index}`)))).toMatchObject({ status: 400, code: 20001 });
  });

  it.each(FAILURES)("answer %s with %i, for every add-on, with a sample response or without", async (number, code) => {
    const { status, results } = await lookUp([sampled.name, unsampled.name], number);
    expect(status).toBe("successful");
    expect(results).toEqual({ [sampled.name]: failure(code), [unsampled.name]: failure(code) });
    expect(JSON.stringify(results)).not.toContain(number.slice(2));
  });

  it("answer 61004 where the version has no sample response, and say so", async () => {
    expect(await resultOf(unsampled)).toEqual({ ...failure(61004), detail: expect.stringContaining("sample response") });
  });

  it("fail as in earnest where a request could not be made, whatever the number stands for", async () => {
    for (const number of [NUMBER, "+15005550001"]) {
      const { results } = await lookUp([needy.name, strict.name, disabled.name, "not_installed", sampled.name], number);
      for (const name of [needy.name, strict.name, disabled.name, "not_installed"]) expect(results[name], name).toEqual(failure(61003));
      const details = [needy.name, strict.name, disabled.name, "not_installed"].map((name) => results[name]?.detail);
      expect(details).toEqual([expect.stringContaining("reason"), expect.stringContaining("schema"), expect.stringContaining(disabled.installedSid), expect.stringContaining("not_installed")]);
      expect(results[sampled.name]?.status).toBe(number === NUMBER ? "successful" : "failed");
    }
    expect(await resultOf(needy, NUMBER, { reason: "fraud" })).toMatchObject({ status: "successful", result: SAMPLE });
    expect(await resultOf(strict, "+442077651182")).toMatchObject({ status: "successful", result: SAMPLE });
  });

  it("find an add-on that was installed a moment ago", async () => {
    expect((await lookUp(["just_installed"])).results["just_installed"]).toEqual(failure(61003));
    await install(market.gateway, market.developer, sampled.addOnSid, { UniqueName: "just_installed" });
    expect((await lookUp(["just_installed"])).results["just_installed"]).toMatchObject({ status: "successful", result: SAMPLE });
  });

  it("need no credit and no room under a daily cap", async () => {
    const { gateway } = market;
    const poor = await gateway.account("Without credit");
    const installed = await install(gateway, poor, sampled.addOnSid);
    expect((await gateway.call(poor, "POST", `/v1/InstalledAddOns/${installed}/Settings`, { form: { DailyCap: "0" } })).status).toBe(200);
    const { results } = await lookUp([sampled.name], NUMBER, {}, await testLogin(gateway, poor));
    expect(results[sampled.name]).toMatchObject({ status: "successful", result: SAMPLE });
  });

  it("leave nothing behind: no charge, usage, invocation, alert or log line, and no idempotency key", async () => {
    const { gateway } = market;
    const developer = await gateway.account("Leaves nothing", "1");
    const own = await testLogin(gateway, developer);
    await install(gateway, developer, sampled.addOnSid);
    const seen = async () => {
      const get = async <T>(path: string, login = developer): Promise<T> => (await gateway.call<T>(login, "GET", path)).body;
      const { events, spent } = await get<{ events: number; spent: string }>(`/v1/Operator/Accounts/${developer.sid}/Desk`, gateway.operator);
      const { balance } = await get<{ balance: string }>(`/2010-04-01/Accounts/${developer.sid}/Balance.json`);
      const { usage_records } = await get<{ usage_records: { count: string }[] }>(`/2010-04-01/Accounts/${developer.sid}/Usage/Records.json`);
      const { invocations } = await get<{ invocations: unknown[] }>("/v1/Invocations");
      const { alerts } = await get<{ alerts: unknown[] }>("/v1/Alerts");
      const lines = gateway.logs.filter((line) => line.includes('"event":"invocation"')).length;
      return { events, spent, balance, usage: usage_records.map(({ count }) => count), invocations, alerts, lines };
    };
    const before = await seen();
    expect(before).toMatchObject({ events: 0, spent: "0.00", balance: "1.00", usage: ["0"], invocations: [], alerts: [] });

    const xrs = new Set<string>();
    const keyed = { "Idempotency-Key": "the-same" };
    for (const number of [NUMBER, NUMBER, "+15005550001", "+15005550005"]) {
      const answer = await gateway.call<LookupAnswer>(own, "GET", `/v1/PhoneNumbers/${number}?AddOns=${sampled.name}`, undefined, keyed);
      expect([answer.status, answer.headers.get("Idempotent-Replayed")]).toEqual([200, null]);
      xrs.add(answer.body.add_ons?.results[sampled.name]?.request_sid ?? "");
    }
    expect(xrs.size).toBe(4);
    expect(await seen()).toEqual(before);

    // What the account itself does shows in each of these, with a test number too, and the key is free for it.
    expect(market.publisher.requests).toEqual([]);
    const inEarnest = await gateway.call<LookupAnswer>(developer, "GET", `/v1/PhoneNumbers/+15005550001?AddOns=${sampled.name}&AddOns=not_installed`, undefined, keyed);
    expect([inEarnest.status, inEarnest.headers.get("Idempotent-Replayed")]).toEqual([200, null]);
    expect(inEarnest.body.add_ons?.results[sampled.name]).toMatchObject({ status: "successful", result: { score: 1 } });
    expect(await seen()).toEqual({ events: 2, spent: "0.50", balance: "0.50", usage: ["1", "1"], invocations: [expect.anything(), expect.anything()], alerts: [expect.objectContaining({ error_code: "61003" })], lines: before.lines + 2 });
  });

  it("are made with a token that is shown once, and fetched without it", async () => {
    const { gateway } = market;
    const developer = await gateway.account("Makes them");
    const path = "/v1/TestCredentials";
    for (const method of ["GET", "DELETE"]) expect(await gateway.call(developer, method, path)).toMatchObject({ status: 404, body: { code: 20404 } });
    const made = await gateway.call(developer, "POST", path);
    const date = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect([made.status, made.body]).toEqual([
      201,
      { account_sid: developer.sid, test_account_sid: expect.stringMatching(/^AC[0-9a-f]{32}$/), test_auth_token: expect.stringMatching(/^[0-9a-f]{64}$/), date_created: date, date_updated: date, url: gateway.url + path },
    ]);
    expect(made.body["test_account_sid"]).not.toBe(developer.sid);
    const fetched = await gateway.call(developer, "GET", path);
    expect([fetched.status, fetched.body]).toEqual([200, { ...made.body, test_auth_token: null }]);
    expect((await gateway.call(await gateway.account("Stranger"), "GET", path)).status).toBe(404);
  });

  it("are stored as a hash alone, and in no log", async () => {
    await lookUp([sampled.name]);
    const rows = await databaseRows(market.gateway);
    expect(findings(rows, { token: test.secret })).toEqual([]);
    expect(findings(rows, { hash: createHash("sha256").update(test.secret).digest("hex") })).toEqual(["hash in D1 test_credentials"]);
    expect(market.gateway.logs.filter((line) => line.includes(test.secret))).toEqual([]);
  });

  it("have the same SID and another token when they are made again, and none when they are withdrawn, at once here", async () => {
    const { gateway } = market;
    const developer = await gateway.account("Rotates");
    const [first, second] = [await testLogin(gateway, developer), await testLogin(gateway, developer)];
    expect([second.sid, second.secret === first.secret]).toEqual([first.sid, false]);
    const refusedWith = (login: Login) => restException(lookUp([], NUMBER, {}, login));
    await lookUp([], NUMBER, {}, second);
    expect(await refusedWith(first)).toMatchObject({ status: 401, code: 20003 });
    expect((await gateway.call(developer, "DELETE", "/v1/TestCredentials")).status).toBe(204);
    expect(await refusedWith(second)).toMatchObject({ status: 401, code: 20003 });
    const third = await testLogin(gateway, developer);
    expect(third.sid).not.toBe(first.sid);
    await lookUp([], NUMBER, {}, third);
  });

  it("that were replaced or withdrawn elsewhere stop within 10 s", async () => {
    const { gateway } = market;
    const developer = await gateway.account("Elsewhere");
    const login = await testLogin(gateway, developer);
    await lookUp([], NUMBER, {}, login);
    const db = await gateway.miniflare.getD1Database("DB");
    await db.prepare("DELETE FROM test_credentials WHERE account_sid = ?").bind(developer.sid).run();
    const refused = await until("the token is refused", () => lookUp([], NUMBER, {}, login).then(() => null, (error: unknown) => ({ error })));
    expect(refused.error).toMatchObject({ status: 401, code: 20003 });
  });

  it("are their account's: they sign in with their own token alone, and find its add-ons alone", async () => {
    const { gateway, developer } = market;
    const stranger = await testLogin(gateway, await gateway.account("Stranger"));
    const wrong = [{ sid: test.sid, secret: developer.secret }, { sid: test.sid, secret: stranger.secret }, { sid: developer.sid, secret: test.secret }, { sid: `AC${randomBytes(16).toString("hex")}`, secret: test.secret }];
    for (const login of wrong) expect(await restException(lookUp([], NUMBER, {}, login))).toMatchObject({ status: 401, code: 20003 });
    expect((await lookUp([sampled.name], NUMBER, {}, stranger)).results[sampled.name]).toEqual(failure(61003));
  });

  it("are of no use while their account is suspended", async () => {
    const { gateway } = market;
    const developer = await gateway.account("Suspended");
    const login = await testLogin(gateway, developer);
    const setStatus = (Status: string) => gateway.call(gateway.operator, "POST", `/2010-04-01/Accounts/${developer.sid}.json`, { form: { Status } });
    expect((await setStatus("suspended")).status).toBe(200);
    for (const path of [`/v1/PhoneNumbers/${NUMBER}`, "/v1/Invocations"]) expect(await gateway.call(login, "GET", path)).toMatchObject({ status: 403, body: { code: 20005 } });
    expect((await setStatus("active")).status).toBe(200);
    await lookUp([], NUMBER, {}, login);
  });
});

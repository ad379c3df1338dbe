import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, lookUp, publish } from "../support/add-ons.ts";
import { endInvocation } from "../support/ended-invocations.ts";
import { startGateway, type Answer, type Login, type TestGateway } from "../support/gateway.ts";
import { answering, startPublisher, type LoopbackPublisher } from "../support/loopback-publisher.ts";
import { postRecording } from "../support/recordings.ts";
import { BELONGINGS, pathOf, ROUTES, type Belonging, type Route } from "../support/routes.ts";
import { storeDeadLetter, storeResult } from "../support/stored-results.ts";
import { closeMonth, onlyStatement } from "../support/statements.ts";

const hex = (bytes: number): string => randomBytes(bytes).toString("hex");

/** The prefix that each thing's SID has. */
const PREFIXES: Record<Belonging, string> = { account: "AC", key: "SK", addOn: "XB", draft: "XB", version: "XC", draftVersion: "XC", installed: "XE", extension: "XF", invocation: "XR", number: "PN", assigned: "XE", alert: "NO", recording: "RE", result: "XR", payload: "XH", deadLetter: "DL", statement: "ST" };

/** What is no SID, or not one of this kind. */
const malformed = (belonging: Belonging): string[] => {
  const prefix = PREFIXES[belonging];
  return [prefix, `${prefix}${hex(15)}`, `${prefix}${hex(16)}0`, `${prefix}${"ABCDEF00".repeat(4)}`, `ZZ${hex(16)}`, "' OR '1'='1", "\0", "%", "é\ud83d\ude00", "x".repeat(2_000)];
};

/** The owner's. */
const NUMBER = "+18778894546";

/** Also when midnight comes meanwhile. */
const [YESTERDAY = "", TOMORROW = ""] = [-1, 1].map((days) => new Date(Date.now() + days * 24 * 3_600_000).toISOString().slice(0, 10));
const AROUND_NOW = `Start=${YESTERDAY}&End=${TOMORROW}`;

/** What its owner is answered. A draft is in no catalogue, and a payload's data is led to. */
const statusOf = ({ path }: Route): number => (path.startsWith("/v1/AvailableAddOns") ? 404 : path.endsWith("/Data") ? 307 : 200);

const title = ({ method, path }: Route): string => `${method} ${path}`;
const named = ROUTES.filter((route) => route.names !== undefined);

describe("other accounts", () => {
  let gateway: TestGateway;
  let publisher: LoopbackPublisher;
  let owner: Login;
  let stranger: Login;
  let ownerKey: Login;
  let operatorKey: Login;
  let belongings: Record<Belonging, string>;
  let addOnName: string;

  const send = (login: Login | null, route: Route, valueOf: (belonging: Belonging) => string, headers: Record<string, string> = {}): Promise<Answer> =>
    gateway.call(login, route.method, pathOf(route, (belonging) => encodeURIComponent(valueOf(belonging))), route.body, headers);
  const sendOwn = (login: Login | null, route: Route, headers?: Record<string, string>): Promise<Answer> => send(login, route, (belonging) => belongings[belonging], headers);

  beforeAll(async () => {
    [gateway, publisher] = await Promise.all([startGateway(), startPublisher()]);
    [owner, stranger] = [await gateway.account("The owner's secret name", "10"), await gateway.account("Stranger", "10")];
    publisher.authTokens.set(owner.sid, owner.secret);
    publisher.on("/answer", answering({ found: true }));

    const json = definition(publisher, "/answer");
    addOnName = json.unique_name;
    const addOn = await publish(gateway, owner, json);
    const installed = await install(gateway, owner, addOn);
    const invocation = (await lookUp(gateway, owner, [addOnName])).body.add_ons?.results[addOnName]?.request_sid ?? "";
    const keyOf = async (login: Login): Promise<Login> => {
      const { body } = await gateway.call<{ sid: string; secret: string }>(login, "POST", `/2010-04-01/Accounts/${login.sid}/Keys.json`, { form: {} });
      return body;
    };
    [ownerKey, operatorKey] = [await keyOf(owner), await keyOf(gateway.operator)];
    const draft = await gateway.call<{ sid: string; version: { sid: string } }>(owner, "POST", "/v1/Publisher/AddOns", { json: definition(publisher, "/answer") });
    const { body: published } = await gateway.call<{ version: { sid: string } }>(owner, "GET", `/v1/Publisher/AddOns/${addOn}`);
    const { body: list } = await gateway.call<{ extensions: { sid: string }[] }>(owner, "GET", `/v1/InstalledAddOns/${installed}/Extensions`);
    for (const login of [owner, stranger]) await gateway.call(login, "POST", "/v1/TestCredentials");
    await lookUp(gateway, owner, ["not_installed"]);
    const { body: alerts } = await gateway.call<{ alerts: { sid: string }[] }>(owner, "GET", "/v1/Alerts");
    const numbers = `/2010-04-01/Accounts/${owner.sid}/IncomingPhoneNumbers`;
    const { body: number } = await gateway.call<{ sid: string }>(owner, "POST", `${numbers}.json`, { form: { PhoneNumber: NUMBER } });
    await gateway.call(owner, "POST", `${numbers}/${number.sid}/AssignedAddOns.json`, { form: { InstalledAddOnSid: installed } });
    const { body: recording } = await postRecording(gateway, owner);
    const result = await storeResult(gateway, owner, { recordingSid: recording.sid });
    await endInvocation(gateway, result, null);
    await closeMonth(gateway);
    belongings = {
      account: owner.sid,
      key: ownerKey.sid,
      addOn,
      draft: draft.body.sid,
      version: published.version.sid,
      draftVersion: draft.body.version.sid,
      installed,
      extension: list.extensions[0]?.sid ?? "",
      invocation,
      number: number.sid,
      assigned: installed,
      alert: alerts.alerts[0]?.sid ?? "",
      recording: result.recordingSid,
      result: result.xr,
      payload: result.payloadSid,
      deadLetter: await storeDeadLetter(gateway, result),
      statement: (await onlyStatement(gateway, owner, "&Role=developer")).sid,
    };
  });
  afterAll(async () => {
    await Promise.all([gateway.stop(), publisher.stop()]);
    expect(publisher.violations).toEqual([]);
  });

  /** The owner's reading brings an invocation to the database, where others could find it. */
  async function expectThere(): Promise<void> {
    for (const route of named.filter(({ method, role }) => method === "GET" && role !== "operator")) {
      expect((await sendOwn(owner, route)).status, title(route)).toBe(statusOf(route));
    }
  }

  it("are there for their owner, with one of each thing that a path can name", async () => {
    for (const belonging of BELONGINGS) expect(belongings[belonging], belonging).toMatch(new RegExp(`^${PREFIXES[belonging]}[0-9a-f]{32}$`));
    await expectThere();
  });

  it.each(named.filter(({ role }) => role !== "operator").map((route) => ({ title: title(route), route })))("are not found by their SIDs: $title", async ({ route }) => {
    const answer = await sendOwn(stranger, route);
    expectError(answer, 404, 20404);
    expect(answer.text).not.toContain("The owner's secret name");
  });

  it("are the same to the operator under /v1, where it acts as itself", async () => {
    for (const route of named.filter(({ role, path }) => role === "account" && path.startsWith("/v1/"))) {
      expectError(await sendOwn(gateway.operator, route), 404, 20404, title(route));
    }
  });

  it("are open to the operator under /2010-04-01", async () => {
    for (const route of named.filter(({ method, path }) => method === "GET" && path.startsWith("/2010-04-01/"))) {
      expect((await sendOwn(gateway.operator, route)).status, title(route)).toBe(statusOf(route));
    }
  });

  it("are in no list of the stranger's", async () => {
    const lists = ROUTES.filter(({ method, path, names, role }) => method === "GET" && names === undefined && role === "account" && !path.includes("{"));
    const paths = lists.map(({ path }) => (path === "/v1/Invocations.csv" ? `${path}?${AROUND_NOW}` : path));
    const numbers = `/2010-04-01/Accounts/${stranger.sid}/IncomingPhoneNumbers.json`;
    const filters = [numbers, `${numbers}?PhoneNumber=${encodeURIComponent(NUMBER)}`, `/v1/Invocations?AddOnSid=${belongings.addOn}`, "/v1/Invocations?PhoneNumber=%2B18778894546", "/2010-04-01/Accounts.json?FriendlyName=The+owner%27s+secret+name", `/v1/AvailableAddOns?Search=${addOnName}`];
    for (const path of [...paths, ...filters]) {
      const answer = await gateway.call(stranger, "GET", path);
      expect(answer.status, path).toBe(200);
      for (const belonging of BELONGINGS.filter((name) => name !== "addOn")) expect(answer.text, `${path} ${belonging}`).not.toContain(belongings[belonging]);
    }
  });

  it("cannot be reached by a SID in a parameter", async () => {
    const draft = await gateway.call(stranger, "POST", "/v1/InstalledAddOns", { form: { AvailableAddOnSid: belongings.draft, AcceptTermsOfService: "true" } });
    expectError(draft, 404, 20404);
    for (const info of [{ sid: belongings.addOn }, { sid: belongings.draft }, { unique_name: addOnName }]) {
      expectError(await gateway.call(stranger, "POST", "/v1/Listings", { form: { ModuleInfo: JSON.stringify(info) } }), 404, 20404, JSON.stringify(info));
    }
    const own = await install(gateway, stranger, belongings.addOn);
    const moved = await gateway.call(stranger, "POST", `/v1/InstalledAddOns/${own}/Settings`, { form: { AddOnVersionSid: belongings.draftVersion } });
    expectError(moved, 400, 20001);
    const numbers = `/2010-04-01/Accounts/${stranger.sid}/IncomingPhoneNumbers`;
    const { body: number } = await gateway.call<{ sid: string }>(stranger, "POST", `${numbers}.json`, { form: { PhoneNumber: "+14158675310" } });
    for (const login of [stranger, gateway.operator]) {
      expectError(await gateway.call(login, "POST", `${numbers}/${number.sid}/AssignedAddOns.json`, { form: { InstalledAddOnSid: belongings.installed } }), 404, 20404);
      expectError(await gateway.call(login, "POST", `${numbers}/${belongings.number}/AssignedAddOns.json`, { form: { InstalledAddOnSid: own } }), 404, 20404);
      expectError(await gateway.call(login, "GET", `${numbers}/${belongings.number}.json`), 404, 20404);
    }
    const crossed = await gateway.call(stranger, "GET", `/2010-04-01/Accounts/${stranger.sid}/Keys/${belongings.key}.json`);
    expectError(crossed, 404, 20404);
    const otherVersion = await gateway.call(owner, "GET", `/v1/Publisher/AddOns/${belongings.addOn}/Versions/${belongings.draftVersion}`);
    expectError(otherVersion, 404, 20404);
  });

  it("show a publisher the calls to its add-ons, and nothing of who was looked up by whom", async () => {
    const own = await install(gateway, stranger, belongings.addOn, { UniqueName: "by_the_stranger" });
    const sid = (await lookUp(gateway, stranger, ["by_the_stranger"])).body.add_ons?.results["by_the_stranger"]?.request_sid ?? "";
    // The stranger's own log read brings the row to the database; the publisher's flushes only its own desk.
    expect((await gateway.call(stranger, "GET", `/v1/Invocations/${sid}`)).body).toMatchObject({ role: "developer", account_sid: stranger.sid, phone_number: { last_four: "4546" } });
    const seen = await gateway.call(owner, "GET", `/v1/Invocations/${sid}`);
    expect(seen.body).toMatchObject({ role: "publisher", account_sid: null, unique_name: null, phone_number: null, installed_add_on_sid: own });
    for (const hidden of [stranger.sid, "4546", "by_the_stranger"]) expect(seen.text).not.toContain(hidden);
    // To forget a call is its developer's right alone.
    expectError(await gateway.call(owner, "DELETE", `/v1/Invocations/${sid}`), 404, 20404);
  });

  it.each(named.map((route) => ({ title: title(route), route })))("answer unknown and malformed SIDs with 404: $title", async ({ route }) => {
    const login = route.role === "operator" ? gateway.operator : owner;
    for (const target of Object.values(route.names ?? {})) {
      for (const sid of [`${PREFIXES[target]}${hex(16)}`, ...malformed(target)]) {
        const answer = await send(login, route, (belonging) => (belonging === target ? sid : belongings[belonging]));
        expectError(answer, 404, 20404, JSON.stringify(sid));
      }
    }
  });

  it("are closed to callers without credentials, with wrong ones, and with half a header", async () => {
    const headers = ["Bearer x", "Basic", "Basic !", `Basic ${btoa("no colon")}`, `Basic ${btoa(":")}`, `Basic ${btoa(`${owner.sid}:`)}`, `Basic ${"A".repeat(5_000)}`];
    for (const [index, route] of ROUTES.filter(({ role }) => role !== "anyone").entries()) {
      // From an address each: too many SIDs that are nobody's are turned away.
      const answers = [await sendOwn(null, route), await sendOwn({ sid: `AC${hex(16)}`, secret: owner.secret }, route, { "CF-Connecting-IP": `192.0.2.${index}` })];
      for (const answer of answers) {
        expectError(answer, 401, 20003, title(route));
        expect(answer.body["message"]).toBe("Authenticate");
        expect(answer.headers.get("WWW-Authenticate")).toMatch(/^Basic realm="/);
      }
    }
    for (const sid of [owner.sid, ownerKey.sid, gateway.operator.sid]) expectError(await gateway.call({ sid, secret: hex(16) }, "GET", "/v1/Invocations"), 401, 20003, sid);
    for (const Authorization of headers) expectError(await gateway.call(null, "GET", "/v1/Invocations", undefined, { Authorization }), 401, 20003, Authorization);
  });

  it("are closed to API keys where an auth token is needed", async () => {
    for (const route of ROUTES.filter(({ role }) => role === "token")) expectError(await sendOwn(ownerKey, route), 403, 20403, title(route));
    for (const route of ROUTES.filter(({ role }) => role === "operator")) expectError(await sendOwn(operatorKey, route), 403, 20403, title(route));
    expect((await gateway.call(ownerKey, "GET", `/2010-04-01/Accounts/${owner.sid}.json`)).status).toBe(200);
    expect((await lookUp(gateway, ownerKey, [addOnName])).status).toBe(200);
  });

  it("are not governed by anybody but the operator", async () => {
    for (const route of ROUTES.filter(({ role }) => role === "operator")) {
      expectError(await sendOwn(owner, route), 403, 20403, title(route));
      expectError(await send(owner, route, () => `AC${hex(16)}`), 403, 20403, title(route));
    }
    for (const route of ROUTES.filter(({ role }) => role === "carrier")) expectError(await sendOwn(owner, route), 403, 20403, title(route));
    expectError(await gateway.call(owner, "POST", `/2010-04-01/Accounts/${owner.sid}.json`, { form: { Status: "closed" } }), 403, 20403);
  });

  it("are as they were after all of this", expectThere);

  function expectError(answer: Answer, status: number, code: number, about = ""): void {
    expect({ status: answer.status, body: answer.body }, about).toEqual({
      status,
      body: { code, message: expect.any(String), more_info: `${gateway.url}/docs/errors/${code}`, status },
    });
    expect(answer.headers.get("Twilio-Request-Id")).toMatch(/^RQ[0-9a-f]{32}$/);
  }
});

import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, publish, type LookupAnswer } from "../support/add-ons.ts";
import { startGateway, until, type Answer, type Body, type Login, type TestGateway } from "../support/gateway.ts";
import { answering, startPublisher, type LoopbackPublisher, type Respond } from "../support/loopback-publisher.ts";
import { databaseRows, filesLeft, findings } from "../support/stored-data.ts";

const hex = (): string => randomBytes(16).toString("hex");
const NUMBER = "+14158675309";
const DIGITS = "4158675309";

/** What must stand nowhere; each is unmistakable. */
const PERSONAL = { "the number's digits": DIGITS, "the number as people write it": "867-5309", "runtime data": `runtime-${hex()}`, "a publisher's answer": `answer-${hex()}`, "the idempotency key": `key-${hex()}` };
const CREDENTIALS = { username: `user-${hex()}`, password: `password-${hex()}`, token: `bearer-${hex()}`, query: `query-${hex()}`, body: `body-${hex()}` };

type Case = { what: string; code: number | null; respond?: Respond; change?: Record<string, unknown>; times?: number };

const answer = { found: PERSONAL["a publisher's answer"] };
const html: Respond = (_, response) => void response.writeHead(200, { "Content-Type": "text/html" }).end(`<p>${answer.found}</p>`);
const reset: Respond = (_request, _response, socket) => void socket.destroy();
const slow: Respond = (_, response) => void response.writeHead(200).write(`{"found":"${answer.found}`);
const needsMore = { type: "object", required: ["more"] };

/** One add-on for each way in which an invocation can end. */
const CASES: Case[] = [
  { what: "successful, basic", code: null, respond: answering(answer), change: { request: { credentials: { type: "basic", username: CREDENTIALS.username, password: CREDENTIALS.password } } } },
  { what: "successful, bearer", code: null, respond: answering(answer), change: { request: { credentials: { type: "bearer", token: CREDENTIALS.token } } } },
  { what: "timed out", code: 61001, respond: slow, change: { request: { credentials: { type: "query", params: { secret: CREDENTIALS.query } } } } },
  { what: "server error", code: 61002, respond: answering(answer, 500), change: { request: { credentials: { type: "body", params: { secret: CREDENTIALS.body } } } } },
  { what: "redirected", code: 61002, respond: answering(answer, 302, { Location: `/elsewhere?n=${DIGITS}` }) },
  { what: "reset", code: 61002, respond: reset },
  { what: "not JSON", code: 61002, respond: html },
  { what: "request schema refused", code: 61003, change: { request_schema: needsMore } },
  { what: "runtime field missing", code: 61003, change: { extensions: ["lookup"], runtime_fields: { reason: { required: false }, needed: { required: true } } } },
  { what: "response schema refused", code: 61004, respond: answering(answer), change: { response_schema: needsMore } },
  { what: "client error", code: 61005, respond: answering(answer, 403) },
  { what: "too large", code: 61007, respond: answering({ ...answer, filler: "x".repeat(51_200) }) },
  { what: "no content", code: 61009, change: { request: { body: { to: "{{secondary_address}}" } } } },
];

describe("privacy", () => {
  let gateway: TestGateway;
  let publisher: LoopbackPublisher;
  let stateDir: string;
  let developer: Login;
  let owner: Login;
  let key: Login;
  let secondary: string;
  let firstAddOn: string;
  const names = new Map<string, string>();
  /** The body of every answer that was not a Lookup's own. */
  const refusals: string[] = [];

  beforeAll(async () => {
    stateDir = await mkdtemp(resolve(tmpdir(), "dipswitch-privacy-"));
    [gateway, publisher] = await Promise.all([startGateway({}, stateDir), startPublisher()]);
    [developer, owner] = [await gateway.account("Developer", "10"), await gateway.account("Publisher")];
    publisher.authTokens.set(owner.sid, owner.secret);
    for (const [index, { what, respond, change }] of CASES.entries()) {
      const path = `/${index}`;
      if (respond) publisher.on(path, respond);
      const { request, ...rest } = change ?? {};
      const sends = { body: { e164: "{{primary_address}}", hash: "{{SHA256:primary_address}}", reason: "{{reason}}" }, ...(request as object) };
      const json = definition(publisher, path, { runtime_fields: { reason: { required: false } }, ...rest, request: sends });
      names.set(what, json.unique_name);
      const addOn = await publish(gateway, owner, json);
      firstAddOn ??= addOn;
      await install(gateway, developer, addOn);
    }
    const created = await gateway.call<Login>(developer, "POST", `/2010-04-01/Accounts/${developer.sid}/Keys.json`, { form: {} });
    key = created.body;
    const token = await gateway.call<{ secondary_auth_token: string }>(developer, "POST", "/v1/AuthTokens/Secondary");
    secondary = token.body.secondary_auth_token;
  });
  afterAll(async () => {
    await Promise.all([gateway.stop(), publisher.stop()]);
    await rm(stateDir, { recursive: true, force: true });
    expect(publisher.violations).toEqual([]);
  });

  const nameOf = (what: string): string => names.get(what) ?? "";
  const lookUp = (login: Login, of: string[], headers: Record<string, string> = {}): Promise<Answer<LookupAnswer>> => {
    const query = new URLSearchParams(of.flatMap((name): [string, string][] => [["AddOns", name], [`AddOns.${name}.reason`, PERSONAL["runtime data"]]]));
    return gateway.call<LookupAnswer>(login, "GET", `/v1/PhoneNumbers/${NUMBER}?${query.toString()}`, undefined, headers);
  };
  const refused = async (method: string, path: string, body?: Body, headers?: Record<string, string>): Promise<void> => {
    const { status, text } = await gateway.call(developer, method, path, body, headers);
    expect(status, `${method} ${path.slice(0, 100)} ${text}`).toBeGreaterThanOrEqual(400);
    refusals.push(text);
  };

  it("stands the test of a number that is looked up and fails in every way", async () => {
    for (const chunk of [CASES.slice(0, 7), CASES.slice(7)]) {
      const results = (await lookUp(developer, chunk.map(({ what }) => nameOf(what)))).body.add_ons?.results ?? {};
      for (const { what, code } of chunk) expect([what, results[nameOf(what)]?.code]).toEqual([what, code]);
      // Only the number's own answer may show it: no result does but by what its publisher said.
      expect(JSON.stringify(results)).not.toContain(DIGITS);
    }
    expect((await lookUp(key, ["not_installed"])).text).toContain("61003");
    expect((await lookUp({ sid: developer.sid, secret: secondary }, [nameOf("client error")])).text).toContain("61005");
    const poor = await gateway.account("Poor");
    await install(gateway, poor, firstAddOn, { UniqueName: "unpaid" });
    expect((await lookUp(poor, ["unpaid"])).text).toContain("61003");

    const sent = publisher.requests.filter(({ form }) => form["e164"] === NUMBER && form["reason"] === PERSONAL["runtime data"]);
    expect(sent.length).toBeGreaterThan(CASES.length / 2);
  });

  it("stands the test of answers that are kept for an idempotency key", async () => {
    const headers = { "Idempotency-Key": PERSONAL["the idempotency key"] };
    const both = [nameOf("successful, basic"), nameOf("client error")];
    const first = await lookUp(developer, both, headers);
    expect(first.text).toContain(answer.found);
    expect((await lookUp(developer, both, headers)).text).toBe(first.text);
    refusals.push((await lookUp(developer, [nameOf("reset")], headers)).text);
  });

  it("stands the test of requests that are refused, whatever part of them has the number in it", async () => {
    const name = nameOf("successful, basic");
    const number = encodeURIComponent(NUMBER);
    const lookup = `/v1/PhoneNumbers/${NUMBER}?AddOns=${name}`;
    for (const query of [`CountryCode=${number}`, `AddOns=${number}`, `AddOns.${number}.reason=${number}`, `AddOns.${name}.${number}=1`, `AddOnsData=${number}`, `AddOnsData={"${DIGITS}":1}`, `AddOns.${name}.reason=${DIGITS.repeat(500)}`]) {
      await refused("GET", `${lookup}&${query}`);
    }
    for (const path of [`/v1/PhoneNumbers/${NUMBER}${DIGITS}`, `/v1/PhoneNumbers/${NUMBER}/${number}`, `/${number}`]) await refused("GET", path);
    for (const list of ["Page", "PageSize", "PageToken", "Status", "Code", "StartDate", "EndDate"]) await refused("GET", `/v1/Invocations?${list}=${number}`);
    for (const resource of ["InstalledAddOns", "AvailableAddOns", "Invocations", "Publisher/AddOns", "Listing"]) await refused("GET", `/v1/${resource}/${number}`);
    await refused("GET", `/2010-04-01/Accounts/${number}/Keys/${DIGITS}.json`);
    await refused("GET", `/v1/Invocations?PhoneNumber=${number}x`);
    await refused("GET", `${lookup}&x=${DIGITS.repeat(2_000)}`);
    await refused("PUT", lookup);
    await refused("GET", lookup, undefined, { "Idempotency-Key": `${NUMBER}${"k".repeat(300)}` });
    await refused("POST", "/v1/InstalledAddOns", { form: { AvailableAddOnSid: NUMBER, AcceptTermsOfService: NUMBER, Configuration: `{"${DIGITS}"` } });
    await refused("POST", "/v1/Publisher/AddOns", { raw: `{"unique_name":"${NUMBER}` });
    expect((await gateway.call({ sid: developer.sid, secret: NUMBER }, "GET", lookup)).status).toBe(401);
  });

  it("stands the test of a gateway that fails: what it cannot read it does not quote", async () => {
    const broken = await gateway.account("Broken", "1");
    const db = await gateway.miniflare.getD1Database("DB");
    await db.prepare("UPDATE accounts SET log_key = 'k1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' WHERE sid = ?1").bind(broken.sid).run();
    const failed = await until("the gateway fails", async () => {
      const response = await lookUp(broken, [nameOf("successful, basic")]);
      return response.status === 500 && response;
    });
    refusals.push(failed.text);
    expect(gateway.logs.some((line) => line.includes('"event":"error"'))).toBe(true);
  });

  it("quotes nothing of the request in an error", () => {
    expect(refusals.length).toBeGreaterThan(20);
    expect(findings(refusals.map((text) => ({ place: text.slice(0, 200), text })), PERSONAL)).toEqual([]);
  });

  it("keeps nothing of it in the database, in the log, in the objects or in any file, but the encrypted answer", async () => {
    // From here on the desk keeps what it records, so that its own storage is looked at as well.
    const db = await gateway.miniflare.getD1Database("DB");
    const recorded = await gateway.call<{ invocations: { sid: string }[] }>(developer, "GET", "/v1/Invocations?PageSize=100");
    expect(recorded.body.invocations.length).toBeGreaterThan(CASES.length);
    await db.prepare("ALTER TABLE invocations RENAME TO invocations_away").run();
    const late = await lookUp(developer, CASES.filter(({ code }) => code !== 61001).map(({ what }) => nameOf(what)), { "Idempotency-Key": `${PERSONAL["the idempotency key"]} late` });
    const lateSid = late.body.add_ons?.results[nameOf("successful, basic")]?.request_sid ?? "";

    const rows = await databaseRows(gateway);
    await gateway.stop();
    const files = await filesLeft(stateDir);
    const secrets = {
      ...CREDENTIALS,
      "basic credentials": btoa(`${CREDENTIALS.username}:${CREDENTIALS.password}`),
      "the developer's token": developer.secret,
      "the secondary token": secondary,
      "the publisher's token": owner.secret,
      "the key's secret": key.secret,
      "the operator's token": gateway.operator.secret,
    };
    const sought = { ...PERSONAL, ...secrets };
    const lines = gateway.logs.map((text) => ({ place: "log", text }));
    expect(findings([...rows, ...files, ...lines], sought)).toEqual([]);

    // The search finds what is there: the log's own facts, and the kept answers, which nobody can read.
    const firstSid = recorded.body.invocations[0]?.sid ?? "";
    expect(findings(rows, { it: firstSid })).toContain("it in D1 invocations_away");
    expect(findings(lines, { it: lateSid })).toEqual(["it in log"]);
    expect(findings(files, { it: lateSid }).some((found) => /AccountDesk.* segments$/.test(found))).toBe(true);
    expect(files.filter(({ place, text }) => place.endsWith(" claims") && text.length > 500)).toHaveLength(2);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition } from "../support/add-ons.ts";
import { startGateway, type Answer, type Login, type TestGateway } from "../support/gateway.ts";
import { startPublisher, type LoopbackPublisher } from "../support/loopback-publisher.ts";

type Version = { sid: string; status: string };
type AddOn = { sid: string; version: Version; credentials: { type: string } };
type Refused = { code: number; details?: { problems: { path: string; message: string }[] } };

const IN_BODY = { type: "body", params: { api_key: "stored-secret" } };
const IN_QUERY = { type: "query", params: { api_key: "stored-secret" } };
/** Requests that cannot carry one or the other. */
const BODYLESS = { method: "GET", body_format: "none", body: {}, query: { e164: "{{primary_address}}" } };
const TAKES_API_KEY = { body: { e164: "{{primary_address}}", api_key: "own" } };

const problemsOf = ({ status, body }: Answer<Refused>) => ({ status, code: body.code, paths: body.details?.problems.map(({ path }) => path) });
const refusedAt = (path: string) => ({ status: 400, code: 20001, paths: [path] });

describe("an add-on's one set of credentials and its many versions [credentials-one-set]", () => {
  let gateway: TestGateway;
  let publisher: LoopbackPublisher;
  let owner: Login;
  beforeAll(async () => {
    [gateway, publisher] = await Promise.all([startGateway({ AUTO_APPROVE: "" }), startPublisher()]);
    owner = await gateway.account("Publisher");
  });
  afterAll(async () => void (await Promise.all([gateway.stop(), publisher.stop()])));

  const post = <T = Version>(path: string, json?: unknown, login = owner) => gateway.call<T>(login, "POST", path, json === undefined ? undefined : { json });
  const step = async (path: string, form?: Record<string, string>, login = owner): Promise<void> =>
    expect((await gateway.call(login, "POST", path, form && { form })).status).toBe(200);

  /** An add-on with these credentials, and one version for each of the other requests. */
  async function created(credentials: object | undefined, request: object, ...others: object[]) {
    const json = definition(publisher, "/");
    const withRequest = (change: object) => ({ ...json, request: { ...(json["request"] as object), ...change } });
    const { status, body } = await post<AddOn>("/v1/Publisher/AddOns", withRequest({ ...request, credentials }));
    expect(status).toBe(201);
    const path = `/v1/Publisher/AddOns/${body.sid}`;
    const versions = [body.version.sid];
    for (const other of others) {
      const made = await post(`${path}/Versions`, withRequest(other));
      expect(made.status).toBe(201);
      versions.push(made.body.sid);
    }
    const [first = "", second = ""] = versions;
    return { path, first: `${path}/Versions/${first}`, firstSid: first, second: `${path}/Versions/${second}`, secondSid: second, withRequest };
  }
  const review = (sid: string, verb: "Approve" | "Reject") => step(`/v1/Operator/AddOnVersions/${sid}/${verb}`, verb === "Reject" ? { Reason: "No terms" } : undefined, gateway.operator);

  it.each([
    { what: "has no body for them", credentials: IN_BODY, request: BODYLESS, path: "/request/credentials" },
    { what: "has a body parameter of the same name", credentials: IN_BODY, request: TAKES_API_KEY, path: "/request/credentials/params/api_key" },
    { what: "has a query parameter of the same name", credentials: IN_QUERY, request: { query: { api_key: "own" } }, path: "/request/credentials/params/api_key" },
  ])("do not let a version be created or replaced that $what", async ({ credentials, request, path }) => {
    const addOn = await created(credentials, {});
    for (const at of [`${addOn.path}/Versions`, addOn.first]) {
      const answer = await post<Refused>(at, addOn.withRequest(request));
      expect(problemsOf(answer)).toEqual(refusedAt(path));
      expect(answer.text).not.toContain("stored-secret");
    }
    expect((await post(addOn.first, addOn.withRequest({}))).status).toBe(200);
  });

  it.each([
    { what: "an active version has no body for", credentials: IN_BODY, request: BODYLESS, path: "" },
    { what: "an active version has a parameter of the same name as", credentials: IN_QUERY, request: { query: { api_key: "own" } }, path: "/params/api_key" },
  ])("are not replaced by some that $what, though the newest version could carry them", async ({ credentials, request, path }) => {
    const addOn = await created(undefined, request, {});
    await step(`${addOn.first}/Submit`);
    await review(addOn.firstSid, "Approve");
    // "" in the path is the whole object.
    const refused = await post<Refused>(`${addOn.path}/Credentials`, credentials);
    expect(problemsOf(refused)).toEqual(refusedAt(path));
    expect(refused.body.details?.problems[0]?.message).toContain(addOn.firstSid);
    expect((await gateway.call<AddOn>(owner, "GET", addOn.path)).body.credentials).toEqual({ type: "none" });
  });

  it("are not replaced by some that a retired version cannot carry, before it is past its sunset", async () => {
    const addOn = await created(undefined, BODYLESS, {});
    await step(`${addOn.first}/Submit`);
    await review(addOn.firstSid, "Approve");
    await step(`${addOn.first}/Retire`, { SunsetDate: new Date(Date.now() + 31 * 86_400_000).toISOString().slice(0, 10) });
    expect((await post(`${addOn.path}/Credentials`, IN_BODY)).status).toBe(400);
    const db = await gateway.miniflare.getD1Database("DB");
    await db.prepare("UPDATE add_on_versions SET sunset_at = ?1 WHERE sid = ?2").bind(Date.now() - 1, addOn.firstSid).run();
    expect((await post(`${addOn.path}/Credentials`, IN_BODY)).status).toBe(200);
  });

  it("may be replaced by some that a rejected version cannot carry, which then cannot be submitted again as it is", async () => {
    const addOn = await created(undefined, {}, BODYLESS);
    await step(`${addOn.second}/Submit`);
    expect((await post(`${addOn.path}/Credentials`, IN_BODY)).status).toBe(400);
    await review(addOn.secondSid, "Reject");
    expect((await post(`${addOn.path}/Credentials`, IN_BODY)).status).toBe(200);
    expect(problemsOf(await post<Refused>(`${addOn.second}/Submit`))).toEqual(refusedAt("/request/credentials"));
    expect((await post(addOn.second, addOn.withRequest({}))).status).toBe(200);
    await step(`${addOn.second}/Submit`);
  });
});

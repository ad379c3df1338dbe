import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, lookUp, type DefinitionJson } from "../support/add-ons.ts";
import { deadErrorPages } from "../support/error-pages.ts";
import type { Login } from "../support/gateway.ts";
import { answering } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace } from "../support/marketplace.ts";

type Version = { sid: string; number: number; status: string; sunset_date: string | null; friendly_name: string };
type AddOn = { sid: string; friendly_name: string; version: { sid: string; number: number; status: string }; credentials: { type: string } };
type Problems = { code: number; message: string; details?: { problems: { path: string; message: string }[] } };

const DAY_MS = 86_400_000;
const versionsOf = (addOnSid: string): string => `/v1/Publisher/AddOns/${addOnSid}/Versions`;
const timeIn = (days: number): string => `${new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 19)}Z`;
const dateIn = (days: number): string => timeIn(days).slice(0, 10);

describe("the versions of an add-on", () => {
  let market: Marketplace;

  beforeAll(async () => {
    market = await startMarketplace();
  });
  afterAll(async () => {
    expect(await deadErrorPages(market.gateway)).toEqual([]);
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  const post = <T = Version>(login: Login, path: string, json?: unknown) => market.gateway.call<T>(login, "POST", path, json === undefined ? undefined : { json });
  const get = <T = Version>(login: Login, path: string) => market.gateway.call<T>(login, "GET", path);

  /** An add-on with one version, a draft. */
  async function created(change: Record<string, unknown> = {}): Promise<{ addOnSid: string; versionSid: string; json: DefinitionJson }> {
    const json = definition(market.publisher, "/versions", change);
    const { status, body } = await post<AddOn>(market.owner, "/v1/Publisher/AddOns", json);
    expect(status).toBe(201);
    return { addOnSid: body.sid, versionSid: body.version.sid, json };
  }

  async function published(addOnSid: string, json: DefinitionJson): Promise<string> {
    const { sid } = (await post(market.owner, versionsOf(addOnSid), json)).body;
    expect((await post(market.owner, `${versionsOf(addOnSid)}/${sid}/Submit`)).body.status).toBe("active");
    return sid;
  }

  const retire = (addOnSid: string, versionSid: string, date: string) =>
    market.gateway.call<Version & Problems>(market.owner, "POST", `${versionsOf(addOnSid)}/${versionSid}/Retire`, { form: { SunsetDate: date } });

  it("are numbered from 1, each a whole definition, the newest of which the add-on shows", async () => {
    const { addOnSid, versionSid, json } = await created({ friendly_name: "One" });
    const two = (await post(market.owner, versionsOf(addOnSid), { ...json, friendly_name: "Two" })).body;
    const three = (await post(market.owner, versionsOf(addOnSid), { ...json, friendly_name: "Three" })).body;
    expect([two, three]).toMatchObject([{ number: 2, status: "draft", friendly_name: "Two" }, { number: 3, status: "draft", friendly_name: "Three" }]);

    const listed = await get<{ versions: Version[] }>(market.owner, versionsOf(addOnSid));
    expect(new Set(listed.body.versions.map(({ sid, number }) => `${sid} ${number}`))).toEqual(new Set([`${versionSid} 1`, `${two.sid} 2`, `${three.sid} 3`]));
    expect((await get(market.owner, `${versionsOf(addOnSid)}/${two.sid}`)).body).toEqual(two);
    const addOn = (await get<AddOn>(market.owner, `/v1/Publisher/AddOns/${addOnSid}`)).body;
    expect(addOn).toMatchObject({ friendly_name: "Three", version: { sid: three.sid, number: 3, status: "draft" } });
    expect((await get<{ add_ons: AddOn[] }>(market.owner, "/v1/Publisher/AddOns")).body.add_ons).toContainEqual(addOn);
  });

  it("keep their numbers when they are made at once", async () => {
    const { addOnSid, json } = await created();
    const answers = await Promise.all(Array.from({ length: 4 }, () => post(market.owner, versionsOf(addOnSid), json)));
    for (const { status } of answers) expect([201, 409]).toContain(status);
    const { versions } = (await get<{ versions: Version[] }>(market.owner, versionsOf(addOnSid))).body;
    const made = answers.filter(({ status }) => status === 201).length;
    expect(versions.map(({ number }) => number).toSorted((one, other) => one - other)).toEqual(Array.from({ length: made + 1 }, (_item, index) => index + 1));
  });

  it("keep the add-on's name, its type and its credentials [credentials-one-set]", async () => {
    const credentials = { type: "bearer", token: "t" };
    const { addOnSid, json } = await created({ request: { credentials } });
    const withRequest = (change: object): object => ({ ...json, request: { ...(json["request"] as object), ...change } });
    const problemsOf = async (changed: object) => (await post<Problems>(market.owner, versionsOf(addOnSid), changed)).body.details?.problems.map(({ path }) => path);
    expect(await problemsOf({ ...json, unique_name: "another_name", type: "message_analysis", extensions: ["sms-incoming"] })).toEqual(["/unique_name", "/type"]);
    expect(await problemsOf(withRequest({ credentials: { type: "bearer", token: "another" } }))).toEqual(["/request/credentials"]);
    // The same credentials again change nothing, so a publisher may post its whole definition file.
    expect((await post(market.owner, versionsOf(addOnSid), json)).status).toBe(201);
    expect((await post(market.owner, versionsOf(addOnSid), withRequest({ credentials: undefined }))).status).toBe(201);
  });

  it("never show credentials, in any answer to their publisher", async () => {
    const { addOnSid, versionSid, json } = await created({ request: { credentials: { type: "basic", username: "user-secret", password: "pass-secret" } } });
    const paths = [`/v1/Publisher/AddOns/${addOnSid}`, "/v1/Publisher/AddOns?PageSize=1000", versionsOf(addOnSid), `${versionsOf(addOnSid)}/${versionSid}`];
    const answers = await Promise.all([...paths.map((path) => get(market.owner, path)), post(market.owner, versionsOf(addOnSid), json), post(market.owner, `${versionsOf(addOnSid)}/${versionSid}/Submit`)]);
    for (const { status, text } of answers) {
      expect(status).toBeLessThan(300);
      expect(text).not.toMatch(/user-secret|pass-secret/);
    }
    expect((await get<AddOn>(market.owner, `/v1/Publisher/AddOns/${addOnSid}`)).body.credentials).toEqual({ type: "basic" });
  });

  it("run for the installs that are pinned to them, until these are moved", async () => {
    market.publisher.on("/v1", answering({ version: 1 }));
    market.publisher.on("/v2", answering({ version: 2 }));
    const json = definition(market.publisher, "/v1");
    const { sid: addOnSid, version } = (await post<AddOn>(market.owner, "/v1/Publisher/AddOns", json)).body;
    await post(market.owner, `${versionsOf(addOnSid)}/${version.sid}/Submit`);
    const old = await install(market.gateway, market.developer, addOnSid, { UniqueName: "old" });
    const second = await published(addOnSid, { ...definition(market.publisher, "/v2"), unique_name: json.unique_name });
    await install(market.gateway, market.developer, addOnSid, { UniqueName: "new" });

    const ran = async () => (await lookUp(market.gateway, market.developer, ["old", "new"])).body.add_ons?.results;
    expect(await ran()).toMatchObject({ old: { result: { version: 1 } }, new: { result: { version: 2 } } });
    const settings = await market.gateway.call(market.developer, "POST", `/v1/InstalledAddOns/${old}/Settings`, { form: { AddOnVersionSid: second } });
    expect(settings.body).toMatchObject({ add_on_version_sid: second });
    expect(await ran()).toMatchObject({ old: { result: { version: 2 } }, new: { result: { version: 2 } } });
  });

  it.each([
    ["29 days ahead", dateIn(29), false],
    ["29 and a half days ahead, by the clock", timeIn(29.5), false],
    ["30 days and an hour ahead, by the clock", timeIn(30 + 1 / 24), true],
    ["30 days ahead, by the calendar", dateIn(30), true],
    ["a year ahead, with a time", `${dateIn(365)}T12:00:00Z`, true],
    ["no date", "soon", false],
    ["a day that there is not", "2099-02-30", false],
    ["in another form", "01/02/2099", false],
  ])("retire at a date that is announced: %s, %s", async (_what, date, isTaken) => {
    const { addOnSid, versionSid } = await created();
    await post(market.owner, `${versionsOf(addOnSid)}/${versionSid}/Submit`);
    const answer = await retire(addOnSid, versionSid, date);
    if (isTaken) expect(answer).toMatchObject({ status: 200, body: { status: "retired", sunset_date: `${date.slice(0, 10)}${date.slice(10) || "T00:00:00Z"}` } });
    else expect(answer).toMatchObject({ status: 400, body: { code: 20001, message: expect.stringContaining("SunsetDate") } });
  });

  it("that are retired take no new installs, and go on for pinned ones", async () => {
    const offer = await market.offer(answering({ ok: true }));
    const { version } = (await get<AddOn>(market.owner, `/v1/Publisher/AddOns/${offer.addOnSid}`)).body;
    expect((await retire(offer.addOnSid, version.sid, dateIn(31))).status).toBe(200);
    expect(await market.run(offer)).toMatchObject({ status: "successful", result: { ok: true } });
    const another = await market.gateway.call(market.developer, "POST", "/v1/InstalledAddOns", { form: { AvailableAddOnSid: offer.addOnSid, AcceptTermsOfService: "true", UniqueName: "another" } });
    expect(another).toMatchObject({ status: 409, body: { code: 20409, message: expect.stringContaining(offer.addOnSid) } });
  });

  it("give way to the newest that is still active when they retire", async () => {
    const { addOnSid, versionSid, json } = await created({ friendly_name: "One" });
    await post(market.owner, `${versionsOf(addOnSid)}/${versionSid}/Submit`);
    const [two, three] = [await published(addOnSid, { ...json, friendly_name: "Two" }), await published(addOnSid, { ...json, friendly_name: "Three" })];
    const offered = async () => (await get(market.developer, `/v1/AvailableAddOns/${addOnSid}`)).body.friendly_name;
    expect(await offered()).toBe("Three");
    await retire(addOnSid, two, dateIn(31));
    expect(await offered()).toBe("Three");
    await retire(addOnSid, three, dateIn(31));
    expect(await offered()).toBe("One");
    await retire(addOnSid, versionSid, dateIn(31));
    expect((await get(market.developer, `/v1/AvailableAddOns/${addOnSid}`)).status).toBe(404);
  });

  it("stay the newest to install when an older one is approved after them", async () => {
    const { addOnSid, versionSid, json } = await created({ friendly_name: "One" });
    await published(addOnSid, { ...json, friendly_name: "Two" });
    expect((await post(market.owner, `${versionsOf(addOnSid)}/${versionSid}/Submit`)).body.status).toBe("active");
    expect((await get(market.developer, `/v1/AvailableAddOns/${addOnSid}`)).body.friendly_name).toBe("Two");
  });

  it("belong to an add-on whose name is taken once, also when two ask for it at the same time", async () => {
    const json = definition(market.publisher, "/versions", { unique_name: "wanted_by_many" });
    const rivals = [market.owner, await market.gateway.account("Rival"), await market.gateway.account("Another")];
    const answers = await Promise.all(rivals.map((rival) => post<Problems>(rival, "/v1/Publisher/AddOns", json)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const { status, body } of answers.filter((answer) => answer.status !== 201)) expect([status, body.code, body.message]).toEqual([409, 20409, expect.stringContaining("wanted_by_many")]);
  });

  it.each([
    ["another media type", { form: { type: "phone_number" } }],
    ["no body", undefined],
    ["half a document", { raw: '{"type":' }],
    ["an array", { json: [] }],
    ["null", { json: null }],
    ["a document that is nested too deep", { raw: '{"a":'.repeat(5_000) + "1" + "}".repeat(5_000) }],
  ])("are not made of %s", async (_what, body) => {
    const { addOnSid, versionSid } = await created();
    for (const path of ["/v1/Publisher/AddOns", versionsOf(addOnSid), `${versionsOf(addOnSid)}/${versionSid}`, `/v1/Publisher/AddOns/${addOnSid}/Credentials`]) {
      expect([path, (await market.gateway.call(market.owner, "POST", path, body)).body]).toMatchObject([path, { status: 400, code: 20001 }]);
    }
  });
});

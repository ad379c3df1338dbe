import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, publish } from "../support/add-ons.ts";
import { startGateway, type Login, type TestGateway } from "../support/gateway.ts";
import { startPublisher, type LoopbackPublisher } from "../support/loopback-publisher.ts";

type InstalledAddOn = { sid: string; unique_name: string; configuration: Record<string, unknown>; date_updated: string };
type Settings = { install_sid: string; add_on_version_sid: string; daily_cap: string | null };

describe("installs", () => {
  let gateway: TestGateway;
  let publisher: LoopbackPublisher;
  let developer: Login;
  let owner: Login;
  let addOn: string;

  const post = <T = InstalledAddOn>(path: string, form: Record<string, string>, login = developer) => gateway.call<T>(login, "POST", path, { form });
  const get = <T = InstalledAddOn>(path: string, login = developer) => gateway.call<T>(login, "GET", path);
  const installing = (form: Record<string, string>) => post<InstalledAddOn & { code: number; message: string }>("/v1/InstalledAddOns", { AvailableAddOnSid: addOn, AcceptTermsOfService: "true", ...form });

  const configured = (change: Record<string, unknown> = {}) =>
    definition(publisher, "/configured", {
      friendly_name: "Configured",
      description: "Takes a configuration.",
      configuration_schema: {
        type: "object",
        properties: { language: { type: "string", enum: ["en_US", "en_UK"] }, keywords: { type: "string" }, combine: { type: "boolean", default: false } },
        required: ["language"],
      },
      ...change,
    });

  beforeAll(async () => {
    [gateway, publisher] = await Promise.all([startGateway(), startPublisher()]);
    [developer, owner] = [await gateway.account("Developer"), await gateway.account("Publisher")];
    addOn = await publish(gateway, owner, configured({ unique_name: "configured" }));
  });
  afterAll(() => Promise.all([gateway.stop(), publisher.stop()]));

  it("show an installed add-on as the public API does, from its creation to its end", async () => {
    const created = await installing({ Configuration: '{"language": "en_US"}' });
    const { sid, date_updated: date } = created.body;
    const url = `${gateway.url}/v1/InstalledAddOns/${sid}`;
    const expected = {
      sid: expect.stringMatching(/^XE[0-9a-f]{32}$/),
      account_sid: developer.sid,
      friendly_name: "Configured",
      description: "Takes a configuration.",
      configuration: { language: "en_US", combine: false },
      unique_name: "configured",
      date_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      date_updated: date,
      url,
      links: { extensions: `${url}/Extensions`, available_add_on: `${gateway.url}/v1/AvailableAddOns/${addOn}`, settings: `${url}/Settings` },
    };
    expect(created).toMatchObject({ status: 201 });
    expect(created.body).toEqual(expected);
    expect((await get(`/marketplace/InstalledAddOns/${sid}`)).body).toEqual(expected);
    expect((await get("/v1/InstalledAddOns")).body).toMatchObject({ installed_add_ons: [expected], meta: { key: "installed_add_ons", next_page_url: null } });
    expect(await gateway.call(developer, "DELETE", `/v1/InstalledAddOns/${sid}`)).toMatchObject({ status: 204, text: "" });
    expect((await get(`/v1/InstalledAddOns/${sid}`)).status).toBe(404);
    expect((await gateway.call(developer, "DELETE", `/v1/InstalledAddOns/${sid}`)).status).toBe(404);
  });

  it.each([
    ["without accepted terms", { AcceptTermsOfService: "false" }, 400, "AcceptTermsOfService"],
    ["with something else than yes or no", { AcceptTermsOfService: "1" }, 400, "AcceptTermsOfService"],
    ["of a SID that is none", { AvailableAddOnSid: "publisher_anagrams" }, 400, "AvailableAddOnSid"],
    ["of an unknown add-on", { AvailableAddOnSid: `XB${"0".repeat(32)}` }, 404, `XB${"0".repeat(32)}`],
    ["under a name with a dot", { UniqueName: "a.b" }, 400, "UniqueName"],
    ["under an empty name", { UniqueName: "" }, 400, "UniqueName"],
    ["without a required element", { Configuration: "{}" }, 400, "language"],
    ["without a configuration", { Configuration: "" }, 400, "Configuration"],
    ["with a configuration that is not JSON", { Configuration: "{language:}" }, 400, "Configuration"],
    ["with a configuration that is a list", { Configuration: "[]" }, 400, "Configuration"],
    ["with a configuration that is null", { Configuration: "null" }, 400, "Configuration"],
    ["with an element of another type", { Configuration: '{"language":"en_US","combine":"yes"}' }, 400, "combine"],
    ["with an unknown element", { Configuration: '{"language":"en_US","request_sid":"XR"}' }, 400, "request_sid"],
    ["with a value that is no JSON of ours", { Configuration: '{"language":"en_US","keywords":{"a":1}}' }, 400, "keywords"],
    ["with a configuration that is too long", { Configuration: `{"language":"en_US","keywords":"${"x".repeat(16_384)}"}` }, 400, "Configuration"],
    ["with a configuration that nests too deep", { Configuration: `{"language":${"[".repeat(2_000)}${"]".repeat(2_000)}}` }, 400, "Configuration"],
  ])("are refused %s, by name", async (_case, form: Record<string, string>, status, named) => {
    const answer = await installing({ Configuration: '{"language":"en_US"}', ...form });
    expect([answer.status, answer.body.code]).toEqual([status, status === 404 ? 20404 : 20001]);
    expect(answer.body.message).toContain(named);
  });

  it("name each parameter that is missing", async () => {
    expect((await post<{ message: string }>("/v1/InstalledAddOns", { AcceptTermsOfService: "true" })).body.message).toContain("AvailableAddOnSid");
    expect((await post<{ message: string }>("/v1/InstalledAddOns", { AvailableAddOnSid: addOn })).body.message).toContain("AcceptTermsOfService");
    expect(await gateway.call(developer, "POST", "/v1/InstalledAddOns")).toMatchObject({ status: 400, body: { code: 20001 } });
  });

  it("have names that are unique in an account, also when two requests come at once", async () => {
    const form = { Configuration: '{"language":"en_US"}', UniqueName: "contended" };
    const answers = await Promise.all(Array.from({ length: 5 }, () => installing(form)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 20409, message: expect.stringContaining("contended") });
    const other = await gateway.account("Another developer");
    expect((await gateway.call(other, "POST", "/v1/InstalledAddOns", { form: { AvailableAddOnSid: addOn, AcceptTermsOfService: "true", ...form } })).status).toBe(201);
  });

  it("of one add-on on one account share an install SID for ever, also after a reinstall", async () => {
    const account = await gateway.account("Reinstaller");
    const simple = await publish(gateway, owner, definition(publisher, "/simple"));
    const installSid = async (sid: string): Promise<string> => (await get<Settings>(`/v1/InstalledAddOns/${sid}/Settings`, account)).body.install_sid;
    const [first, second] = [await install(gateway, account, simple), await install(gateway, account, simple, { UniqueName: "second" })];
    const shared = await installSid(first);
    expect(shared).toMatch(/^XD[0-9a-f]{32}$/);
    expect(await installSid(second)).toBe(shared);
    for (const sid of [first, second]) await gateway.call(account, "DELETE", `/v1/InstalledAddOns/${sid}`);
    expect(await installSid(await install(gateway, account, simple))).toBe(shared);
    expect(await installSid(await install(gateway, account, addOn, { Configuration: '{"language":"en_US"}' }))).not.toBe(shared);
  });

  it("are configured anew and renamed; a change of nothing changes nothing", async () => {
    const sid = await install(gateway, developer, addOn, { Configuration: '{"language":"en_US","keywords":"a"}', UniqueName: "before" });
    const path = `/v1/InstalledAddOns/${sid}`;
    const unchanged = await get(path);
    expect((await gateway.call(developer, "POST", path)).body).toEqual(unchanged.body);
    expect(await post(path, { Configuration: '{"language":"en_UK","combine":true}' })).toMatchObject({ status: 200, body: { unique_name: "before" } });
    expect(await post(path, { UniqueName: "after" })).toMatchObject({ status: 200 });
    const renamed = await post(path, { UniqueName: "after" });
    expect(renamed.body).toMatchObject({ sid, unique_name: "after", configuration: { language: "en_UK", combine: true } });
    expect(Object.keys(renamed.body.configuration)).not.toContain("keywords");

    await install(gateway, developer, addOn, { Configuration: '{"language":"en_US"}', UniqueName: "occupied" });
    expect(await post(path, { UniqueName: "occupied" })).toMatchObject({ status: 409, body: { code: 20409 } });
    expect(await post(path, { UniqueName: "a.b" })).toMatchObject({ status: 400, body: { code: 20001 } });
    expect(await post(path, { Configuration: '{"language":"fr"}' })).toMatchObject({ status: 400, body: { message: expect.stringContaining("language") } });
    expect((await get(path)).body).toEqual(renamed.body);
  });

  it("of a recording add-on take the URL to which results go, if it may be called", async () => {
    const recording = await publish(
      gateway,
      owner,
      definition(publisher, "/transcribe", {
        type: "recording_analysis",
        extensions: ["recording-verb"],
        request: { body_format: "multipart", body: { audio: "{{audio_data}}", done: "{{callback_url}}" } },
        configuration_schema: { type: "object", properties: {}, additionalProperties: false },
      }),
    );
    const configuration = { callback_url: "https://user:pass@www.example.com/results", callback_method: "POST" };
    const sid = await install(gateway, developer, recording, { Configuration: JSON.stringify(configuration), UniqueName: "transcription" });
    expect((await get(`/v1/InstalledAddOns/${sid}`)).body.configuration).toEqual(configuration);
    for (const callback_url of ["https://10.0.0.1/", "ftp://www.example.com/", `${gateway.url}/results`]) {
      const refused = await post(`/v1/InstalledAddOns/${sid}`, { Configuration: JSON.stringify({ callback_url }) });
      expect(refused).toMatchObject({ status: 400, body: { message: expect.stringContaining("callback_url") } });
      expect(refused.text).not.toContain(callback_url);
    }
  });

  it("stay at the version that was active when they were made, until they are moved", async () => {
    const json = configured({ unique_name: "versioned" });
    const versioned = await publish(gateway, owner, json);
    const publishVersion = async (change: Record<string, unknown>): Promise<string> => {
      const path = `/v1/Publisher/AddOns/${versioned}/Versions`;
      const created = await gateway.call<{ sid: string }>(owner, "POST", path, { json: { ...json, ...change } });
      expect((await gateway.call(owner, "POST", `${path}/${created.body.sid}/Submit`)).body).toMatchObject({ status: "active" });
      return created.body.sid;
    };
    const sid = await install(gateway, developer, versioned, { Configuration: '{"language":"en_US"}' });
    const [path, settingsPath] = [`/v1/InstalledAddOns/${sid}`, `/v1/InstalledAddOns/${sid}/Settings`];
    const first = (await get<Settings>(settingsPath)).body.add_on_version_sid;
    const second = await publishVersion({
      friendly_name: "Second",
      extensions: ["lookup", "voice-incoming"],
      configuration_schema: { type: "object", properties: { language: { type: "string" }, tier: { type: "integer" } }, required: ["tier"] },
    });

    expect((await get(path)).body).toMatchObject({ friendly_name: "Configured" });
    const newer = await install(gateway, developer, versioned, { Configuration: '{"tier":1}', UniqueName: "newer" });
    expect((await get<Settings>(`/v1/InstalledAddOns/${newer}/Settings`)).body.add_on_version_sid).toBe(second);

    expect(await post(settingsPath, { AddOnVersionSid: second })).toMatchObject({ status: 400, body: { code: 20001, message: expect.stringContaining("combine") } });
    expect(await post(settingsPath, { AddOnVersionSid: second, Configuration: '{"language":"de"}' })).toMatchObject({ status: 400, body: { code: 20001, message: expect.stringContaining("tier") } });
    expect((await get<Settings>(settingsPath)).body.add_on_version_sid).toBe(first);
    const moved = await post<Settings>(settingsPath, { AddOnVersionSid: second, Configuration: '{"language":"de","tier":2}' });
    expect(moved).toMatchObject({ status: 200, body: { add_on_version_sid: second } });
    expect((await get(path)).body).toMatchObject({ friendly_name: "Second", configuration: { language: "de", tier: 2 } });
    const { extensions } = (await get<{ extensions: { unique_name: string; enabled: boolean }[] }>(`${path}/Extensions`)).body;
    expect(extensions.map(({ unique_name, enabled }) => [unique_name, enabled])).toEqual([["lookup", true], ["voice-incoming", false]]);
    expect((await post(settingsPath, { AddOnVersionSid: first })).body).toMatchObject({ message: expect.stringContaining("tier") });

    const sunset = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10);
    await gateway.call(owner, "POST", `/v1/Publisher/AddOns/${versioned}/Versions/${first}/Retire`, { form: { SunsetDate: sunset } });
    const back = await post(settingsPath, { AddOnVersionSid: first, Configuration: '{"language":"en_US"}' });
    expect(back).toMatchObject({ status: 400, body: { code: 20001, message: expect.stringContaining("AddOnVersionSid") } });
    expect(await post(settingsPath, { AddOnVersionSid: second })).toMatchObject({ status: 200, body: { add_on_version_sid: second } });
  });

  it("move to active versions of their own add-on only", async () => {
    const [mine, other] = [await publish(gateway, owner, definition(publisher, "/mine")), await publish(gateway, owner, definition(publisher, "/other"))];
    const [sid, otherSid] = [await install(gateway, developer, mine), await install(gateway, developer, other)];
    const otherVersion = (await get<Settings>(`/v1/InstalledAddOns/${otherSid}/Settings`)).body.add_on_version_sid;
    const draft = await gateway.call<{ sid: string }>(owner, "POST", `/v1/Publisher/AddOns/${mine}/Versions`, {
      json: { ...definition(publisher, "/mine"), unique_name: (await get(`/v1/InstalledAddOns/${sid}`)).body.unique_name },
    });
    expect(draft.status).toBe(201);
    for (const version of [otherVersion, draft.body.sid, `XC${"0".repeat(32)}`, "latest"]) {
      expect(await post(`/v1/InstalledAddOns/${sid}/Settings`, { AddOnVersionSid: version })).toMatchObject({ status: 400, body: { code: 20001, message: expect.stringContaining("AddOnVersionSid") } });
    }
  });

  it("have a daily cap in decimal dollars, which an empty value removes", async () => {
    const sid = await install(gateway, developer, await publish(gateway, owner, definition(publisher, "/capped")));
    const [url, path] = [`${gateway.url}/v1/InstalledAddOns/${sid}`, `/v1/InstalledAddOns/${sid}/Settings`];
    const date = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const before = await get<Settings & { add_on_sid: string }>(path);
    expect(before.body).toEqual({
      sid,
      account_sid: developer.sid,
      install_sid: expect.stringMatching(/^XD[0-9a-f]{32}$/),
      add_on_sid: expect.stringMatching(/^XB[0-9a-f]{32}$/),
      add_on_version_sid: expect.stringMatching(/^XC[0-9a-f]{32}$/),
      sunset_date: null,
      daily_cap: null,
      date_created: date,
      date_updated: date,
      url: `${url}/Settings`,
      links: { installed_add_on: url, add_on_version: `${gateway.url}/v1/AvailableAddOns/${before.body.add_on_sid}/Versions/${before.body.add_on_version_sid}` },
    });
    expect(await post(path, { DailyCap: "12.5" })).toMatchObject({ status: 200, body: { daily_cap: "12.50" } });
    for (const cap of ["-1", "1e3", "ten", "0.0000001"]) expect(await post(path, { DailyCap: cap })).toMatchObject({ status: 400, body: { message: expect.stringContaining("DailyCap") } });
    expect((await get<Settings>(path)).body.daily_cap).toBe("12.50");
    expect((await post<Settings>(path, { DailyCap: "0" })).body.daily_cap).toBe("0.00");
    expect((await post<Settings>(path, { DailyCap: "" })).body.daily_cap).toBeNull();
  });

  it("are at most 1,000 in an account, also when two requests come at once", async () => {
    const account = await gateway.account("Collector");
    const simple = await publish(gateway, owner, definition(publisher, "/collected"));
    const sid = await install(gateway, account, simple, { UniqueName: "n0" });
    const db = await gateway.miniflare.getD1Database("DB");
    await db
      .prepare(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 998)
         INSERT INTO installed_add_ons (sid, account_sid, install_sid, add_on_sid, version_sid, unique_name, configuration, extensions, created_at, updated_at)
         SELECT 'XE' || lower(hex(randomblob(16))), account_sid, install_sid, add_on_sid, version_sid, 'n' || i, configuration, extensions, created_at, updated_at
         FROM n, installed_add_ons WHERE sid = ?`,
      )
      .bind(sid)
      .run();
    const form = (UniqueName: string) => ({ form: { AvailableAddOnSid: simple, AcceptTermsOfService: "true", UniqueName } });
    const answers = await Promise.all(["a", "b", "c"].map((name) => gateway.call(account, "POST", "/v1/InstalledAddOns", form(name))));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.text).toContain("1000");
  });

  it.each([
    ["GET", "/v1/InstalledAddOns/{XE}"],
    ["POST", "/v1/InstalledAddOns/{XE}"],
    ["DELETE", "/v1/InstalledAddOns/{XE}"],
    ["GET", "/v1/InstalledAddOns/{XE}/Settings"],
    ["POST", "/v1/InstalledAddOns/{XE}/Settings"],
    ["GET", "/v1/InstalledAddOns/{XE}/Extensions"],
    ["GET", "/v1/InstalledAddOns/{XE}/Extensions/{XF}"],
    ["POST", "/v1/InstalledAddOns/{XE}/Extensions/{XF}"],
  ])("of another account are not found: %s %s", async (method, path) => {
    const sid = await install(gateway, developer, await publish(gateway, owner, definition(publisher, "/private")));
    const { extensions } = (await get<{ extensions: { sid: string }[] }>(`/v1/InstalledAddOns/${sid}/Extensions`)).body;
    const concrete = path.replace("{XE}", sid).replace("{XF}", extensions[0]?.sid ?? "");
    const form = { UniqueName: "stolen", DailyCap: "1", Enabled: "false" };
    const answer = await gateway.call(owner, method, concrete, method === "POST" ? { form } : undefined);
    expect(answer).toMatchObject({ status: 404, body: { code: 20404 } });
    expect((await get(`/v1/InstalledAddOns/${sid}`)).status).toBe(200);
  });

  it("have no usage to submit", async () => {
    const sid = await install(gateway, developer, await publish(gateway, owner, definition(publisher, "/usage")));
    expect(await post(`/v1/InstalledAddOns/${sid}/Usage`, { TotalSubmitted: "1" })).toMatchObject({ status: 404, body: { code: 20404 } });
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, publish } from "../support/add-ons.ts";
import { startGateway, type Login, type TestGateway } from "../support/gateway.ts";
import { startPublisher, type LoopbackPublisher } from "../support/loopback-publisher.ts";

type AvailableAddOn = { sid: string; friendly_name: string; pricing_type: string; configuration_schema: { properties: object }; links: Record<string, string> };
type Meta = { next_page_url: string | null; previous_page_url: string | null; key: string };
type AvailableAddOns = { available_add_ons: AvailableAddOn[]; meta: Meta };
type Extensions = { extensions: { sid: string; unique_name: string; url: string }[]; meta: Meta };
type Version = { sid: string; number: number; status: string; fields_sent: object[]; sunset_date: string | null };

describe("the catalogue", () => {
  let gateway: TestGateway;
  let publisher: LoopbackPublisher;
  let developer: Login;
  let owner: Login;
  let anagrams: string;

  const get = <T = Record<string, unknown>>(path: string, login = developer) => gateway.call<T>(login, "GET", path.replace(gateway.url, ""));
  const foundBy = async (query: string): Promise<string[]> => (await get<AvailableAddOns>(`/v1/AvailableAddOns?${query}`)).body.available_add_ons.map(({ friendly_name }) => friendly_name);

  beforeAll(async () => {
    [gateway, publisher] = await Promise.all([startGateway(), startPublisher()]);
    [developer, owner] = [await gateway.account("Developer"), await gateway.account("Publisher")];
    anagrams = await publish(
      gateway,
      owner,
      definition(publisher, "/anagrams", {
        unique_name: "publisher_anagrams",
        friendly_name: "Anagram",
        description: "English words that a phone number spells, 100% of them.",
        configuration_schema: { type: "object", properties: { bad_words: { type: "boolean" } }, required: ["bad_words"] },
      }),
    );
  });
  afterAll(() => Promise.all([gateway.stop(), publisher.stop()]));

  it("shows an add-on as the public API does", async () => {
    const url = `${gateway.url}/v1/AvailableAddOns/${anagrams}`;
    const expected = {
      sid: anagrams,
      friendly_name: "Anagram",
      description: "English words that a phone number spells, 100% of them.",
      pricing_type: "per use",
      configuration_schema: { type: "object", properties: { bad_words: { type: "boolean" } }, required: ["bad_words"] },
      url,
      links: { extensions: `${url}/Extensions`, versions: `${url}/Versions`, listing: `${gateway.url}/v1/Listing/${anagrams}` },
    };
    expect(await get(`/v1/AvailableAddOns/${anagrams}`)).toMatchObject({ status: 200, body: expected });
    const page = `${gateway.url}/v1/AvailableAddOns?PageSize=50&Page=0`;
    expect((await get("/marketplace/AvailableAddOns")).body).toEqual({
      available_add_ons: [expected],
      meta: { page: 0, page_size: 50, first_page_url: page, previous_page_url: null, url: page, next_page_url: null, key: "available_add_ons" },
    });
  });

  it.each([
    ["per_use", { model: "per_use", unit_price: "0.1", currency: "USD" }, "per use"],
    ["per_success", { model: "per_success", unit_price: "0.1", currency: "USD", success: { present: ["/name"] } }, "per success"],
  ])("says that an add-on is paid %s", async (_model, pricing, pricingType) => {
    const sid = await publish(gateway, owner, definition(publisher, "/priced", { pricing }));
    expect((await get<AvailableAddOn>(`/v1/AvailableAddOns/${sid}`)).body.pricing_type).toBe(pricingType);
  });

  it("asks for a callback URL in the configuration of a recording add-on", async () => {
    const sid = await publish(
      gateway,
      owner,
      definition(publisher, "/transcribe", {
        type: "recording_analysis",
        friendly_name: "Transcription",
        extensions: ["recording-verb", "recording-dial"],
        request: { body_format: "multipart", body: { audio: "{{audio_data}}", done: "{{callback_url}}" } },
        pricing: { model: "per_minute", unit_price: "0.05", currency: "USD" },
      }),
    );
    const { body } = await get<AvailableAddOn>(`/v1/AvailableAddOns/${sid}`);
    expect(body.pricing_type).toBe("per minute");
    expect(Object.keys(body.configuration_schema.properties)).toEqual(["callback_url", "callback_method"]);
    expect((await get<{ versions: Version[] }>(`/v1/AvailableAddOns/${sid}/Versions`)).body.versions[0]?.fields_sent).toEqual([
      { name: "audio_data", hashed: false },
      { name: "callback_url", hashed: false },
    ]);
  });

  it("finds add-ons by a part of their names or description, whatever the case", async () => {
    expect(await foundBy("Search=PUBLISHER_ana")).toEqual(["Anagram"]);
    expect(await foundBy("Search=nagra")).toEqual(["Anagram"]);
    expect(await foundBy("Search=that%20a%20phone%20number")).toEqual(["Anagram"]);
    expect(await foundBy("Search=nothing_like_it")).toEqual([]);
  });

  it("reads wildcards of SQL in a search as the characters that they are", async () => {
    expect(await foundBy("Search=100%25%20of")).toEqual(["Anagram"]);
    expect(await foundBy("Search=English%25spells")).toEqual([]);
    expect(await foundBy("Search=anag_am")).toEqual([]);
    expect(await foundBy(`Search=${encodeURIComponent("é".repeat(128))}`)).toEqual([]);
  });

  it("filters by type and by extension", async () => {
    expect(await foundBy("Type=recording_analysis")).toEqual(["Transcription"]);
    expect(await foundBy("Extension=recording-dial")).toEqual(["Transcription"]);
    expect(await foundBy("Type=phone_number&Extension=recording-dial")).toEqual([]);
    expect(await foundBy("Extension=lookup&Search=anagram")).toEqual(["Anagram"]);
  });

  it.each(["Type=fax", "Extension=fax", "Search=", `Search=${"x".repeat(129)}`])("refuses %s by the parameter's name", async (query) => {
    const { status, body } = await get(`/v1/AvailableAddOns?${query}`);
    expect([status, body["code"]]).toEqual([400, 20001]);
    expect(body["message"]).toContain(query.slice(0, query.indexOf("=")));
  });

  it("keeps the filters from page to page, there and back", async () => {
    for (const name of ["One", "Two", "Three"]) await publish(gateway, owner, definition(publisher, "/paged", { friendly_name: `Paged ${name}` }));
    const names = ({ available_add_ons: items }: AvailableAddOns): string[] => items.map(({ friendly_name }) => friendly_name);
    const first = (await get<AvailableAddOns>("/v1/AvailableAddOns?Search=paged&PageSize=2")).body;
    expect(names(first)).toEqual(["Paged Three", "Paged Two"]);
    const second = (await get<AvailableAddOns>(first.meta.next_page_url ?? "")).body;
    expect([names(second), second.meta.next_page_url]).toEqual([["Paged One"], null]);
    expect(names((await get<AvailableAddOns>(second.meta.previous_page_url ?? "")).body)).toEqual(names(first));
  });

  it("shows where an add-on runs, in pages too", async () => {
    const path = `/v1/AvailableAddOns/${anagrams}/Extensions`;
    const all = (await get<Extensions>(path)).body;
    expect(all.extensions.map(({ unique_name }) => unique_name)).toEqual(["lookup", "sms-incoming", "voice-incoming"]);
    const voice = all.extensions[2];
    expect(voice).toEqual({
      sid: expect.stringMatching(/^XF[0-9a-f]{32}$/),
      available_add_on_sid: anagrams,
      friendly_name: "Incoming Voice Call",
      product_name: "Programmable Voice",
      unique_name: "voice-incoming",
      url: `${gateway.url}${path}/${voice?.sid}`,
    });
    expect((await get(voice?.url ?? "")).body).toEqual(voice);

    const first = (await get<Extensions>(`${path}?PageSize=2`)).body;
    const second = (await get<Extensions>(first.meta.next_page_url ?? "")).body;
    expect(second.extensions).toEqual([voice]);
    expect(second.meta.next_page_url).toBeNull();
    const back = (await get<Extensions>(second.meta.previous_page_url ?? "")).body;
    expect([back.extensions, back.meta.previous_page_url]).toEqual([first.extensions, null]);
    expect((await get<Extensions>(`${path}?PageSize=2&Page=7`)).body.extensions).toEqual([]);
    expect(await get(`${path}?PageToken=PA0-XF${"0".repeat(32)}`)).toMatchObject({ status: 400, body: { code: 21481 } });
  });

  it("tells of a version what a developer must know, and nothing of how its publisher is called", async () => {
    const sid = await publish(
      gateway,
      owner,
      definition(publisher, "/secret-path", {
        friendly_name: "Documented",
        description: "Says what it does.",
        category: "Fraud",
        extensions: ["lookup"],
        request: { query: { hash: "{{SHA256:primary_address}}", id: "{{request_sid}}" }, body: { why: "because {{reason}}", strict: "{{strictness}}" }, credentials: { type: "basic", username: "u", password: "hidden" } },
        runtime_fields: { reason: { required: true, description: "Why it is asked" }, hint: {} },
        configuration_schema: { type: "object", properties: { strictness: { type: "string" } } },
        response_schema: { type: "object", required: ["score"] },
        sample_response: { score: 3 },
        documentation_url: "https://www.example.com/docs",
        terms_url: "https://www.example.com/terms",
        privacy_url: "https://www.example.com/privacy",
        support_email: "support@example.com",
        change_notes: "First version.",
      }),
    );
    const addOnUrl = `${gateway.url}/v1/AvailableAddOns/${sid}`;
    const { body } = await get<{ versions: (Version & { url: string })[]; meta: Meta }>(`/v1/AvailableAddOns/${sid}/Versions`);
    expect(body.meta.key).toBe("versions");
    const date = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(body.versions).toEqual([
      {
        sid: expect.stringMatching(/^XC[0-9a-f]{32}$/),
        available_add_on_sid: sid,
        number: 1,
        status: "active",
        friendly_name: "Documented",
        description: "Says what it does.",
        type: "phone_number",
        category: "Fraud",
        extensions: ["lookup"],
        pricing: { model: "per_use", unit_price: "0.0001", currency: "USD" },
        configuration_schema: { type: "object", properties: { strictness: { type: "string" } } },
        runtime_fields: { reason: { required: true, description: "Why it is asked" }, hint: { required: false, description: null } },
        fields_sent: [
          { name: "primary_address", hashed: true },
          { name: "request_sid", hashed: false },
          { name: "reason", hashed: false },
          { name: "strictness", hashed: false },
        ],
        sample_response: { score: 3 },
        documentation_url: "https://www.example.com/docs",
        terms_url: "https://www.example.com/terms",
        privacy_url: "https://www.example.com/privacy",
        support_email: "support@example.com",
        change_notes: "First version.",
        sunset_date: null,
        date_created: date,
        date_updated: date,
        url: `${addOnUrl}/Versions/${body.versions[0]?.sid}`,
        links: { available_add_on: addOnUrl },
      },
    ]);
    const one = await get(body.versions[0]?.url ?? "");
    expect(one.body).toEqual(body.versions[0]);
    expect(one.text).not.toMatch(/secret-path|hidden|score"\]/);
  });

  it("hides an add-on that was never approved, also from its own publisher", async () => {
    const created = await gateway.call<{ sid: string; version: { sid: string } }>(owner, "POST", "/v1/Publisher/AddOns", { json: definition(publisher, "/draft", { friendly_name: "Drafted" }) });
    const { sid, version } = created.body;
    expect(created.status).toBe(201);
    expect(await foundBy("Search=drafted")).toEqual([]);
    for (const path of ["", "/Extensions", "/Versions", `/Versions/${version.sid}`]) {
      for (const login of [developer, owner]) expect(await get(`/v1/AvailableAddOns/${sid}${path}`, login)).toMatchObject({ status: 404, body: { code: 20404 } });
    }
  });

  it("shows no version that was not approved, also of an add-on that was", async () => {
    const json = definition(publisher, "/next");
    const sid = await publish(gateway, owner, json);
    const draft = await gateway.call<{ sid: string }>(owner, "POST", `/v1/Publisher/AddOns/${sid}/Versions`, { json: { ...json, friendly_name: "Next" } });
    expect(draft.status).toBe(201);
    const { versions } = (await get<{ versions: Version[] }>(`/v1/AvailableAddOns/${sid}/Versions`)).body;
    expect(versions.map(({ number }) => number)).toEqual([1]);
    for (const login of [developer, owner]) expect((await get(`/v1/AvailableAddOns/${sid}/Versions/${draft.body.sid}`, login)).status).toBe(404);
  });

  it("keeps a retired add-on for those who have it installed, with the date on which it stops", async () => {
    const sid = await publish(gateway, owner, definition(publisher, "/retired", { friendly_name: "Retired one" }));
    const installed = await install(gateway, developer, sid, { UniqueName: "retired_one" });
    const { versions } = (await get<{ versions: Version[] }>(`/v1/AvailableAddOns/${sid}/Versions`)).body;
    const sunset = `${new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10)}T00:00:00Z`;
    const retired = await gateway.call(owner, "POST", `/v1/Publisher/AddOns/${sid}/Versions/${versions[0]?.sid}/Retire`, { form: { SunsetDate: sunset } });
    expect(retired.status).toBe(200);

    expect(await foundBy("Search=retired")).toEqual([]);
    expect((await get(`/v1/AvailableAddOns/${sid}`, owner)).status).toBe(404);
    expect(await get(`/v1/AvailableAddOns/${sid}`)).toMatchObject({ status: 200, body: { sid, friendly_name: "Retired one" } });
    expect((await get<{ versions: Version[] }>(`/v1/AvailableAddOns/${sid}/Versions`)).body.versions).toMatchObject([{ status: "retired", sunset_date: sunset }]);
    expect((await get(`/v1/InstalledAddOns/${installed}/Settings`)).body).toMatchObject({ sunset_date: sunset });

    const again = await gateway.call(developer, "POST", "/v1/InstalledAddOns", { form: { AvailableAddOnSid: sid, AcceptTermsOfService: "true", UniqueName: "again" } });
    expect([again.status, again.body["code"]]).toEqual([409, 20409]);
    await gateway.call(developer, "DELETE", `/v1/InstalledAddOns/${installed}`);
    expect((await get(`/v1/AvailableAddOns/${sid}`)).status).toBe(404);
  });

  it.each([
    `/v1/AvailableAddOns/XB${"0".repeat(32)}`,
    `/v1/AvailableAddOns/XB${"0".repeat(32)}/Extensions`,
    `/v1/AvailableAddOns/XB${"0".repeat(32)}/Versions`,
    "/v1/AvailableAddOns/nonsense",
    "/v1/ReferralConversion",
  ])("has nothing at %s", async (path) => {
    expect(await get(path)).toMatchObject({ status: 404, body: { code: 20404 } });
  });

  it("has nothing under a SID that is another add-on's", async () => {
    const other = await publish(gateway, owner, definition(publisher, "/other"));
    const { extensions } = (await get<Extensions>(`/v1/AvailableAddOns/${other}/Extensions`)).body;
    const { versions } = (await get<{ versions: Version[] }>(`/v1/AvailableAddOns/${other}/Versions`)).body;
    expect((await get(`/v1/AvailableAddOns/${anagrams}/Extensions/${extensions[0]?.sid}`)).status).toBe(404);
    expect((await get(`/v1/AvailableAddOns/${anagrams}/Versions/${versions[0]?.sid}`)).status).toBe(404);
  });

  it("asks who is there", async () => {
    expect(await gateway.call(null, "GET", "/v1/AvailableAddOns")).toMatchObject({ status: 401, body: { code: 20003 } });
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, publish } from "../support/add-ons.ts";
import { startGateway, type Login, type TestGateway } from "../support/gateway.ts";
import { startPublisher, type LoopbackPublisher } from "../support/loopback-publisher.ts";

const EMPTY = { description: null, support: null, policies: null, module_info: null, documentation: null, configuration: null, pricing: null };

describe("listings", () => {
  let gateway: TestGateway;
  let publisher: LoopbackPublisher;
  let owner: Login;
  let stranger: Login;
  let addOn: string;

  const post = (login: Login, path: string, form: Record<string, string>) => gateway.call(login, "POST", path, { form });
  const get = (login: Login, path: string) => gateway.call(login, "GET", path);

  beforeAll(async () => {
    [gateway, publisher] = await Promise.all([startGateway(), startPublisher()]);
    [owner, stranger] = [await gateway.account("Publisher"), await gateway.account("Stranger")];
    addOn = await publish(gateway, owner, definition(publisher, "/listed", { unique_name: "listed" }));
  });
  afterAll(() => Promise.all([gateway.stop(), publisher.stop()]));

  it("of an add-on without storefront text are there, and empty", async () => {
    const sid = await publish(gateway, owner, definition(publisher, "/bare"));
    expect((await get(stranger, `/v1/Listing/${sid}`)).body).toEqual({ sid, url: `${gateway.url}/v1/Listing/${sid}`, ...EMPTY });
  });

  it("are set by the add-on's owner and read by any account, as objects", async () => {
    const texts = {
      Description: { body: "aBody", highlights: [{ title: "aTitle", description: "aDescription" }] },
      Support: { customer_support_email: "anEmail" },
      Policies: { privacy: "someUrl", legal: "someOtherUrl" },
      ModuleInfo: { tagline: "aTagline", logo_bg_color_hex: "#ff5722" },
      Documentation: { body: "### Größe: 日本語" },
      Configuration: { buttons: [{ url: "https://example.com", label: "Set up" }] },
      Pricing: { body: "Basic plan - $10/month" },
    };
    const form = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, JSON.stringify(text)]));
    const expected = {
      sid: addOn,
      url: `${gateway.url}/v1/Listing/${addOn}`,
      description: texts.Description,
      support: texts.Support,
      policies: texts.Policies,
      module_info: texts.ModuleInfo,
      documentation: texts.Documentation,
      configuration: texts.Configuration,
      pricing: texts.Pricing,
    };
    const set = await post(owner, `/v1/Listing/${addOn}`, form);
    expect([set.status, set.body]).toEqual([200, expected]);
    expect((await get(stranger, `/v1/Listing/${addOn}`)).body).toEqual(expected);

    const changed = await post(owner, `/v1/Listing/${addOn}`, { Pricing: '{"body":"Free"}' });
    expect(changed.body).toEqual({ ...expected, pricing: { body: "Free" } });
    expect((await gateway.call(owner, "POST", `/v1/Listing/${addOn}`)).body).toEqual(changed.body);
    expect(await post(owner, `/v1/Listing/${addOn}`, { Pricing: '{"body":"Free"}' })).toMatchObject({ status: 200, body: changed.body });
  });

  it("are created under the name or the SID of an add-on in their module info", async () => {
    const account = await gateway.account("Another publisher");
    const sids = [await publish(gateway, account, definition(publisher, "/first", { unique_name: "first" })), await publish(gateway, account, definition(publisher, "/second", { unique_name: "second" }))];
    expect((await get(account, "/v1/Listings")).body).toEqual({ listings: [] });
    const byName = await post(account, "/v1/Listings", { ModuleInfo: '{"unique_name":"first","tagline":"1"}', Configuration: '{"buttons":[]}' });
    expect([byName.status, byName.body]).toEqual([200, { sid: sids[0], url: `${gateway.url}/v1/Listing/${sids[0]}`, ...EMPTY, module_info: { unique_name: "first", tagline: "1" }, configuration: { buttons: [] } }]);
    const bySid = await post(account, "/v1/Listings", { ModuleInfo: JSON.stringify({ sid: sids[1], tagline: "2" }) });
    expect(bySid).toMatchObject({ status: 200, body: { sid: sids[1] } });
    expect((await get(account, "/v1/Listings")).body).toEqual({
      listings: [
        { sid: sids[1], tagline: "2" },
        { sid: sids[0], unique_name: "first", tagline: "1" },
      ],
    });
    expect((await get(stranger, "/v1/Listings")).body).toEqual({ listings: [] });
  });

  it("are changed by nobody else: not found, whether the add-on is public or not", async () => {
    const draft = await gateway.call<{ sid: string }>(owner, "POST", "/v1/Publisher/AddOns", { json: definition(publisher, "/draft", { unique_name: "draft" }) });
    const [publicPath, draftPath] = [`/v1/Listing/${addOn}`, `/v1/Listing/${draft.body.sid}`];
    const before = (await get(owner, publicPath)).body;
    expect(await post(stranger, publicPath, { Pricing: "{}" })).toMatchObject({ status: 404, body: { code: 20404 } });
    await install(gateway, stranger, addOn);
    expect(await post(stranger, publicPath, {})).toMatchObject({ status: 404, body: { code: 20404 } });
    expect(await post(stranger, "/v1/Listings", { ModuleInfo: JSON.stringify({ sid: addOn }) })).toMatchObject({ status: 404, body: { code: 20404 } });
    expect(await post(stranger, "/v1/Listings", { ModuleInfo: '{"unique_name":"listed"}' })).toMatchObject({ status: 404, body: { code: 20404 } });
    expect((await get(owner, publicPath)).body).toEqual(before);

    for (const answer of [await get(stranger, draftPath), await post(stranger, draftPath, { Pricing: "{}" })]) expect(answer).toMatchObject({ status: 404, body: { code: 20404 } });
    expect(await post(owner, draftPath, { Pricing: "{}" })).toMatchObject({ status: 200, body: { pricing: {} } });
    expect((await get(owner, `/v1/Listing/XB${"0".repeat(32)}`)).status).toBe(404);
  });

  it.each([
    ["text that is not JSON", "Description", "hello"],
    ["an empty text", "Description", ""],
    ["a list", "Support", "[]"],
    ["null", "Policies", "null"],
    ["JSON that nests too deep", "Documentation", `{"a":${"[".repeat(100)}${"]".repeat(100)}}`],
    ["JSON that nests very deep", "Documentation", `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`],
    ["text that is too long", "Pricing", `{"body":"${"x".repeat(65_536)}"}`],
  ])("refuse %s by the parameter's name", async (_case, name, text) => {
    const answer = await post(owner, `/v1/Listing/${addOn}`, { [name]: text });
    expect(answer).toMatchObject({ status: 400, body: { code: 20001, message: expect.stringContaining(name) } });
  });

  it.each([["no add-on", "{}"], ["a number for a SID", '{"sid":7}'], ["no object", '"listed"']])("refuse a module info that names %s", async (_case, text) => {
    expect(await post(owner, "/v1/Listings", { ModuleInfo: text })).toMatchObject({ status: 400, body: { code: 20001, message: expect.stringContaining("ModuleInfo") } });
    expect(await post(owner, "/v1/Listings", {})).toMatchObject({ status: 400, body: { code: 20001, message: expect.stringContaining("ModuleInfo") } });
  });

  it("hold every text at its largest, in any script, at once", async () => {
    const sid = await publish(gateway, owner, definition(publisher, "/large"));
    const largest = JSON.stringify({ b: "あ".repeat(65_536 - '{"b":""}'.length) });
    for (const name of ["ModuleInfo", "Description", "Documentation", "Policies", "Support", "Configuration", "Pricing"]) {
      expect((await post(owner, `/v1/Listing/${sid}`, { [name]: largest })).status).toBe(200);
    }
    expect((await get(stranger, `/v1/Listing/${sid}`)).text.length).toBeGreaterThan(7 * 65_500);
  });
});

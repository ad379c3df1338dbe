import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, publish } from "../support/add-ons.ts";
import { startGateway, type Login, type TestGateway } from "../support/gateway.ts";
import { startPublisher, type LoopbackPublisher } from "../support/loopback-publisher.ts";

type Extension = { sid: string; unique_name: string; enabled: boolean; url: string };
type Extensions = { extensions: Extension[]; meta: { key: string } };

describe("the extensions of installed add-ons", () => {
  let gateway: TestGateway;
  let publisher: LoopbackPublisher;
  let owner: Login;
  let phoneNumber: string;
  let message: string;

  const extensionsOf = async (developer: Login, sid: string): Promise<Extension[]> =>
    (await gateway.call<Extensions>(developer, "GET", `/v1/InstalledAddOns/${sid}/Extensions`)).body.extensions;
  const statesOf = async (developer: Login, sid: string): Promise<Record<string, boolean>> =>
    Object.fromEntries((await extensionsOf(developer, sid)).map(({ unique_name, enabled }) => [unique_name, enabled]));
  const set = async (developer: Login, sid: string, name: string, enabled: boolean) => {
    const extension = (await extensionsOf(developer, sid)).find(({ unique_name }) => unique_name === name);
    return gateway.call<Extension>(developer, "POST", extension?.url.replace(gateway.url, "") ?? "", { form: { Enabled: String(enabled) } });
  };
  const installMany = async (developer: Login, addOn: string, count: number): Promise<string[]> => {
    const sids: string[] = [];
    for (let number = 0; number < count; number++) sids.push(await install(gateway, developer, addOn, { UniqueName: `install_${number}` }));
    return sids;
  };

  beforeAll(async () => {
    [gateway, publisher] = await Promise.all([startGateway(), startPublisher()]);
    owner = await gateway.account("Publisher");
    phoneNumber = await publish(gateway, owner, definition(publisher, "/number"));
    message = await publish(gateway, owner, definition(publisher, "/message", { type: "message_analysis", extensions: ["sms-incoming"], request: { body: { text: "{{body}}" } } }));
  });
  afterAll(() => Promise.all([gateway.stop(), publisher.stop()]));

  it("look as the public API has them, under the same SIDs as in the catalogue", async () => {
    const developer = await gateway.account();
    const sid = await install(gateway, developer, phoneNumber);
    const path = `/v1/InstalledAddOns/${sid}/Extensions`;
    const { body } = await gateway.call<Extensions>(developer, "GET", path);
    const available = await gateway.call<Extensions>(developer, "GET", `/v1/AvailableAddOns/${phoneNumber}/Extensions`);
    expect(body.extensions.map((extension) => extension.sid)).toEqual(available.body.extensions.map((extension) => extension.sid));
    expect(body.meta.key).toBe("extensions");
    const voice = body.extensions[2];
    expect(voice).toEqual({
      sid: expect.stringMatching(/^XF[0-9a-f]{32}$/),
      installed_add_on_sid: sid,
      friendly_name: "Incoming Voice Call",
      product_name: "Programmable Voice",
      unique_name: "voice-incoming",
      enabled: false,
      url: `${gateway.url}${path}/${voice?.sid}`,
    });
    expect((await gateway.call(developer, "GET", `${path}/${voice?.sid}`)).body).toEqual(voice);
    expect((await gateway.call(developer, "GET", `${path}/XF${"0".repeat(32)}`)).status).toBe(404);
  });

  it("start with Lookup alone, or all enabled where there is no Lookup", async () => {
    const developer = await gateway.account();
    expect(await statesOf(developer, await install(gateway, developer, phoneNumber))).toEqual({ lookup: true, "sms-incoming": false, "voice-incoming": false });
    expect(await statesOf(developer, await install(gateway, developer, message))).toEqual({ "sms-incoming": true });
  });

  it("are switched one by one, any number of times", async () => {
    const developer = await gateway.account();
    const sid = await install(gateway, developer, phoneNumber);
    expect(await set(developer, sid, "sms-incoming", true)).toMatchObject({ status: 200, body: { unique_name: "sms-incoming", enabled: true } });
    expect(await set(developer, sid, "sms-incoming", true)).toMatchObject({ status: 200, body: { enabled: true } });
    expect(await set(developer, sid, "lookup", false)).toMatchObject({ status: 200, body: { unique_name: "lookup", enabled: false } });
    expect(await statesOf(developer, sid)).toEqual({ lookup: false, "sms-incoming": true, "voice-incoming": false });
  });

  it("keep every switch of requests that come at once", async () => {
    const developer = await gateway.account();
    const sid = await install(gateway, developer, phoneNumber);
    const answers = await Promise.all([set(developer, sid, "sms-incoming", true), set(developer, sid, "voice-incoming", true), set(developer, sid, "lookup", false)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await statesOf(developer, sid)).toEqual({ lookup: false, "sms-incoming": true, "voice-incoming": true });
  });

  it.each([["nothing", {}], ["another word", { Enabled: "on" }], ["an empty value", { Enabled: "" }], ["two values", { Enabled: ["true", "false"] }]])("refuse %s for Enabled", async (_case, form) => {
    const developer = await gateway.account();
    const sid = await install(gateway, developer, phoneNumber);
    const [extension] = await extensionsOf(developer, sid);
    const answer = await gateway.call(developer, "POST", `/v1/InstalledAddOns/${sid}/Extensions/${extension?.sid}`, { form });
    expect(answer).toMatchObject({ status: 400, body: { code: 20001, message: expect.stringContaining("Enabled") } });
  });

  it("are enabled for incoming messages on at most 12 installs, also when 14 requests come at once", async () => {
    const developer = await gateway.account();
    const sids = await installMany(developer, phoneNumber, 14);
    const answers = await Promise.all(sids.map((sid) => set(developer, sid, "sms-incoming", true)));
    const refused = answers.filter(({ status }) => status === 409);
    expect([answers.filter(({ status }) => status === 200).length, refused.length]).toEqual([12, 2]);
    expect(refused[0]).toMatchObject({ body: { code: 20409, message: expect.stringContaining("sms-incoming") } });

    const states = await Promise.all(sids.map((sid) => statesOf(developer, sid)));
    expect(states.filter((state) => state["sms-incoming"]).length).toBe(12);
    expect(states.filter((state) => state["lookup"]).length).toBe(14);
    const enabled = sids.find((_sid, index) => states[index]?.["sms-incoming"]) ?? "";
    const disabled = sids.find((_sid, index) => !states[index]?.["sms-incoming"]) ?? "";
    expect((await set(developer, enabled, "sms-incoming", true)).status).toBe(200);
    expect((await set(developer, disabled, "voice-incoming", true)).status).toBe(200);
    await set(developer, enabled, "sms-incoming", false);
    expect((await set(developer, disabled, "sms-incoming", true)).status).toBe(200);
  });

  it("stop the install of a 13th add-on that would be enabled for incoming messages from the start", async () => {
    const developer = await gateway.account();
    const [first = ""] = await installMany(developer, message, 12);
    const form = { AvailableAddOnSid: message, AcceptTermsOfService: "true", UniqueName: "thirteenth" };
    expect(await gateway.call(developer, "POST", "/v1/InstalledAddOns", { form })).toMatchObject({ status: 409, body: { code: 20409 } });
    await set(developer, first, "sms-incoming", false);
    expect((await gateway.call(developer, "POST", "/v1/InstalledAddOns", { form })).status).toBe(201);
  });
});

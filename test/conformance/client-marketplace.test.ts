import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Twilio } from "twilio";
import { definition, publish } from "../support/add-ons.ts";
import { deadErrorPages } from "../support/error-pages.ts";
import { startGateway, type Login, type TestGateway } from "../support/gateway.ts";
import { answering, startPublisher, type LoopbackPublisher } from "../support/loopback-publisher.ts";
import { restException, twilioClient } from "../support/twilio-client.ts";

const CONFIGURATION_SCHEMA = {
  type: "object",
  properties: {
    language: { type: "string", name: "Language", _help: "The language of the answer", enum: ["en_US", "es"] },
    threshold: { type: "integer", name: "Threshold" },
    verbose: { type: "boolean", name: "Verbose" },
  },
  required: ["language"],
};

describe("the marketplace, with the official client", () => {
  let gateway: TestGateway;
  let publisher: LoopbackPublisher;
  let owner: Login;
  let developer: Login;
  let client: Twilio;
  let addOnSid: string;

  beforeAll(async () => {
    [gateway, publisher] = await Promise.all([startGateway(), startPublisher()]);
    [owner, developer] = await Promise.all([gateway.account("Publisher"), gateway.account("Developer", "1")]);
    publisher.authTokens.set(owner.sid, owner.secret);
    publisher.on("/spam", answering({ score: 1 }));
    client = twilioClient(gateway, developer);
    const request = { body: { e164: "{{primary_address}}", language: "{{language}}", threshold: "{{threshold}}" } };
    addOnSid = await publish(
      gateway,
      owner,
      definition(publisher, "/spam", { unique_name: "spam_check", friendly_name: "Spam check", description: "Says whether a number calls too much.", configuration_schema: CONFIGURATION_SCHEMA, request }),
    );
  });
  afterAll(async () => {
    expect(await deadErrorPages(gateway)).toEqual([]);
    await Promise.all([gateway.stop(), publisher.stop()]);
    expect(publisher.violations).toEqual([]);
  });

  const marketplace = () => client.marketplace.v1;
  // By its SID: what the client returns from `create` and `list` knows its SID and still cannot use it.
  const installed = (sid: string) => marketplace().installedAddOns(sid);
  const extensionsOf = async (sid: string) => new Map((await installed(sid).extensions.list()).map((extension) => [extension.uniqueName, extension]));
  const install = (uniqueName: string, configuration: object = { language: "es" }) =>
    marketplace().installedAddOns.create({ availableAddOnSid: addOnSid, acceptTermsOfService: true, configuration, uniqueName });

  it("browses the catalogue and what an add-on runs at [overview-discover-install, types-phone-number-points]", async () => {
    const [listed] = await marketplace().availableAddOns.list();
    expect(listed).toMatchObject({ sid: addOnSid, friendlyName: "Spam check", description: "Says whether a number calls too much.", pricingType: "per use", configurationSchema: CONFIGURATION_SCHEMA });
    expect(listed?.links["extensions"]).toBe(`${gateway.url}/v1/AvailableAddOns/${addOnSid}/Extensions`);
    expect((await marketplace().availableAddOns(addOnSid).fetch()).toJSON()).toEqual(listed?.toJSON());

    const extensions = await marketplace().availableAddOns(addOnSid).extensions.list();
    expect(extensions.map(({ uniqueName }) => uniqueName)).toEqual(["lookup", "sms-incoming", "voice-incoming"]);
    const [first] = extensions;
    if (first === undefined) throw new Error("no extensions");
    expect(first).toMatchObject({ sid: expect.stringMatching(/^XF[0-9a-f]{32}$/), availableAddOnSid: addOnSid });
    expect((await marketplace().availableAddOns(addOnSid).extensions(first.sid).fetch()).toJSON()).toEqual(first.toJSON());
  });

  it("installs, configures, renames and removes an add-on [overview-discover-install]", async () => {
    const created = await install("my_spam", { language: "es", threshold: 3, verbose: true });
    expect(created).toMatchObject({ accountSid: developer.sid, uniqueName: "my_spam", friendlyName: "Spam check", configuration: { language: "es", threshold: 3, verbose: true } });
    expect(created.sid).toMatch(/^XE[0-9a-f]{32}$/);
    expect(created.dateCreated).toBeInstanceOf(Date);
    expect(created.links["available_add_on"]).toBe(`${gateway.url}/v1/AvailableAddOns/${addOnSid}`);
    expect((await installed(created.sid).fetch()).toJSON()).toEqual(created.toJSON());

    const updated = await installed(created.sid).update({ configuration: { language: "en_US" }, uniqueName: "your_spam" });
    expect(updated).toMatchObject({ sid: created.sid, uniqueName: "your_spam", configuration: { language: "en_US" } });
    expect(await installed(created.sid).remove()).toBe(true);
    expect(await restException(installed(created.sid).fetch())).toMatchObject({ status: 404, code: 20404 });
    expect(await restException(installed(created.sid).remove())).toMatchObject({ status: 404, code: 20404 });
  });

  it("names an install for its add-on where it is given no name", async () => {
    const created = await marketplace().installedAddOns.create({ availableAddOnSid: addOnSid, acceptTermsOfService: true, configuration: { language: "es" } });
    expect(created.uniqueName).toBe("spam_check");
    expect(await installed(created.sid).remove()).toBe(true);
  });

  const outcome = async (): Promise<{ status: string; code: number | null }> => (await client.lookups.v1.phoneNumbers("+18778894546").fetch({ addOns: ["step"] })).addOns.results.step;
  const lastForm = () => publisher.requests.at(-1)?.form;

  it("takes effect in the next look-up: installed, configured anew, switched off and on, removed [types-enabled-then-invoked, configuration-passed]", async () => {
    expect(await outcome()).toMatchObject({ status: "failed", code: 61003 });
    const { sid } = await install("step");
    expect(await outcome()).toMatchObject({ status: "successful", code: null });
    expect(lastForm()).toEqual({ e164: "+18778894546", language: "es" });
    await installed(sid).update({ configuration: { language: "en_US", threshold: 7 } });
    expect(await outcome()).toMatchObject({ status: "successful" });
    expect(lastForm()).toEqual({ e164: "+18778894546", language: "en_US", threshold: "7" });

    const lookup = installed(sid).extensions((await extensionsOf(sid)).get("lookup")?.sid ?? "");
    expect(await lookup.update({ enabled: false })).toMatchObject({ installedAddOnSid: sid, enabled: false });
    expect(await outcome()).toMatchObject({ status: "failed", code: 61003 });
    expect(await lookup.update({ enabled: true })).toMatchObject({ enabled: true });
    expect(await outcome()).toMatchObject({ status: "successful" });

    await installed(sid).remove();
    expect(await outcome()).toMatchObject({ status: "failed", code: 61003 });
  });

  it("starts with Lookup alone, and toggles the other extensions", async () => {
    const { sid } = await install("toggled");
    const states = async () => Object.fromEntries([...(await extensionsOf(sid))].map(([name, { enabled }]) => [name, enabled]));
    expect(await states()).toEqual({ lookup: true, "sms-incoming": false, "voice-incoming": false });
    const sms = installed(sid).extensions((await extensionsOf(sid)).get("sms-incoming")?.sid ?? "");
    await sms.update({ enabled: true });
    expect(await states()).toEqual({ lookup: true, "sms-incoming": true, "voice-incoming": false });
    expect((await sms.fetch()).enabled).toBe(true);
  });

  it.each<[string, Parameters<typeof install>, number, number, string]>([
    ["a configuration that lacks a required element", ["x", {}], 400, 20001, "language"],
    ["a configuration that breaks its enum", ["x", { language: "fr" }], 400, 20001, "language"],
    ["a configuration of another type", ["x", { language: "es", threshold: "many" }], 400, 20001, "threshold"],
    ["a configuration with an element that there is not", ["x", { language: "es", colour: "red" }], 400, 20001, "colour"],
    ["a unique name with a dot", ["x.y"], 400, 20001, "UniqueName"],
    ["a unique name that is taken", ["taken"], 409, 20409, "taken"],
  ])("refuses %s", async (_what, args, status, code, named) => {
    if (code === 20409) await install("taken");
    expect(await restException(install(...args))).toMatchObject({ status, code, message: expect.stringContaining(named) });
  });

  it("refuses an install under terms that were not accepted, or of an add-on that there is not", async () => {
    const configuration = { language: "es" };
    expect(await restException(marketplace().installedAddOns.create({ availableAddOnSid: addOnSid, acceptTermsOfService: false, configuration }))).toMatchObject({
      status: 400,
      code: 20001,
      message: expect.stringContaining("AcceptTermsOfService"),
    });
    const unknown = marketplace().installedAddOns.create({ availableAddOnSid: `XB${"0".repeat(32)}`, acceptTermsOfService: true });
    expect(await restException(unknown)).toMatchObject({ status: 404, code: 20404 });
  });

  it("shows one account nothing of another's installs", async () => {
    const mine = await install("mine");
    const stranger = twilioClient(gateway, await gateway.account("Stranger")).marketplace.v1;
    expect(await stranger.installedAddOns.list()).toEqual([]);
    const attempts = [
      stranger.installedAddOns(mine.sid).fetch(),
      stranger.installedAddOns(mine.sid).update({ uniqueName: "stolen" }),
      stranger.installedAddOns(mine.sid).remove(),
      stranger.installedAddOns(mine.sid).extensions.list(),
    ];
    // All of them are under way: each that is refused must be waited for.
    for (const refused of await Promise.all(attempts.map(restException))) expect(refused).toMatchObject({ status: 404, code: 20404 });
    expect((await installed(mine.sid).fetch()).uniqueName).toBe("mine");
  });

  it("does not take usage or referrals", async () => {
    const { sid } = await install("used");
    expect(await restException(installed(sid).usage.create({ billableItems: [] }))).toMatchObject({ status: 404, code: 20404 });
    expect(await restException(marketplace().referralConversion.create({ referralAccountSid: developer.sid }))).toMatchObject({ status: 404, code: 20404 });
  });

  it("reads and writes the storefront of an add-on; a change of nothing is 200", async () => {
    const own = twilioClient(gateway, owner).marketplace.v1;
    const moduleInfo = { unique_name: "spam_check", tagline: "Fewer calls" };
    expect(await own.moduleData.create({ moduleInfo: JSON.stringify(moduleInfo) })).toMatchObject({ sid: addOnSid, moduleInfo });
    const description = { body: "It counts." };
    for (const _ of [1, 2]) expect(await own.moduleDataManagement(addOnSid).update({ description: JSON.stringify(description) })).toMatchObject({ sid: addOnSid, description, moduleInfo });
    expect(await own.moduleDataManagement(addOnSid).update()).toMatchObject({ description });
    expect(await client.marketplace.v1.moduleDataManagement(addOnSid).fetch()).toMatchObject({ description, moduleInfo, policies: null, url: `${gateway.url}/v1/Listing/${addOnSid}` });
  });
});

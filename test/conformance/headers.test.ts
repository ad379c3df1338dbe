import twilio from "twilio";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { install, lookUp } from "../support/add-ons.ts";
import { until } from "../support/gateway.ts";
import { answering, violationsWith } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace, type Offer } from "../support/marketplace.ts";

const SIDS = {
  "x-twilio-vendoraccountsid": "AC",
  "x-twilio-requestsid": "XR",
  "x-twilio-addonsid": "XB",
  "x-twilio-addonversionsid": "XC",
  "x-twilio-addoninstallsid": "XD",
  "x-twilio-addonconfigurationsid": "XE",
};

describe("headers of a publisher's request", () => {
  let market: Marketplace;
  beforeAll(async () => {
    market = await startMarketplace();
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  async function headersOf(offer: Offer, login = market.developer): Promise<Record<string, string | string[] | undefined>> {
    await lookUp(market.gateway, login, [offer.name]);
    return market.requireRequestTo(offer).headers;
  }

  it.each([
    { kind: "GET", request: { method: "GET", query: { e164: "{{primary_address}}" }, body_format: "none", body: {} } },
    { kind: "POST with a form", request: {} },
    { kind: "POST with JSON", request: { body_format: "json" } },
    { kind: "POST without a body", request: { body_format: "none", body: {} } },
  ])("are all seven there with a $kind [headers-always, security-signed]", async ({ request }) => {
    const headers = await headersOf(await market.offer(answering({}), { request }));
    for (const [name, prefix] of Object.entries(SIDS)) expect(headers[name], name).toMatch(new RegExp(`^${prefix}[0-9a-f]{32}$`));
    expect(headers["x-twilio-signature"]).toMatch(/^[A-Za-z0-9+/]{27}=$/);
    expect(headers).toMatchObject({ accept: "application/json", "webhook-id": headers["x-twilio-requestsid"], "webhook-signature": expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/) });
  });

  it("name the publisher's account, the same for all of its add-ons [headers-vendor-account-sid, accounts-one-source]", async () => {
    for (const offer of [await market.offer(answering({})), await market.offer(answering({}))]) {
      expect((await headersOf(offer))["x-twilio-vendoraccountsid"]).toBe(market.owner.sid);
    }
  });

  it("name the request, as the developer's result and the log do [headers-request-sid]", async () => {
    const offer = await market.offer(answering({}));
    const { request_sid } = await market.run(offer);
    expect(market.requireRequestTo(offer).headers["x-twilio-requestsid"]).toBe(request_sid);
    expect((await market.logged(market.owner, request_sid)).sid).toBe(request_sid);
  });

  it("name the add-on, and the version that the developer uses [headers-add-on-sid, headers-version-sid]", async () => {
    const { gateway, owner, developer } = market;
    const offer = await market.offer(answering({}));
    const path = `/v1/Publisher/AddOns/${offer.addOnSid}`;
    const { body: addOn } = await gateway.call<{ version: { sid: string } }>(owner, "GET", path);
    expect(await headersOf(offer)).toMatchObject({ "x-twilio-addonsid": offer.addOnSid, "x-twilio-addonversionsid": addOn.version.sid });

    const { sid, add_on_sid, number, status, reject_reason, sunset_date, date_created, date_updated, url, ...definition } = (await gateway.call(owner, "GET", `${path}/Versions/${addOn.version.sid}`)).body;
    expect([sid, add_on_sid, number, status, reject_reason, sunset_date, date_created, date_updated, url]).toHaveLength(9);
    const { body: newer } = await gateway.call<{ sid: string }>(owner, "POST", `${path}/Versions`, { json: definition });
    await gateway.call(owner, "POST", `${path}/Versions/${newer.sid}/Submit`);
    expect(await headersOf(offer), "an install is pinned").toMatchObject({ "x-twilio-addonversionsid": addOn.version.sid });
    const moved = await gateway.call(developer, "POST", `/v1/InstalledAddOns/${offer.installedSid}/Settings`, { form: { AddOnVersionSid: newer.sid } });
    expect(moved.status).toBe(200);
    expect(await headersOf(offer)).toMatchObject({ "x-twilio-addonsid": offer.addOnSid, "x-twilio-addonversionsid": newer.sid });
  });

  it("name the developer's install, which tells developers apart, and its configured instance [headers-install-sid, headers-configuration-sid]", async () => {
    const { gateway, developer } = market;
    const offer = await market.offer(answering({}));
    const second = { ...offer, name: "second_instance", installedSid: await install(gateway, developer, offer.addOnSid, { UniqueName: "second_instance" }) };
    const other = await gateway.account("Another developer", "1");
    const others = { ...offer, installedSid: await install(gateway, other, offer.addOnSid) };

    const seen = [await headersOf(offer), await headersOf(second), await headersOf(others, other)];
    expect(seen.map((headers) => headers["x-twilio-addonconfigurationsid"])).toEqual([offer.installedSid, second.installedSid, others.installedSid]);
    const installs = seen.map((headers) => headers["x-twilio-addoninstallsid"]);
    expect(installs[1], "a second configuration shares the account's install").toBe(installs[0]);
    expect(installs[2]).not.toBe(installs[0]);

    await gateway.call(developer, "DELETE", `/v1/InstalledAddOns/${offer.installedSid}`);
    const again = { ...offer, installedSid: await install(gateway, developer, offer.addOnSid) };
    expect(await headersOf(again), "also after a reinstall").toMatchObject({ "x-twilio-addoninstallsid": installs[0], "x-twilio-addonconfigurationsid": again.installedSid });
  });

  it("sign the URL and every parameter: the official validator refuses a request in which anything was changed [headers-signature, security-signed]", async () => {
    const offer = await market.offer(answering({}), { request: { query: { plan: "a" } } });
    await market.run(offer);
    const { headers, target, form } = market.requireRequestTo(offer);
    const url = market.publisher.origin + target;
    const isValid = (changedUrl: string, changedForm: Record<string, string>, token = market.owner.secret): boolean =>
      twilio.validateRequest(token, String(headers["x-twilio-signature"]), changedUrl, changedForm);
    expect(isValid(url, form)).toBe(true);
    expect(isValid(url, { ...form, e164: "+18778894547" })).toBe(false);
    expect(isValid(url.replace("plan=a", "plan=b"), form)).toBe(false);
    expect(isValid(url.replace("InvocationTtlMs=2000", "InvocationTtlMs=9000"), form)).toBe(false);
    expect(isValid(url.replace(/InvocationDate=[^&]+/, "InvocationDate=2030-01-01T00%3A00%3A00Z"), form)).toBe(false);
    expect(isValid(url, form, market.developer.secret)).toBe(false);
  });

  it.each([{ body_format: "none", body: {} }, { body_format: "form" }, { body_format: "json" }])(
    "cover the invocation's date, in UTC, and its time to live, in the URL of a $body_format request [security-date-ttl]",
    async (request) => {
      const offer = await market.offer(answering({}), { request });
      const before = Date.now();
      await market.run(offer);
      const { url } = market.requireRequestTo(offer);
      const date = url.searchParams.get("InvocationDate") ?? "";
      expect(date).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
      expect(Date.parse(date)).toBeGreaterThan(before - 1_000);
      expect(Date.parse(date)).toBeLessThanOrEqual(Date.now());
      expect(url.searchParams.getAll("InvocationTtlMs")).toEqual(["2000"]);
      expect(url.searchParams.getAll("InvocationDate")).toHaveLength(1);
    },
  );

  it("are signed with a rotated token within 10 seconds of its promotion, and with the old one until then [security-signed]", async () => {
    const { gateway, publisher, owner } = market;
    const offer = await market.offer(answering({}));
    const secondary = await gateway.call<{ secondary_auth_token: string }>(owner, "POST", "/v1/AuthTokens/Secondary");
    const token = secondary.body.secondary_auth_token;
    await market.run(offer);
    expect(violationsWith(owner.secret, market.requireRequestTo(offer), publisher.origin), "a secondary token does not sign").toEqual([]);

    publisher.authTokens.set(owner.sid, [owner.secret, token]);
    expect((await gateway.call(owner, "POST", "/v1/AuthTokens/Promote")).status).toBe(200);
    await until("a request signed with the new token", async () => {
      await market.run(offer);
      return violationsWith(token, market.requireRequestTo(offer), publisher.origin).length === 0;
    });
    expect(violationsWith(owner.secret, market.requireRequestTo(offer), publisher.origin)).not.toEqual([]);
  });
});

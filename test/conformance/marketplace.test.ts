import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, lookUp, publish } from "../support/add-ons.ts";
import { answering } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace } from "../support/marketplace.ts";

describe("the marketplace", () => {
  let market: Marketplace;
  beforeAll(async () => {
    market = await startMarketplace();
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  it("lets a developer find the add-ons of any publisher, configure and install them, and invoke all in the same way [overview-discover-install, overview-invoke-standard, types-enabled-then-invoked, types-phone-number]", async () => {
    const { gateway, publisher, developer } = market;
    const other = await gateway.account("Another publisher");
    publisher.authTokens.set(other.sid, other.secret);
    const configuration_schema = { type: "object", properties: { language: { type: "string", enum: ["en", "ja"] } }, required: ["language"] };
    const names = ["carrier_of_number", "spelling_of_number"];
    for (const [index, owner] of [market.owner, other].entries()) {
      const name = names[index] ?? "";
      publisher.on(`/${name}`, answering({ from: name }));
      const request = { body: { e164: "{{primary_address}}", language: "{{language}}" } };
      await publish(gateway, owner, definition(publisher, `/${name}`, { unique_name: name, friendly_name: `Findable ${index}`, configuration_schema, request }));
    }

    const found = await gateway.call<{ available_add_ons: { sid: string; friendly_name: string }[] }>(developer, "GET", "/v1/AvailableAddOns?Search=findable");
    expect(found.body.available_add_ons.map(({ friendly_name }) => friendly_name).toSorted()).toEqual(["Findable 0", "Findable 1"]);
    for (const { sid } of found.body.available_add_ons) {
      const form = { AvailableAddOnSid: sid, AcceptTermsOfService: "true", Configuration: '{"language": "ja"}' };
      expect((await gateway.call(developer, "POST", "/v1/InstalledAddOns", { form })).status).toBe(201);
    }

    const { body } = await lookUp(gateway, developer, names);
    expect(body.add_ons?.results).toMatchObject({ carrier_of_number: { status: "successful", result: { from: names[0] } }, spelling_of_number: { status: "successful", result: { from: names[1] } } });
    const requestOf = (name: string | undefined) => publisher.requests.find(({ url }) => url.pathname === `/${name}`);
    for (const [index, owner] of [market.owner, other].entries()) {
      expect(requestOf(names[index])).toMatchObject({ form: { e164: "+18778894546", language: "ja" }, headers: { "x-twilio-vendoraccountsid": owner.sid } });
    }
  });

  it("invokes an installed add-on only where it is asked for [types-enabled-then-invoked]", async () => {
    const offer = await market.offer(answering({}));
    const { body } = await lookUp(market.gateway, market.developer, []);
    expect(body.add_ons).toBeNull();
    expect(market.requestsTo(offer)).toEqual([]);
  });
});

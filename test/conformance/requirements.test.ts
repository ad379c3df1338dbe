import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, lookUp, publish } from "../support/add-ons.ts";
import { runFailing } from "../support/failed-run.ts";
import { until } from "../support/gateway.ts";
import { answering } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace, type Offer } from "../support/marketplace.ts";

const REFUSED = { status: "failed", code: 61003, message: "Requirements to invoke Add-ons have not been met", result: {} };

describe("an add-on that cannot be run here", () => {
  let market: Marketplace;
  beforeAll(async () => {
    market = await startMarketplace();
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  /** Everything that 61003 promises: nothing is sent, billed or held against the publisher. */
  async function expectRefused(offer: Offer, detail: RegExp): Promise<void> {
    const requests = market.requestsTo(offer).length;
    const { result, logged } = await runFailing(market, offer, 61003);
    expect(result.detail).toMatch(detail);
    expect(market.requestsTo(offer)).toHaveLength(requests);
    expect(logged.attempts).toEqual([]);
  }

  it("is not installed: 61003, and the log has it all the same [types-enabled-then-invoked]", async () => {
    await expectRefused({ name: "never_installed", path: "/never", addOnSid: "", installedSid: "" }, /never_installed/);
  });

  it("runs in the next request after it was installed, also when a Lookup by that name failed just before [types-enabled-then-invoked, overview-discover-install]", async () => {
    const json = definition(market.publisher, "/next-request");
    market.publisher.on("/next-request", answering({ ran: true }));
    const addOnSid = await publish(market.gateway, market.owner, json);
    const offer = { name: json.unique_name, path: "/next-request", addOnSid, installedSid: "" };
    await expectRefused(offer, new RegExp(offer.name));
    await install(market.gateway, market.developer, addOnSid);
    expect(await market.run(offer)).toMatchObject({ status: "successful", result: { ran: true } });
  });

  it("has its extension disabled, and runs again once it is enabled [types-phone-number-points]", async () => {
    const offer = await market.offer(answering({}));
    const extensions = `/v1/InstalledAddOns/${offer.installedSid}/Extensions`;
    const { body } = await market.gateway.call<{ extensions: { sid: string; unique_name: string }[] }>(market.developer, "GET", extensions);
    const lookup = body.extensions.find(({ unique_name }) => unique_name === "lookup");
    const toggle = (enabled: boolean) => market.gateway.call(market.developer, "POST", `${extensions}/${lookup?.sid}`, { form: { Enabled: String(enabled) } });
    expect((await toggle(false)).body["enabled"]).toBe(false);
    await until("the extension is off", async () => (await market.run(offer)).status === "failed");
    await expectRefused(offer, /lookup/);
    expect((await toggle(true)).body["enabled"]).toBe(true);
    expect(await market.run(offer)).toMatchObject({ status: "successful" });
  });

  it("was uninstalled", async () => {
    const offer = await market.offer(answering({}));
    await market.run(offer);
    expect((await market.gateway.call(market.developer, "DELETE", `/v1/InstalledAddOns/${offer.installedSid}`)).status).toBe(204);
    await until("the install is gone", async () => (await market.run(offer)).status === "failed");
    await expectRefused(offer, new RegExp(offer.name));
  });

  it("lacks a required runtime field [template-runtime-field]", async () => {
    const offer = await market.offer(answering({}), { extensions: ["lookup"], runtime_fields: { reason: { required: true } } });
    await expectRefused(offer, /reason/);
  });

  it("belongs to a publisher that was suspended, within 10 seconds, and runs again when it is active", async () => {
    const { gateway, developer, publisher } = market;
    const suspended = await gateway.account("To be suspended");
    publisher.authTokens.set(suspended.sid, suspended.secret);
    publisher.on("/suspended", answering({}));
    const json = definition(publisher, "/suspended");
    const addOnSid = await publish(gateway, suspended, json);
    const offer = { name: json.unique_name, path: "/suspended", addOnSid, installedSid: await install(gateway, developer, addOnSid) };
    expect(await market.run(offer)).toMatchObject({ status: "successful" });

    const setStatus = (Status: string) => gateway.call(gateway.operator, "POST", `/2010-04-01/Accounts/${suspended.sid}.json`, { form: { Status } });
    expect((await setStatus("suspended")).body["status"]).toBe("suspended");
    await until("the publisher's add-ons do not run", async () => (await market.run(offer)).status === "failed");
    await expectRefused(offer, new RegExp(addOnSid));
    await setStatus("active");
    await until("the publisher's add-ons run again", async () => (await market.run(offer)).status === "successful");
  });

  it("is pinned to a version that is past its sunset", async () => {
    const { gateway, owner } = market;
    const offer = await market.offer(answering({}));
    const { body } = await gateway.call<{ version: { sid: string } }>(owner, "GET", `/v1/Publisher/AddOns/${offer.addOnSid}`);
    const date = new Date(Date.now() + 31 * 24 * 3_600_000).toISOString().slice(0, 10);
    const retired = await gateway.call(owner, "POST", `/v1/Publisher/AddOns/${offer.addOnSid}/Versions/${body.version.sid}/Retire`, { form: { SunsetDate: date } });
    expect(retired.body["status"]).toBe("retired");
    expect(await market.run(offer), "until its sunset it goes on").toMatchObject({ status: "successful" });
    // A sunset is at least 30 days ahead, and nobody waits for that.
    const db = await gateway.miniflare.getD1Database("DB");
    await db.prepare("UPDATE add_on_versions SET sunset_at = ?1 WHERE sid = ?2").bind(Date.now() - 1_000, body.version.sid).run();
    await until("the version is past its sunset", async () => (await market.run(offer)).status === "failed");
    await expectRefused(offer, new RegExp(body.version.sid));
  });

  it("costs more than the credit: nothing is sent, while a free add-on still runs [pricing-credit]", async () => {
    const { gateway } = market;
    const poor = await gateway.account("Poor", "0.00015");
    const [priced, free] = [await market.offer(answering({ n: 1 })), await market.offer(answering({ n: 2 }), { pricing: { model: "per_use", unit_price: "0", currency: "USD" } })];
    for (const offer of [priced, free]) await install(gateway, poor, offer.addOnSid);
    const run = async () => (await lookUp(gateway, poor, [priced.name, free.name])).body.add_ons?.results;
    expect(await run()).toMatchObject({ [priced.name]: { status: "successful" }, [free.name]: { status: "successful" } });
    const second = await run();
    expect(second).toMatchObject({ [priced.name]: { ...REFUSED, detail: expect.stringContaining("credit") }, [free.name]: { status: "successful" } });
    expect(market.requestsTo(priced)).toHaveLength(1);
    const { body } = await gateway.call(poor, "GET", `/2010-04-01/Accounts/${poor.sid}/Balance.json`);
    expect(body["balance"]).toBe("0.00005");
  });

  it("runs for a developer who has no credit at all only if it is free [pricing-credit]", async () => {
    const without = await market.gateway.account("Without credit");
    const offer = await market.offer(answering({}));
    await install(market.gateway, without, offer.addOnSid);
    const { body } = await lookUp(market.gateway, without, [offer.name]);
    expect(body.add_ons?.results[offer.name]).toMatchObject(REFUSED);
    expect(market.requestsTo(offer)).toEqual([]);
  });
});

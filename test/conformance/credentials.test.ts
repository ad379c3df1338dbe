import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, publish } from "../support/add-ons.ts";
import { until } from "../support/gateway.ts";
import { answering, type ReceivedRequest } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace } from "../support/marketplace.ts";

const SECRET = "s3cr+t é&=%";
const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");

type Placed = { authorization: string | undefined; query: string | null; form: string | undefined; json: unknown };

/** Where a request carries the secret. */
function placesOf({ headers, url, form, body }: ReceivedRequest): Placed {
  const isJson = headers["content-type"] === "application/json";
  return { authorization: headers.authorization, query: url.searchParams.get("key"), form: form["key"], json: isJson ? (JSON.parse(body) as Record<string, unknown>)["key"] : undefined };
}

const NOWHERE: Placed = { authorization: undefined, query: null, form: undefined, json: undefined };
const IN_QUERY = { method: "GET", query: { e164: "{{primary_address}}" }, body_format: "none", body: {} };

describe("credentials", () => {
  let market: Marketplace;
  beforeAll(async () => {
    market = await startMarketplace();
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  it.each([
    { title: "are left out when there are none [credentials-one-set]", request: {}, placed: {} },
    { title: "are left out when their type is none [credentials-one-set]", request: { credentials: { type: "none" } }, placed: {} },
    {
      title: "go into an Authorization header as Basic [credentials-headers]",
      request: { credentials: { type: "basic", username: "Ü", password: `${SECRET}:x` } },
      placed: { authorization: `Basic ${base64(`Ü:${SECRET}:x`)}` },
    },
    { title: "go into an Authorization header as Bearer [credentials-headers]", request: { credentials: { type: "bearer", token: "abc.DEF-123_~+/=" } }, placed: { authorization: "Bearer abc.DEF-123_~+/=" } },
    { title: "go into the query of a GET [credentials-query]", request: { ...IN_QUERY, credentials: { type: "query", params: { key: SECRET } } }, placed: { query: SECRET } },
    { title: "go into the query of a POST with a form [credentials-query]", request: { credentials: { type: "query", params: { key: SECRET } } }, placed: { query: SECRET } },
    { title: "go into a form body [credentials-body]", request: { credentials: { type: "body", params: { key: SECRET } } }, placed: { form: SECRET } },
    { title: "go into a JSON body [credentials-body]", request: { body_format: "json", credentials: { type: "body", params: { key: SECRET } } }, placed: { json: SECRET } },
  ])("$title", async ({ request, placed }) => {
    const offer = await market.offer(answering({}), { request });
    expect(await market.run(offer)).toMatchObject({ status: "successful" });
    const received = market.requireRequestTo(offer);
    expect(placesOf(received)).toEqual({ ...NOWHERE, ...placed });
    expect(received.url.searchParams.get("e164") ?? received.form["e164"] ?? (JSON.parse(received.body) as Record<string, unknown>)["e164"]).toBe("+18778894546");
  });

  it("are one set for every version and every install of an add-on [credentials-one-set]", async () => {
    const { gateway, owner, developer } = market;
    const request = { credentials: { type: "bearer", token: "first" } };
    const json = definition(market.publisher, "/one-set", { request });
    market.publisher.on("/one-set", answering({}));
    const addOnSid = await publish(gateway, owner, json);
    await install(gateway, developer, addOnSid, { UniqueName: "pinned_to_version_1" });
    const { credentials: _, ...withoutCredentials } = json["request"] as Record<string, unknown>;
    const versions = `/v1/Publisher/AddOns/${addOnSid}/Versions`;
    const second = await gateway.call<{ sid: string }>(owner, "POST", versions, { json: { ...json, request: withoutCredentials } });
    expect((await gateway.call(owner, "POST", `${versions}/${second.body.sid}/Submit`)).body["status"]).toBe("active");
    await install(gateway, developer, addOnSid, { UniqueName: "of_version_2" });

    const offers = ["pinned_to_version_1", "of_version_2"].map((name) => ({ name, path: "/one-set", addOnSid, installedSid: "" }));
    for (const offer of offers) await market.run(offer);
    const received = market.publisher.requests.filter(({ url }) => url.pathname === "/one-set");
    expect(received.map(({ headers }) => headers.authorization)).toEqual(["Bearer first", "Bearer first"]);
    expect(new Set(received.map(({ headers }) => headers["x-twilio-addonversionsid"])).size).toBe(2);
  });

  it("of a version of its own are refused: they belong to the add-on [credentials-one-set]", async () => {
    const json = definition(market.publisher, "/own", { request: { credentials: { type: "bearer", token: "first" } } });
    const addOnSid = await publish(market.gateway, market.owner, json);
    const changed = { ...json, request: { ...(json["request"] as object), credentials: { type: "bearer", token: "second" } } };
    const { status, body } = await market.gateway.call(market.owner, "POST", `/v1/Publisher/AddOns/${addOnSid}/Versions`, { json: changed });
    expect({ status, details: body["details"] }).toEqual({ status: 400, details: { problems: [{ path: "/request/credentials", message: expect.any(String) }] } });
  });

  it("may be the same for several add-ons of a publisher [credentials-shared]", async () => {
    const request = { credentials: { type: "bearer", token: "shared" } };
    const offers = [await market.offer(answering({}), { request }), await market.offer(answering({}), { request })];
    for (const offer of offers) {
      expect(await market.run(offer)).toMatchObject({ status: "successful" });
      expect(market.requireRequestTo(offer).headers.authorization).toBe("Bearer shared");
    }
  });

  it("that replace others are in the requests of every install within 10 seconds [credentials-one-set]", async () => {
    const { gateway, owner, publisher } = market;
    const offer = await market.offer(answering({}), { request: { credentials: { type: "basic", username: "old", password: "old" } } });
    await market.run(offer);
    const replaced = await gateway.call(owner, "POST", `/v1/Publisher/AddOns/${offer.addOnSid}/Credentials`, { json: { type: "query", params: { key: "new" } } });
    expect({ status: replaced.status, credentials: replaced.body["credentials"] }).toEqual({ status: 200, credentials: { type: "query" } });
    await until("a request with the new credentials", async () => {
      await market.run(offer);
      return placesOf(market.requireRequestTo(offer)).query === "new";
    });
    expect(placesOf(market.requireRequestTo(offer))).toEqual({ ...NOWHERE, query: "new" });
    expect(publisher.violations).toEqual([]);
  });

  it("are never shown again, only their type", async () => {
    const offer = await market.offer(answering({}), { request: { credentials: { type: "basic", username: "not-shown-user", password: "not-shown-password" } } });
    const path = `/v1/Publisher/AddOns/${offer.addOnSid}`;
    const shown = [await market.gateway.call(market.owner, "GET", path), await market.gateway.call(market.owner, "GET", `${path}/Versions`), await market.gateway.call(market.developer, "GET", `/v1/AvailableAddOns/${offer.addOnSid}`)];
    expect(shown.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(shown[0]?.body["credentials"]).toEqual({ type: "basic" });
    for (const { text } of shown) expect(text).not.toContain("not-shown");
  });

  it.each([
    { what: "an unknown type", json: { type: "digest" }, path: "/type" },
    { what: "a missing password", json: { type: "basic", username: "u" }, path: "/password" },
    { what: "a colon in the user name", json: { type: "basic", username: "u:v", password: "p" }, path: "/username" },
    { what: "a template", json: { type: "basic", username: "u", password: "{{primary_address}}" }, path: "/password" },
    { what: "a line break in a token", json: { type: "bearer", token: "a\r\nX-Other: 1" }, path: "/token" },
    { what: "a parameter that the request has", json: { type: "body", params: { e164: "x" } }, path: "/params/e164" },
    { what: "a parameter that the gateway adds", json: { type: "query", params: { InvocationDate: "x" } }, path: "/params/InvocationDate" },
    { what: "a key that there is not", json: { type: "none", more: 1 }, path: "/more" },
  ])("are refused with $what, by the place of the mistake [credentials-one-set]", async ({ json, path }) => {
    const offer = await market.offer(answering({}));
    const { status, body } = await market.gateway.call(market.owner, "POST", `/v1/Publisher/AddOns/${offer.addOnSid}/Credentials`, { json });
    expect({ status, code: body["code"], details: body["details"] }).toEqual({ status: 400, code: 20001, details: { problems: [{ path, message: expect.any(String) }] } });
    await market.run(offer);
    expect(placesOf(market.requireRequestTo(offer))).toEqual(NOWHERE);
  });
});

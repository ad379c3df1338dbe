import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answering } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace, type Offer } from "../support/marketplace.ts";

/** What a careless encoder loses. */
const VALUES = [
  "plain",
  "a+b c",
  "%2B%20",
  "100% & more=x?#/;:@,",
  `"double" 'single' \`back\``,
  "(*)!~-_.",
  "back\\slash",
  "line\nbreak\ttab\r\n",
  " spaces around ",
  "é ü ß",
  "日本語テキスト",
  "😀👩‍👩‍👧",
  "\u0000\u007f\u2028\ufeff",
  "<a href='x'>&amp;</a>",
];
const NAMES = ["plain", "with space", "a+b", "a[b]", "été", "日本", "😀", "a.b", "a&b=c", `"q'`];

const requestWith = (place: string, parameters: Record<string, string>) =>
  place === "query" ? { method: "GET", query: parameters, body_format: "none", body: {} } : { body_format: place, body: parameters };

describe("API parameters", () => {
  let market: Marketplace;
  beforeAll(async () => {
    market = await startMarketplace();
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations, "every one of these requests passes the official client's validators").toEqual([]);
  });

  it.each(["GET", "POST"])("go in the query string of a %s [parameters-query, phone-number-query]", async (method) => {
    const offer = await market.offer(answering({}), { request: { method, query: { v: "1", e164: "{{primary_address}}" }, body_format: "none", body: {} } });
    await market.run(offer);
    const received = market.requireRequestTo(offer);
    expect(received.method).toBe(method);
    expect(Object.fromEntries(received.url.searchParams)).toMatchObject({ v: "1", e164: "+18778894546" });
    expect([received.body, received.headers["content-type"]]).toEqual(["", undefined]);
    expect(received.url.searchParams.has("bodySHA256")).toBe(false);
  });

  it("go in a form body of a POST, as in the guide's own example [parameters-form, example-publisher-request]", async () => {
    const offer = await market.offer(answering({}), { request: { body: { e164: "{{primary_address}}" } } });
    await market.run(offer);
    const { method, body, headers, url } = market.requireRequestTo(offer);
    expect({ method, body, type: headers["content-type"] }).toEqual({ method: "POST", body: "e164=%2B18778894546", type: "application/x-www-form-urlencoded" });
    expect(url.searchParams.has("bodySHA256")).toBe(false);
  });

  it("go in a JSON dictionary of a POST, nested to any depth, whose hash the URL carries [parameters-json]", async () => {
    const constants = { text: "", whole: 7, decimal: 1.5, yes: true, nothing: null, list: [], dictionary: {} };
    const body = { person: { number: "{{primary_address}}", why: ["because", { of: [["{{primary_address}}"]] }] }, constants };
    const offer = await market.offer(answering({}), { request: { body_format: "json", body } });
    await market.run(offer);
    const received = market.requireRequestTo(offer);
    expect(JSON.parse(received.body)).toEqual({ person: { number: "+18778894546", why: ["because", { of: [["+18778894546"]] }] }, constants });
    expect(received.headers["content-type"]).toBe("application/json");
    expect(received.url.searchParams.get("bodySHA256")).toBe(createHash("sha256").update(received.body, "utf8").digest("hex"));
  });

  it("go in a query beside a form or JSON body too [parameters-query, parameters-form, parameters-json]", async () => {
    for (const body_format of ["form", "json"]) {
      const offer = await market.offer(answering({}), { request: { query: { e164: "{{primary_address}}" }, body_format, body: { v: "1" } } });
      await market.run(offer);
      const { url, body } = market.requireRequestTo(offer);
      expect(url.searchParams.get("e164")).toBe("+18778894546");
      expect(body).toBe(body_format === "form" ? "v=1" : '{"v":"1"}');
    }
  });

  it("follow the query that the publisher's URL has itself [parameters-query]", async () => {
    const url = `${market.publisher.origin}/own-query?plan=a%2Bb&empty=&flag`;
    market.publisher.on("/own-query", answering({}));
    const offer = { ...(await market.offer(answering({}), { request: { method: "GET", url, query: { v: "1" }, body_format: "none", body: {} } })), path: "/own-query" };
    await market.run(offer);
    const entries = [...market.requireRequestTo(offer).url.searchParams];
    expect(entries.slice(0, 4)).toEqual([["plan", "a+b"], ["empty", ""], ["flag", ""], ["v", "1"]]);
  });

  it.each(["query", "form", "json"])("keep every character of constants and of runtime data in %s parameters [parameters-query, parameters-form, parameters-json]", async (place) => {
    const fields = Object.fromEntries(VALUES.map((_, index) => [`field${index}`, {}]));
    const parameters = Object.fromEntries(VALUES.flatMap((value, index) => [[`constant${index}`, value], [`runtime${index}`, `{{field${index}}}`]]));
    const offer = await market.offer(answering({}), { runtime_fields: fields, request: requestWith(place, parameters) });
    await market.run(offer, Object.fromEntries(VALUES.map((value, index) => [`AddOns.${offer.name}.field${index}`, value])));
    expect(sentIn(place, offer)).toEqual(Object.fromEntries(VALUES.flatMap((value, index) => [[`constant${index}`, value], [`runtime${index}`, value]])));
  });

  it.each(["query", "form", "json"])("keep every character of their names in %s parameters [parameters-query, parameters-form, parameters-json]", async (place) => {
    const parameters = Object.fromEntries(NAMES.map((name) => [name, `value of ${name}`]));
    const offer = await market.offer(answering({}), { request: requestWith(place, parameters) });
    await market.run(offer);
    expect(sentIn(place, offer)).toEqual(parameters);
  });

  it("take runtime data in each of the three ways that clients send it [template-runtime-field]", async () => {
    const offer = await market.offer(answering({}), { runtime_fields: { reason: {}, depth: {} }, request: { body: { reason: "{{reason}}", depth: "{{depth}}" } } });
    const ways = [
      { [`AddOns.${offer.name}.reason`]: "a+b 😀", [`AddOns.${offer.name}.depth`]: "5" },
      { AddOnsData: JSON.stringify({ [offer.name]: { reason: "a+b 😀", depth: 5 } }) },
      { AddOnsData: JSON.stringify({ [`${offer.name}.reason`]: "a+b 😀", [`${offer.name}.depth`]: "5" }) },
    ];
    for (const way of ways) {
      expect(await market.run(offer, way)).toMatchObject({ status: "successful" });
      expect(market.requireRequestTo(offer).form).toEqual({ reason: "a+b 😀", depth: "5" });
    }
  });

  it.each([
    { what: "is no JSON", data: "{" },
    { what: "is a list", data: "[]" },
    { what: "is a text", data: '"text"' },
    { what: "is a number", data: "5" },
    { what: "has a dictionary for a value", data: '{"name": {"field": {}}}' },
    { what: "has a list for an add-on", data: '{"name": [1]}' },
    { what: "names no field", data: '{"name": 1}' },
    { what: "nests 2,000 levels deep", data: `${"[".repeat(2_000)}${"]".repeat(2_000)}` },
  ])("refuse AddOnsData that $what", async ({ data }) => {
    const query = new URLSearchParams({ AddOns: "name", AddOnsData: data });
    const { status, body } = await market.gateway.call(market.developer, "GET", `/v1/PhoneNumbers/+18778894546?${query}`);
    expect({ status, code: body["code"], message: body["message"] }).toEqual({ status: 400, code: 20001, message: expect.stringContaining("AddOnsData") });
  });

  /** The parameters that came, without those that the gateway adds. */
  function sentIn(place: string, offer: Offer): Record<string, unknown> {
    const { url, form, body } = market.requireRequestTo(offer);
    if (place === "form") return form;
    if (place === "json") return JSON.parse(body) as Record<string, unknown>;
    return Object.fromEntries([...url.searchParams].filter(([name]) => !["InvocationDate", "InvocationTtlMs"].includes(name)));
  }
});

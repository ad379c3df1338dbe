import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, lookUp, publish } from "../support/add-ons.ts";
import { answering, type Respond } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace } from "../support/marketplace.ts";

const withText =
  (text: string, headers: Record<string, string> = { "Content-Type": "application/json" }, status = 200): Respond =>
  (_request, response) =>
    void response.writeHead(status, headers).end(text);

const pathWith = (names: string[]): string => `/v1/PhoneNumbers/+18778894546?${new URLSearchParams(names.map((name): [string, string] => ["AddOns", name]))}`;

describe("an add-on's answer", () => {
  let market: Marketplace;
  beforeAll(async () => {
    market = await startMarketplace();
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  it("is the result of its name in the envelope, as the guide's example has it [example-answer, example-result-in-payload, requests-synchronous, phone-number-synchronous, requests-transforms-answers, types-annotate, types-phone-number-synchronous, overview-invoke-standard]", async () => {
    const offer = await market.offer(answering({ anagrams: ["+18778TWILIO"] }), { unique_name: "publisher_anagrams" });
    const { status, headers, body } = await lookUp(market.gateway, market.developer, [offer.name]);
    expect({ status, type: headers.get("content-type") }).toEqual({ status: 200, type: expect.stringMatching(/^application\/json/) });
    expect(body).toEqual({
      caller_name: null,
      carrier: null,
      country_code: "US",
      phone_number: "+18778894546",
      national_format: "(877) 889-4546",
      url: `${market.gateway.url}/v1/PhoneNumbers/+18778894546`,
      add_ons: {
        status: "successful",
        message: null,
        code: null,
        results: {
          publisher_anagrams: { request_sid: expect.stringMatching(/^XR[0-9a-f]{32}$/), status: "successful", message: null, code: null, result: { anagrams: ["+18778TWILIO"] } },
        },
      },
    });
  });

  it.each([
    { what: "integers beyond 53 bits, and numbers as they are written", text: '{"id":12345678901234567890,"tiny":1e-400,"one":1.0,"big":1E5,"minus":-0}' },
    { what: "keys that stand twice", text: '{"a":1,"a":2,"a":{"a":1,"a":2}}' },
    { what: "the order of keys, also of numbers", text: '{"z":1,"10":2,"9":3,"a":4}' },
    { what: "escapes", text: '{"a":"\\u00e9\\/\\ud83d\\ude00 \\"quoted\\" \\\\ \\b\\f\\n\\r\\t"}' },
    { what: "half a surrogate pair as an escape", text: '{"a":"\\ud83d"}' },
    { what: "text as it is", text: '{"été":"日本語 😀 \u2028\u007f</script>"}' },
    { what: "white space", text: ' \r\n{\t"a" :\n 1 }\n ' },
    { what: "names that mean something in JavaScript", text: '{"__proto__":{"status":"x"},"constructor":1,"toString":2}' },
    { what: "names of the envelope", text: '{"request_sid":"x","status":"failed","code":1,"result":{}}' },
    { what: "an empty object", text: "{}" },
    { what: "12,000 levels of nesting", text: `{"a":${"[".repeat(12_000)}${"]".repeat(12_000)}}` },
  ])("is passed on as its own text: $what [responses-json-object, example-result-in-payload]", async ({ text }) => {
    const offer = await market.offer(withText(text));
    const answer = await lookUp(market.gateway, market.developer, [offer.name]);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain(`"status":"successful","message":null,"code":null,"result":${text}}`);
    expect(Object.keys(answer.body.add_ons?.results ?? {}), "and nothing of it leaves its place").toEqual([offer.name]);
  });

  it("of 12,000 levels is no more than a refused answer when a schema looks at it [response-validation]", async () => {
    const nested = { type: "array", items: { type: "array", items: { type: "array", uniqueItems: true } } };
    const offer = await market.offer(withText(`{"a":${"[".repeat(12_000)}${"]".repeat(12_000)}}`), { response_schema: { properties: { a: nested } } });
    const { status, body } = await lookUp(market.gateway, market.developer, [offer.name]);
    expect(status).toBe(200);
    expect([null, 61004]).toContain(body.add_ons?.results[offer.name]?.code);
  });

  it.each([
    { type: "text/plain", headers: { "Content-Type": "text/plain" } },
    { type: "text/html; charset=utf-8", headers: { "Content-Type": "text/html; charset=utf-8" } },
    { type: "application/octet-stream", headers: { "Content-Type": "application/octet-stream" } },
    { type: "none", headers: {} },
  ] as { type: string; headers: Record<string, string> }[])("of the media type $type is accepted, with a warning that only the publisher sees [responses-200-json]", async ({ headers }) => {
    const result = await market.run(await market.offer(withText('{"a":1}', headers)));
    expect(result).toMatchObject({ status: "successful", result: { a: 1 } });
    expect((await market.logged(market.developer, result.request_sid)).warning).toBeNull();
    expect((await market.logged(market.owner, result.request_sid)).warning).toContain("application/json");
  });

  it.each(["application/json", "application/json; charset=utf-8", "Application/JSON", "application/problem+json"])("of the media type %s gives no warning [responses-200-json]", async (type) => {
    const result = await market.run(await market.offer(withText("{}", { "Content-Type": type })));
    expect((await market.logged(market.owner, result.request_sid)).warning).toBeNull();
  });

  it.each([200, 201, 202, 206, 299])("with the status %i is a success: only 2xx matters [responses-2xx-errors]", async (status) => {
    expect(await market.run(await market.offer(answering({ a: 1 }, status)))).toMatchObject({ status: "successful", result: { a: 1 } });
  });

  it("that describes an error in a 200 is a success, billed by its price rule, never against the publisher [responses-2xx-errors]", async () => {
    const answer = { error: { code: 17, message: "number not in service" }, status: "failed" };
    const result = await market.run(await market.offer(answering(answer)));
    expect(result).toMatchObject({ status: "successful", code: null, message: null, result: answer });
    expect(await market.logged(market.owner, result.request_sid)).toMatchObject({ status: "successful", price: "0.0001", counts_against_sla: false });
  });

  it("of one failed add-on never fails another or the envelope [requests-transforms-answers]", async () => {
    const good = [await market.offer(answering({ n: 1 })), await market.offer(answering({ n: 2 }))];
    const bad = [await market.offer(answering({}, 403)), await market.offer(answering({}, 500)), await market.offer(withText("<html>"))];
    const names = [good[0], bad[0], bad[1], good[1], bad[2]].map((offer) => offer?.name ?? "");
    const { status, body } = await lookUp(market.gateway, market.developer, [...names, "not_installed"]);
    expect(status).toBe(200);
    expect(body.add_ons).toMatchObject({ status: "successful", message: null, code: null });
    expect(Object.entries(body.add_ons?.results ?? {}).map(([name, { code }]) => [name, code])).toEqual([
      [names[0], null],
      [names[1], 61005],
      [names[2], 61002],
      [names[3], null],
      [names[4], 61002],
      ["not_installed", 61003],
    ]);
  });

  describe("to AddOns", () => {
    it("that is sent empty is an envelope without results [example-answer]", async () => {
      const { body } = await market.gateway.call(market.developer, "GET", pathWith([""]));
      expect(body["add_ons"]).toEqual({ status: "successful", message: null, code: null, results: {} });
    });

    it("with duplicates is one result each, and one call", async () => {
      const offer = await market.offer(answering({}));
      const { body } = await lookUp(market.gateway, market.developer, [offer.name, offer.name, offer.name]);
      expect(Object.keys(body.add_ons?.results ?? {})).toEqual([offer.name]);
      expect(market.requestsTo(offer)).toHaveLength(1);
    });

    it("with 12 names is served, with 13 refused before anything is called", async () => {
      const offer = await market.offer(answering({}));
      const names = [offer.name, ...Array.from({ length: 11 }, (_, index) => `name_${index}`)];
      const twelve = await lookUp(market.gateway, market.developer, [...names, offer.name]);
      expect(Object.keys(twelve.body.add_ons?.results ?? {})).toEqual(names);
      const thirteen = await market.gateway.call(market.developer, "GET", pathWith([...names, "one_more"]));
      expect(thirteen).toMatchObject({ status: 400, body: { code: 20001, message: expect.stringMatching(/AddOns.*12/) } });
      expect(market.requestsTo(offer)).toHaveLength(1);
    });

    it.each(["a.b", "1abc", "a b", "_a", "ä", "a".repeat(65)])("with the impossible name %j is refused by the parameter's name", async (name) => {
      expect(await market.gateway.call(market.developer, "GET", pathWith([name]))).toMatchObject({ status: 400, body: { code: 20001, message: expect.stringContaining("AddOns") } });
    });
  });

  it("is the same whatever the add-on was installed as", async () => {
    const json = definition(market.publisher, "/renamed");
    market.publisher.on("/renamed", answering({ a: 1 }));
    const addOnSid = await publish(market.gateway, market.owner, json);
    await install(market.gateway, market.developer, addOnSid, { UniqueName: "My-own_name" });
    const { body } = await lookUp(market.gateway, market.developer, ["My-own_name", json.unique_name]);
    expect(body.add_ons?.results).toMatchObject({ "My-own_name": { status: "successful", result: { a: 1 } }, [json.unique_name]: { code: 61003 } });
  });
});

import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LookupAnswer } from "../support/add-ons.ts";
import { authorization } from "../support/gateway.ts";
import { answering } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace } from "../support/marketplace.ts";

const GUIDES_NUMBER = { country_code: "US", phone_number: "+18778894546", national_format: "(877) 889-4546" };
const LONDON = { country_code: "GB", phone_number: "+442079460018", national_format: "020 7946 0018" };

describe("the number of a Lookup", () => {
  let market: Marketplace;
  beforeAll(async () => {
    market = await startMarketplace();
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  const lookUpPath = (path: string) => market.gateway.call<LookupAnswer & { message: string; code: number }>(market.developer, "GET", `/v1/PhoneNumbers/${path}`);

  it.each([
    { how: "with a literal plus", path: "+18778894546", number: GUIDES_NUMBER },
    { how: "with %2B", path: "%2B18778894546", number: GUIDES_NUMBER },
    { how: "with a trailing slash", path: "+18778894546/", number: GUIDES_NUMBER },
    { how: "without a plus, as the guide's own curl has it", path: "18778894546", number: GUIDES_NUMBER },
    { how: "as a national number of the default country", path: "8778894546", number: GUIDES_NUMBER },
    { how: "as a national number of CountryCode", path: "02079460018?CountryCode=GB", number: LONDON },
    { how: "without a plus, when it is no national number and no CountryCode was sent", path: "442079460018", number: LONDON },
    { how: "with a plus, whatever the CountryCode", path: "+442079460018?CountryCode=US", number: LONDON },
  ])("is read $how [example-answer]", async ({ path, number }) => {
    const { status, headers, body } = await lookUpPath(path);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toMatch(/^application\/json/);
    expect(body).toEqual({ ...number, caller_name: null, carrier: null, add_ons: null, url: `${market.gateway.url}/v1/PhoneNumbers/${number.phone_number}` });
  });

  it.each(["+1877", "12", "+999999999999", "%2B187788945461877889", "abcdefghij", "+1877889454x", "9".repeat(300), "442079460018?CountryCode=US", "%00", "%E2%98%8E", "+18778894546/carrier"])(
    "is refused as not found when it is not a possible number: %s",
    async (path) => {
      const { status, body, text } = await lookUpPath(path);
      expect({ status, code: body.code }).toEqual({ status: 404, code: 20404 });
      expect(text, "an error never quotes the number").not.toMatch(/\d{7}/);
    },
  );

  it.each(["XX", "USA", "", "1", "U"])("is refused when CountryCode is %j, by that name", async (countryCode) => {
    const { status, body } = await lookUpPath(`8778894546?CountryCode=${countryCode}`);
    expect({ status, code: body.code, message: body.message }).toEqual({ status: 400, code: 20001, message: expect.stringContaining("CountryCode") });
  });

  it("goes with Type, which is accepted and answered with null", async () => {
    const { body } = await lookUpPath("+18778894546?Type=carrier&Type=caller-name");
    expect(body).toMatchObject({ ...GUIDES_NUMBER, carrier: null, caller_name: null });
  });

  it("comes with parameters in the query or in a form body of the GET, and both mean the same [example-curl]", async () => {
    const offer = await market.offer(answering({ found: true }), { runtime_fields: { reason: {} }, request: { body: { reason: "{{reason}}" } } });
    const form = new URLSearchParams({ AddOns: offer.name, [`AddOns.${offer.name}.reason`]: "a+b é 😀" }).toString();
    const inBody = await getWithBody("/v1/PhoneNumbers/18778894546", form);
    const inQuery = await lookUpPath(`18778894546?${form}`);
    for (const answer of [JSON.parse(inBody) as LookupAnswer, inQuery.body]) {
      expect(answer.add_ons?.results[offer.name]).toMatchObject({ status: "successful", result: { found: true } });
    }
    expect(market.requestsTo(offer).map((received) => received.form)).toEqual([{ reason: "a+b é 😀" }, { reason: "a+b é 😀" }]);
  });

  /** `fetch` refuses to send a GET with a body, curl does not. */
  const getWithBody = (path: string, body: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = { ...authorization(market.developer), "Content-Type": "application/x-www-form-urlencoded", "Content-Length": body.length };
      const outgoing = request(market.gateway.url + path, { method: "GET", headers }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.on("end", () => resolve(text));
      });
      outgoing.on("error", reject).end(body);
    });
});

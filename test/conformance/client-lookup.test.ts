import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Twilio } from "twilio";
import { definition, install, publish, type LookupAnswer } from "../support/add-ons.ts";
import { deadErrorPages } from "../support/error-pages.ts";
import { startGateway, type Login, type TestGateway } from "../support/gateway.ts";
import { answering, startPublisher, type LoopbackPublisher } from "../support/loopback-publisher.ts";
import { restException, twilioClient } from "../support/twilio-client.ts";

type AddOns = NonNullable<LookupAnswer["add_ons"]>;

describe("Lookup, with the official client", () => {
  let gateway: TestGateway;
  let publisher: LoopbackPublisher;
  let client: Twilio;

  beforeAll(async () => {
    [gateway, publisher] = await Promise.all([startGateway(), startPublisher()]);
    const [owner, developer]: [Login, Login] = [await gateway.account("Publisher"), await gateway.account("Developer", "1")];
    publisher.authTokens.set(owner.sid, owner.secret);
    client = twilioClient(gateway, developer);
    publisher.on("/echo", (request, response, socket) => answering({ received: request.form })(request, response, socket));
    publisher.on("/refusing", answering({ error: "forbidden" }, 403));
    const echo = { runtime_fields: { first_name: {}, zip: {} }, request: { url: `${publisher.origin}/echo`, body: { e164: "{{primary_address}}", name: "{{first_name}}", zip: "{{zip}}" } } };
    for (const unique_name of ["echo", "twin"]) await install(gateway, developer, await publish(gateway, owner, definition(publisher, "/echo", { unique_name, ...echo })));
    const needy = { unique_name: "needy", extensions: ["lookup"], runtime_fields: { reason: { required: true } }, request: { body: { reason: "{{reason}}" } } };
    await install(gateway, developer, await publish(gateway, owner, definition(publisher, "/echo", needy)));
    await install(gateway, developer, await publish(gateway, owner, definition(publisher, "/refusing", { unique_name: "refusing" })));
  });
  afterAll(async () => {
    expect(await deadErrorPages(gateway)).toEqual([]);
    await Promise.all([gateway.stop(), publisher.stop()]);
    expect(publisher.violations).toEqual([]);
  });

  const number = (text = "+18778894546") => client.lookups.v1.phoneNumbers(text);

  it("answers a number without add-ons", async () => {
    expect((await number().fetch()).toJSON()).toEqual({
      callerName: null,
      countryCode: "US",
      phoneNumber: "+18778894546",
      nationalFormat: "(877) 889-4546",
      carrier: null,
      addOns: null,
      url: `${gateway.url}/v1/PhoneNumbers/+18778894546`,
    });
  });

  it.each([
    ["with a plus", "+18778894546", {}, "+18778894546", "US"],
    ["with the plus escaped", "%2B18778894546", {}, "+18778894546", "US"],
    ["as a national number of the United States", "8778894546", {}, "+18778894546", "US"],
    ["as a national number of CountryCode", "02077651182", { countryCode: "GB" }, "+442077651182", "GB"],
    ["in E.164 without the plus", "442077651182", {}, "+442077651182", "GB"],
  ])("takes a number %s", async (_how, text, options, phoneNumber, countryCode) => {
    expect(await number(text).fetch(options)).toMatchObject({ phoneNumber, countryCode });
  });

  it("accepts Type, and has no carrier and no caller name to give", async () => {
    expect(await number().fetch({ type: ["carrier", "caller-name"] })).toMatchObject({ carrier: null, callerName: null, addOns: null });
  });

  it("runs the add-ons that addOns names, once each [overview-invoke-standard, types-enabled-then-invoked]", async () => {
    const before = publisher.requests.length;
    const addOns: AddOns = (await number().fetch({ addOns: ["echo", "twin", "echo"] })).addOns;
    expect(addOns).toMatchObject({ status: "successful", message: null, code: null });
    expect(Object.keys(addOns.results)).toEqual(["echo", "twin"]);
    expect(publisher.requests.length - before).toBe(2);
    expect(addOns.results["echo"]?.request_sid).not.toBe(addOns.results["twin"]?.request_sid);
  });

  it("hands each add-on its own addOnsData [template-runtime-field, example-result-in-payload]", async () => {
    const addOnsData = { echo: { first_name: "Ada", zip: "10118" }, twin: { first_name: "Grace" } };
    const { results }: AddOns = (await number().fetch({ addOns: ["echo", "twin"], addOnsData })).addOns;
    expect(results["echo"]?.result).toEqual({ received: { e164: "+18778894546", name: "Ada", zip: "10118" } });
    expect(results["twin"]?.result).toEqual({ received: { e164: "+18778894546", name: "Grace" } });
  });

  it("fails an add-on whose required runtime field is missing, and no other", async () => {
    const without: AddOns = (await number().fetch({ addOns: ["needy", "echo"] })).addOns;
    expect(without).toMatchObject({ status: "successful", results: { needy: { status: "failed", code: 61003 }, echo: { status: "successful" } } });
    const withData: AddOns = (await number().fetch({ addOns: ["needy"], addOnsData: { needy: { reason: "fraud" } } })).addOns;
    expect(withData.results["needy"]?.result).toEqual({ received: { reason: "fraud" } });
  });

  it("answers an add-on's failure in its result, with its code, and no exception [requests-transforms-answers]", async () => {
    const { status, results }: AddOns = (await number().fetch({ addOns: ["refusing", "unknown", "echo"] })).addOns;
    expect(status).toBe("successful");
    expect(results).toMatchObject({
      refusing: { status: "failed", code: 61005, message: "Bad request", result: {} },
      unknown: { status: "failed", code: 61003, message: "Requirements to invoke Add-ons have not been met", result: {} },
      echo: { status: "successful", code: null, message: null },
    });
  });

  it.each([
    ["not a possible number", () => number("+1555").fetch(), 404, 20404],
    ["not a number at all", () => number("anagram").fetch(), 404, 20404],
    ["a national number that is none of CountryCode", () => number("1").fetch({ countryCode: "GB" }), 404, 20404],
    ["a CountryCode that there is not", () => number().fetch({ countryCode: "ZZ" }), 400, 20001],
    ["more than 12 add-ons", () => number().fetch({ addOns: Array.from({ length: 13 }, (_item, index) => `add_on_${index}`) }), 400, 20001],
    ["a name that no add-on can have", () => number().fetch({ addOns: ["no.dots"] }), 400, 20001],
  ])("refuses %s", async (_what, fetching, status, code) => {
    expect(await restException(fetching())).toMatchObject({ status, code });
  });
});

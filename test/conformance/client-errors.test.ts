import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Twilio } from "twilio";
import { deadErrorPages } from "../support/error-pages.ts";
import { startGateway, type Login, type TestGateway } from "../support/gateway.ts";
import { restException, twilioClient } from "../support/twilio-client.ts";

const unknown = (prefix: string): string => `${prefix}${"0".repeat(32)}`;

describe("errors, as the official client's own exceptions", () => {
  let gateway: TestGateway;
  let login: Login;
  let client: Twilio;

  beforeAll(async () => {
    gateway = await startGateway();
    login = await gateway.account("Developer");
    client = twilioClient(gateway, login);
  });
  afterAll(async () => {
    expect(await deadErrorPages(gateway)).toEqual([]);
    await gateway.stop();
  });

  const wrong = (sid: string, secret: string, accountSid = login.sid) => twilioClient(gateway, { sid, secret }, { accountSid });
  const install = (parameters: object) => client.marketplace.v1.installedAddOns.create({ availableAddOnSid: unknown("XB"), acceptTermsOfService: true, ...parameters });

  it.each<[string, () => Promise<unknown>, number, number, string]>([
    ["a parameter that is refused", () => install({ uniqueName: "1st" }), 400, 20001, "UniqueName"],
    ["a body that is too large", () => install({ configuration: { text: "x".repeat(1024 * 1024) } }), 413, 20413, "1048576"],
    ["a URL that is too long", () => client.lookups.v1.phoneNumbers("+18778894546").fetch({ addOnsData: { a: { b: "x".repeat(16_384) } } }), 414, 20413, "16384"],
    ["a wrong auth token", () => wrong(login.sid, "0".repeat(32)).balance.fetch(), 401, 20003, "Authenticate"],
    ["an account that there is not", () => wrong(unknown("AC"), login.secret, unknown("AC")).balance.fetch(), 401, 20003, "Authenticate"],
    ["a key that there is not", () => wrong(unknown("SK"), login.secret).balance.fetch(), 401, 20003, "Authenticate"],
    ["a page that is too large", () => client.marketplace.v1.availableAddOns.page({ pageSize: 1_001 }), 400, 20007, "1000"],
    ["a page token that no list handed out", () => client.marketplace.v1.availableAddOns.page({ pageToken: "1" }), 400, 21481, "PageToken"],
    ["a role that is missing", () => client.api.v2010.accounts.create(), 403, 20403, "operator"],
    ["an unknown add-on", () => client.marketplace.v1.availableAddOns(unknown("XB")).fetch(), 404, 20404, unknown("XB")],
    ["an unknown installed add-on", () => client.marketplace.v1.installedAddOns(unknown("XE")).fetch(), 404, 20404, unknown("XE")],
    ["an unknown extension", () => client.marketplace.v1.availableAddOns(unknown("XB")).extensions(unknown("XF")).fetch(), 404, 20404, unknown("XB")],
    ["an unknown listing", () => client.marketplace.v1.moduleDataManagement(unknown("XB")).fetch(), 404, 20404, unknown("XB")],
    ["an unknown key", () => client.keys(unknown("SK")).fetch(), 404, 20404, unknown("SK")],
    ["a SID of another kind", () => client.marketplace.v1.installedAddOns(login.sid).fetch(), 404, 20404, "installed add-on AC"],
    ["another account", () => twilioClient(gateway, login, { accountSid: gateway.operator.sid }).keys.list(), 404, 20404, "account AC"],
    ["a path that is not served", () => client.messages.list(), 404, 20404, "path"],
    ["a conflict", () => twilioClient(gateway, gateway.operator).accounts.v1.authTokenPromotion().update(), 409, 20409, "OPERATOR_AUTH_TOKEN"],
  ])("throws %s", async (_what, act, status, code, named) => {
    const error = await restException(act());
    expect(error).toMatchObject({ status, code, moreInfo: `${gateway.url}/docs/errors/${code}`, message: expect.stringContaining(named) });
    expect(error.details).toBeUndefined();
  });

  it("throws what is wrong with a definition, with every problem in its details", async () => {
    const { statusCode, body } = await client.request({ method: "post", uri: "https://marketplace.twilio.com/v1/Publisher/AddOns", headers: { "Content-Type": "application/json" }, data: { type: "fax" } });
    expect([statusCode, body]).toMatchObject([400, { code: 20001, details: { problems: expect.arrayContaining([{ path: "/type", message: expect.any(String) }]) } }]);
  });

  it("throws for an account that is suspended, and for one that is closed", async () => {
    const operator = twilioClient(gateway, gateway.operator);
    for (const status of ["suspended", "closed"] as const) {
      const account = await gateway.account(status);
      await operator.api.v2010.accounts(account.sid).update({ status });
      expect(await restException(twilioClient(gateway, account).balance.fetch())).toMatchObject({ status: 403, code: 20005, message: expect.stringContaining(account.sid) });
    }
  });

  it("throws 429 after thirty failed sign-ins, and still lets the right token in", async () => {
    const account = await gateway.account("Guessed");
    const guess = () => restException(wrong(account.sid, "0".repeat(32), account.sid).balance.fetch());
    const errors = [];
    for (let tries = 0; tries < 70 && errors.at(-1)?.status !== 429; tries += 1) errors.push(await guess());
    expect(errors.at(-1)).toMatchObject({ status: 429, code: 20429 });
    expect(errors.slice(0, -1).every(({ code }) => code === 20003)).toBe(true);
    expect(errors.length).toBeGreaterThan(30);
    expect((await twilioClient(gateway, account).balance.fetch()).accountSid).toBe(account.sid);
  });
});

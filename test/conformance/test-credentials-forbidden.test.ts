import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deadErrorPages } from "../support/error-pages.ts";
import { startGateway, type Answer, type Login, type TestGateway } from "../support/gateway.ts";
import { pathOf, ROUTES, type Route } from "../support/routes.ts";
import { testLogin } from "../support/test-login.ts";
import { restException, twilioClient } from "../support/twilio-client.ts";

const unknownSid = (): string => `AC${randomBytes(16).toString("hex")}`;
const isLookup = ({ path }: Route): boolean => path.startsWith("/v1/PhoneNumbers/");
const FORBIDDEN = { status: 403, code: 20008 };

describe("with test credentials, everything but a Lookup", () => {
  let gateway: TestGateway;
  let developer: Login;
  let test: Login;
  let operatorsTest: Login;

  beforeAll(async () => {
    gateway = await startGateway();
    developer = await gateway.account("Developer");
    [test, operatorsTest] = [await testLogin(gateway, developer), await testLogin(gateway, gateway.operator)];
  });
  afterAll(async () => {
    expect(await deadErrorPages(gateway)).toEqual([]);
    await gateway.stop();
  });

  const send = (login: Login, route: Route, accountSid: string): Promise<Answer> =>
    gateway.call(login, route.method, pathOf(route, (belonging) => (belonging === "account" ? accountSid : "0")), route.body);

  const closed = ROUTES.filter((route) => route.role !== "anyone" && !isLookup(route));
  it.each(closed.map((route) => ({ title: `${route.method} ${route.path}`, route })))("is forbidden, whatever account the path names: $title", async ({ route }) => {
    for (const sid of [developer.sid, test.sid, gateway.operator.sid, unknownSid()]) {
      for (const login of [test, operatorsTest]) {
        const { status, body } = await send(login, route, sid);
        expect({ status, body }, sid).toEqual({ status: 403, body: { code: 20008, message: expect.any(String), more_info: `${gateway.url}/docs/errors/20008`, status: 403 } });
      }
    }
  });

  it("is refused to the official client by its own exception", async () => {
    const client = twilioClient(gateway, test);
    const acts = [
      () => client.balance.fetch(),
      () => client.newKeys.create(),
      () => client.api.v2010.accounts(developer.sid).fetch(),
      () => client.marketplace.v1.installedAddOns.list(),
      () => client.recordings.list(),
      () => client.usage.records.list(),
    ];
    for (const act of acts) expect(await restException(act())).toMatchObject(FORBIDDEN);
  });

  it("is as it was after all of this", async () => {
    expect((await gateway.call(test, "GET", "/v1/PhoneNumbers/+18778894546")).status).toBe(200);
    expect((await gateway.call(gateway.operator, "GET", "/2010-04-01/Accounts.json")).body["accounts"]).toHaveLength(2);
  });

  it("is open to the account itself, whose test credentials' SID is nobody's in a path or parameter", async () => {
    for (const login of [developer, gateway.operator]) {
      for (const path of [`/2010-04-01/Accounts/${test.sid}.json`, `/2010-04-01/Accounts/${test.sid}/Balance.json`]) expect(await gateway.call(login, "GET", path)).toMatchObject({ status: 404, body: { code: 20404 } });
      const recording = { form: { AccountSid: test.sid, Source: "RecordVerb", RecordingUrl: "https://developer.example.com/audio.wav" } };
      expect(await gateway.call(login, "POST", "/v1/Recordings", recording)).toMatchObject({ status: 404, body: { code: 20404 } });
    }
    expect((await gateway.call(gateway.operator, "GET", `/2010-04-01/Accounts/${developer.sid}.json`)).status).toBe(200);
  });
});

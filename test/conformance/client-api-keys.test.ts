import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Twilio } from "twilio";
import { deadErrorPages } from "../support/error-pages.ts";
import { startGateway, until, type Login, type TestGateway } from "../support/gateway.ts";
import { restException, twilioClient } from "../support/twilio-client.ts";

describe("API keys, with the official client", () => {
  let gateway: TestGateway;
  let account: Login;
  let client: Twilio;

  beforeAll(async () => {
    gateway = await startGateway();
    account = await gateway.account("Key owner");
    client = twilioClient(gateway, account);
  });
  afterAll(async () => {
    expect(await deadErrorPages(gateway)).toEqual([]);
    await gateway.stop();
  });

  const keyClient = (key: { sid: string; secret: string }, owner = account): Twilio => twilioClient(gateway, key, { accountSid: owner.sid });

  it("creates a key whose secret is shown this once, renames it, lists it and deletes it", async () => {
    const key = await client.newKeys.create({ friendlyName: "ci" });
    expect(key.sid).toMatch(/^SK[0-9a-f]{32}$/);
    expect(key).toMatchObject({ friendlyName: "ci", dateCreated: expect.any(Date), dateUpdated: expect.any(Date) });
    expect(key.secret.length).toBeGreaterThanOrEqual(43);

    expect((await client.keys(key.sid).fetch()).toJSON()).toMatchObject({ sid: key.sid, friendlyName: "ci" });
    expect((await client.keys(key.sid).update({ friendlyName: "ci 2" })).friendlyName).toBe("ci 2");
    expect((await client.keys.list()).map(({ sid, friendlyName }) => [sid, friendlyName])).toEqual([[key.sid, "ci 2"]]);
    expect(await client.keys(key.sid).remove()).toBe(true);
    expect(await client.keys.list()).toEqual([]);
    expect(await restException(client.keys(key.sid).fetch())).toMatchObject({ status: 404, code: 20404 });
    expect(await restException(client.keys(key.sid).remove())).toMatchObject({ status: 404, code: 20404 });
  });

  it("signs in with a key where an account may", async () => {
    const withKey = keyClient(await client.newKeys.create({ friendlyName: "everywhere" }));
    expect((await withKey.api.v2010.accounts(account.sid).fetch()).sid).toBe(account.sid);
    expect((await withKey.api.v2010.accounts.list()).map(({ sid }) => sid)).toEqual([account.sid]);
    expect((await withKey.balance.fetch()).accountSid).toBe(account.sid);
    expect((await withKey.lookups.v1.phoneNumbers("+18778894546").fetch()).phoneNumber).toBe("+18778894546");
    expect(await withKey.marketplace.v1.availableAddOns.list()).toEqual([]);
    expect(await withKey.marketplace.v1.installedAddOns.list()).toEqual([]);
  });

  const forbidden: [string, (withKey: Twilio, login: Login) => Promise<unknown>][] = [
    ["creating an account", (withKey) => withKey.api.v2010.accounts.create({ friendlyName: "x" })],
    ["renaming its account", (withKey, { sid }) => withKey.api.v2010.accounts(sid).update({ friendlyName: "x" })],
    ["creating a key", (withKey) => withKey.newKeys.create()],
    ["listing keys", (withKey) => withKey.keys.list()],
    ["fetching a key", (withKey) => withKey.keys(`SK${"0".repeat(32)}`).fetch()],
    ["renaming a key", (withKey) => withKey.keys(`SK${"0".repeat(32)}`).update({ friendlyName: "x" })],
    ["deleting a key", (withKey) => withKey.keys(`SK${"0".repeat(32)}`).remove()],
    ["making a secondary token", (withKey) => withKey.accounts.v1.secondaryAuthToken().create()],
    ["deleting the secondary token", (withKey) => withKey.accounts.v1.secondaryAuthToken().remove()],
    ["promoting the secondary token", (withKey) => withKey.accounts.v1.authTokenPromotion().update()],
  ];

  it.each(forbidden)("refuses %s with a key, an account's and the operator's, as 403", async (_what, act) => {
    const operatorsKey = await twilioClient(gateway, gateway.operator).newKeys.create();
    expect(await restException(act(keyClient(await client.newKeys.create()), account))).toMatchObject({ status: 403, code: 20403 });
    expect(await restException(act(keyClient(operatorsKey, gateway.operator), gateway.operator))).toMatchObject({ status: 403, code: 20403 });
  });

  it.each([
    ["POST", "/v1/Operator/Accounts/{AC}/Credits", { Amount: "1" }],
    ["GET", "/v1/Operator/Accounts/{AC}/Desk", undefined],
    ["POST", `/v1/Operator/AddOnVersions/XC${"0".repeat(32)}/Approve`, {}],
    ["POST", `/v1/Operator/AddOnVersions/XC${"0".repeat(32)}/Reject`, { Reason: "x" }],
    ["POST", `/v1/Operator/AddOns/XB${"0".repeat(32)}`, { TransactionFeePercent: "1" }],
  ])("refuses %s %s with the operator's key, and with an account's token", async (method, path, form) => {
    const operatorsKey = await twilioClient(gateway, gateway.operator).newKeys.create();
    for (const login of [{ sid: operatorsKey.sid, secret: operatorsKey.secret }, account]) {
      const { status, body } = await gateway.call(login, method, path.replace("{AC}", account.sid), form && { form });
      expect([status, body["code"]]).toEqual([403, 20403]);
    }
  });

  it("refuses a key with another secret, and another account's keys", async () => {
    const key = await client.newKeys.create();
    expect(await restException(keyClient({ sid: key.sid, secret: account.secret }).balance.fetch())).toMatchObject({ status: 401, code: 20003 });
    const stranger = await gateway.account("Stranger");
    expect(await restException(twilioClient(gateway, stranger).keys(key.sid).fetch())).toMatchObject({ status: 404, code: 20404 });
    expect(await restException(twilioClient(gateway, stranger, { accountSid: account.sid }).keys(key.sid).remove())).toMatchObject({ status: 404, code: 20404 });
    expect(await restException(keyClient(key, stranger).balance.fetch())).toMatchObject({ status: 404, code: 20404 });
    expect((await client.keys(key.sid).fetch()).sid).toBe(key.sid);
  });

  it("revokes a key within 10 s", async () => {
    const key = await client.newKeys.create();
    const withKey = keyClient(key);
    await withKey.balance.fetch();
    await client.keys(key.sid).remove();
    const refused = await until("the key is refused", () => withKey.balance.fetch().then(() => null, (error: unknown) => ({ error })));
    expect(refused.error).toMatchObject({ status: 401, code: 20003 });
  });

  it("lets the operator manage an account's keys, of which there are at most 100, also when many are made at once", async () => {
    const owner = await gateway.account("Many keys");
    const operator = twilioClient(gateway, gateway.operator, { accountSid: owner.sid });
    const made = await Promise.allSettled(Array.from({ length: 103 }, () => operator.newKeys.create()));
    const refused = made.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
    expect(refused).toEqual(Array.from({ length: 3 }, () => expect.objectContaining({ status: 409, code: 20409 })));
    expect(new Set((await twilioClient(gateway, owner).keys.list({ pageSize: 30 })).map(({ sid }) => sid)).size).toBe(100);
  });
});

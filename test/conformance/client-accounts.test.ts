import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Twilio } from "twilio";
import { deadErrorPages } from "../support/error-pages.ts";
import { startGateway, type Login, type TestGateway } from "../support/gateway.ts";
import { restException, twilioClient } from "../support/twilio-client.ts";

describe("accounts, with the official client", () => {
  let gateway: TestGateway;
  let operator: Twilio;

  beforeAll(async () => {
    gateway = await startGateway();
    operator = twilioClient(gateway, gateway.operator);
  });
  afterAll(async () => {
    expect(await deadErrorPages(gateway)).toEqual([]);
    await gateway.stop();
  });

  /** A new account, and the client of its owner. */
  async function created(friendlyName: string): Promise<{ login: Login; client: Twilio }> {
    const { sid, authToken } = await operator.api.v2010.accounts.create({ friendlyName });
    const login = { sid, secret: authToken };
    return { login, client: twilioClient(gateway, login) };
  }

  it("creates an account under the operator's, and shows its auth token this once", async () => {
    const startedAtMs = Math.floor(Date.now() / 1_000) * 1_000;
    const account = await operator.api.v2010.accounts.create({ friendlyName: "Acme" });
    expect(account).toMatchObject({ friendlyName: "Acme", status: "active", type: "Full", ownerAccountSid: gateway.operator.sid, uri: `/2010-04-01/Accounts/${account.sid}.json` });
    expect(account.authToken).toMatch(/^[0-9a-f]{32}$/);
    expect(account.dateCreated.getTime()).toBeGreaterThanOrEqual(startedAtMs);
    expect(account.dateCreated.getTime()).toBeLessThanOrEqual(Date.now());

    const owner = twilioClient(gateway, { sid: account.sid, secret: account.authToken });
    const shown = [await operator.api.v2010.accounts(account.sid).fetch(), await owner.api.v2010.accounts(account.sid).update({ friendlyName: "Acme 2" }), ...(await owner.api.v2010.accounts.list())];
    expect(shown.map(({ sid }) => sid)).toEqual([account.sid, account.sid, account.sid]);
    expect(shown.map(({ authToken }) => authToken)).toEqual([null, null, null]);
  });

  it("gives an account without a FriendlyName one", async () => {
    expect((await operator.api.v2010.accounts.create()).friendlyName).not.toBe("");
  });

  it("lists all accounts for the operator, filtered by FriendlyName and Status, and an account's own for itself", async () => {
    const [one, two] = [await created("Filtered"), await created("Filtered")];
    await created("Filtered not");
    await operator.api.v2010.accounts(two.login.sid).update({ status: "suspended" });
    const sidsOf = async (filter: { friendlyName?: string; status?: "active" | "suspended" | "closed" }): Promise<string[]> =>
      (await operator.api.v2010.accounts.list(filter)).map(({ sid }) => sid);

    expect(new Set(await sidsOf({ friendlyName: "Filtered" }))).toEqual(new Set([one.login.sid, two.login.sid]));
    expect(await sidsOf({ friendlyName: "Filtered", status: "suspended" })).toEqual([two.login.sid]);
    expect(await sidsOf({ friendlyName: "Nobody" })).toEqual([]);
    expect(await sidsOf({})).toEqual(expect.arrayContaining([one.login.sid, two.login.sid, gateway.operator.sid]));
    expect((await one.client.api.v2010.accounts.list()).map(({ sid }) => sid)).toEqual([one.login.sid]);
    expect(await one.client.api.v2010.accounts.list({ status: "suspended" })).toEqual([]);
  });

  it("lets an account change its name, and only the operator its status", async () => {
    const { login, client } = await created("Before");
    expect(await client.api.v2010.accounts(login.sid).update({ friendlyName: "After" })).toMatchObject({ friendlyName: "After", status: "active" });
    expect(await restException(client.api.v2010.accounts(login.sid).update({ status: "closed" }))).toMatchObject({ status: 403, code: 20403 });
    expect(await operator.api.v2010.accounts(login.sid).update({ friendlyName: "By the operator" })).toMatchObject({ friendlyName: "By the operator", status: "active" });
  });

  it("suspends an account within the next request, and takes it back", async () => {
    const { login, client } = await created("Suspended");
    await client.lookups.v1.phoneNumbers("+18778894546").fetch();
    await operator.api.v2010.accounts(login.sid).update({ status: "suspended" });
    expect(await restException(client.lookups.v1.phoneNumbers("+18778894546").fetch())).toMatchObject({ status: 403, code: 20005 });
    await operator.api.v2010.accounts(login.sid).update({ status: "active" });
    expect((await client.lookups.v1.phoneNumbers("+18778894546").fetch()).countryCode).toBe("US");
  });

  it("closes an account for good", async () => {
    const { login, client } = await created("Closed");
    await operator.api.v2010.accounts(login.sid).update({ status: "closed" });
    expect(await restException(client.api.v2010.accounts(login.sid).fetch())).toMatchObject({ status: 403, code: 20005 });
    for (const status of ["active", "suspended"] as const) {
      expect(await restException(operator.api.v2010.accounts(login.sid).update({ status }))).toMatchObject({ status: 409, code: 20409 });
    }
    expect(await operator.api.v2010.accounts(login.sid).fetch()).toMatchObject({ status: "closed" });
  });

  it("never suspends the operator itself", async () => {
    expect(await restException(operator.api.v2010.accounts(gateway.operator.sid).update({ status: "suspended" }))).toMatchObject({ status: 409, code: 20409 });
    expect(await operator.api.v2010.accounts(gateway.operator.sid).fetch()).toMatchObject({ status: "active" });
  });

  it("refuses accounts that it does not know, names that are too long and states that there are not", async () => {
    const { client } = await created("Curious");
    const unknown = `AC${"0".repeat(32)}`;
    expect(await restException(client.api.v2010.accounts.create({ friendlyName: "Mine" }))).toMatchObject({ status: 403, code: 20403 });
    expect(await restException(operator.api.v2010.accounts(unknown).fetch())).toMatchObject({ status: 404, code: 20404 });
    expect(await restException(client.api.v2010.accounts(gateway.operator.sid).fetch())).toMatchObject({ status: 404, code: 20404 });
    expect(await restException(operator.api.v2010.accounts.create({ friendlyName: "x".repeat(65) }))).toMatchObject({ status: 400, code: 20001, message: expect.stringContaining("FriendlyName") });
    const wrong = await gateway.call(gateway.operator, "POST", `/2010-04-01/Accounts/${gateway.operator.sid}.json`, { form: { Status: "sleeping" } });
    expect(wrong.body).toMatchObject({ status: 400, code: 20001, message: expect.stringContaining("Status") });
  });

  it("reads an account's balance", async () => {
    const developer = await gateway.account("Rich", "12.34");
    expect(await twilioClient(gateway, developer).balance.fetch()).toMatchObject({ accountSid: developer.sid, currency: "USD" });
    const { balance } = await twilioClient(gateway, gateway.operator, { accountSid: developer.sid }).balance.fetch();
    expect(Number(balance)).toBe(12.34);
  });
});

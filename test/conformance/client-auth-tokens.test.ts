import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Twilio } from "twilio";
import { deadErrorPages } from "../support/error-pages.ts";
import { startGateway, type TestGateway } from "../support/gateway.ts";
import { restException, twilioClient } from "../support/twilio-client.ts";

const secondary = (client: Twilio) => client.accounts.v1.secondaryAuthToken();

describe("rotation of auth tokens, with the official client", () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(async () => {
    expect(await deadErrorPages(gateway)).toEqual([]);
    await gateway.stop();
  });

  const signIn = async (sid: string, secret: string): Promise<string> => (await twilioClient(gateway, { sid, secret }).api.v2010.accounts(sid).fetch()).sid;

  it("accepts both tokens while there is a secondary one, and only the promoted one afterwards", async () => {
    const { sid, secret } = await gateway.account("Rotates");
    const client = twilioClient(gateway, { sid, secret });

    const created = await secondary(client).create();
    expect(created).toMatchObject({ accountSid: sid, url: `${gateway.url}/v1/AuthTokens/Secondary`, dateCreated: expect.any(Date), dateUpdated: expect.any(Date) });
    expect(created.secondaryAuthToken).toMatch(/^[0-9a-f]{32}$/);
    expect(created.secondaryAuthToken).not.toBe(secret);
    expect([await signIn(sid, secret), await signIn(sid, created.secondaryAuthToken)]).toEqual([sid, sid]);

    const promoted = await twilioClient(gateway, { sid, secret: created.secondaryAuthToken }).accounts.v1.authTokenPromotion().update();
    expect(promoted).toMatchObject({ accountSid: sid, authToken: created.secondaryAuthToken, url: `${gateway.url}/v1/AuthTokens/Promote` });
    expect(await signIn(sid, created.secondaryAuthToken)).toBe(sid);
    expect(await restException(signIn(sid, secret))).toMatchObject({ status: 401, code: 20003 });
  });

  it("withdraws a secondary token before it was promoted", async () => {
    const { sid, secret } = await gateway.account("Withdraws");
    const client = twilioClient(gateway, { sid, secret });
    const { secondaryAuthToken } = await secondary(client).create();
    expect(await signIn(sid, secondaryAuthToken)).toBe(sid);
    expect(await secondary(client).remove()).toBe(true);
    expect(await restException(signIn(sid, secondaryAuthToken))).toMatchObject({ status: 401, code: 20003 });
    expect(await signIn(sid, secret)).toBe(sid);
  });

  it("has no token to withdraw or promote where there is no secondary one", async () => {
    const client = twilioClient(gateway, await gateway.account("Has one"));
    expect(await restException(secondary(client).remove())).toMatchObject({ status: 404, code: 20404 });
    expect(await restException(client.accounts.v1.authTokenPromotion().update())).toMatchObject({ status: 404, code: 20404 });
  });

  it("makes a new secondary token in place of the one before", async () => {
    const { sid, secret } = await gateway.account("Twice");
    const client = twilioClient(gateway, { sid, secret });
    const [first, second] = [await secondary(client).create(), await secondary(client).create()];
    expect(await restException(signIn(sid, first.secondaryAuthToken))).toMatchObject({ status: 401, code: 20003 });
    expect([await signIn(sid, second.secondaryAuthToken), await signIn(sid, secret)]).toEqual([sid, sid]);
  });

  it("promotes once when two ask at the same time", async () => {
    const { sid, secret } = await gateway.account("At once");
    const client = twilioClient(gateway, { sid, secret });
    const { secondaryAuthToken } = await secondary(client).create();
    const outcomes = await Promise.allSettled([0, 1, 2].map(() => client.accounts.v1.authTokenPromotion().update()));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await signIn(sid, secondaryAuthToken)).toBe(sid);
  });

  it("leaves the operator's token to the deployment", async () => {
    const client = twilioClient(gateway, gateway.operator);
    expect(await restException(secondary(client).create())).toMatchObject({ status: 409, code: 20409 });
    expect(await restException(client.accounts.v1.authTokenPromotion().update())).toMatchObject({ status: 409, code: 20409 });
  });
});

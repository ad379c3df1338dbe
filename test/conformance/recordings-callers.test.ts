import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Login } from "../support/gateway.ts";
import { startRecordingMarketplace, type RecordingMarketplace, type SentRecording } from "../support/recording-marketplace.ts";
import { postRecording } from "../support/recordings.ts";

describe("who may take part in a recording's analysis", () => {
  let market: RecordingMarketplace;

  beforeAll(async () => {
    market = await startRecordingMarketplace();
  });
  afterAll(async () => {
    await market.stop();
    expect(market.publisher.violations).toEqual([]);
  });

  const keyOf = async (login: Login): Promise<Login> =>
    (await market.gateway.call<Login & Record<string, unknown>>(login, "POST", `/2010-04-01/Accounts/${login.sid}/Keys.json`, { form: {} })).body;
  const callBack = async (sent: SentRecording, login: Login | null): Promise<number> => (await market.publisher.callBack(await market.audioOf(sent), { text: "hello" }, login)).status;

  it.concurrent("calls back with the SID and the auth token of the add-on's account [callback-authentication, recording-callback-url, recording-callback-posts]", async () => {
    const sent = await market.send();
    expect(await callBack(sent, market.owner)).toBe(200);
    await market.resultIn("completed", sent);
  });

  it.concurrent("calls back with an API key of that account [callback-authentication]", async () => {
    const sent = await market.send();
    expect(await callBack(sent, await keyOf(market.owner))).toBe(200);
    await market.resultIn("completed", sent);
  });

  it.concurrent("calls back with nothing else, and the URL stays usable [callback-authentication, recording-callback-url]", async () => {
    const [sent, another] = await Promise.all([market.send(), market.gateway.account("Another publisher")]);
    const revoked = await keyOf(market.owner);
    await market.gateway.call(market.owner, "DELETE", `/2010-04-01/Accounts/${market.owner.sid}/Keys/${revoked.sid}.json`);
    const refused: [Login | null, number][] = [
      [null, 401],
      [{ ...market.owner, secret: another.secret }, 401],
      [revoked, 401],
      [another, 404],
      [await keyOf(another), 404],
      [sent.developer, 404],
      [market.gateway.operator, 404],
    ];
    for (const [login, status] of refused) expect(await callBack(sent, login), JSON.stringify(login?.sid)).toBe(status);
    const { callbackUrl, ...audio } = await market.audioOf(sent);
    const guessed = { ...audio, callbackUrl: callbackUrl.replace(/[^/]+$/, "0".repeat(64)) };
    expect((await market.publisher.callBack(guessed, { text: "hello" })).status).toBe(404);
    expect((await market.resultIn("in-progress", sent)).date_completed).toBeNull();
    expect(await callBack(sent, market.owner)).toBe(200);
  });

  it("calls back with either auth token while the account rotates it, and each request is signed with the primary one", async () => {
    const sent = await market.send();
    const { body } = await market.gateway.call<{ secondary_auth_token: string }>(market.owner, "POST", "/v1/AuthTokens/Secondary");
    const secondary = { sid: market.owner.sid, secret: body.secondary_auth_token };
    expect(await callBack(sent, secondary)).toBe(200);
    await market.resultIn("completed", sent);
    const next = await market.send();
    await market.gateway.call(market.owner, "DELETE", "/v1/AuthTokens/Secondary");
    expect([await callBack(next, secondary), await callBack(next, market.owner)]).toEqual([401, 200]);
  });

  it.concurrent("delivers recordings by an API key, of the account or of the operator, who names the account", async () => {
    const developer = await market.gateway.account("Developer");
    const [key, operatorKey] = await Promise.all([keyOf(developer), keyOf(market.gateway.operator)]);
    expect((await postRecording(market.gateway, key)).body.account_sid).toBe(developer.sid);
    const delivered = await postRecording(market.gateway, operatorKey, { query: { AccountSid: developer.sid } });
    expect([delivered.status, delivered.body.account_sid]).toEqual([201, developer.sid]);
    const again = await postRecording(market.gateway, key, { query: { RecordingSid: delivered.body.sid } });
    expect([again.status, again.body.sid]).toEqual([200, delivered.body.sid]);
    const foreign = await postRecording(market.gateway, await keyOf(market.owner), { query: { AccountSid: developer.sid } });
    expect([foreign.status, foreign.body.code]).toEqual([404, 20404]);
  });

  it("is no publisher who is suspended: what is to be sent fails with 61003, and what was sent cannot be called back", async () => {
    const change = { pricing: { model: "per_use", unit_price: "0.25", currency: "USD" } };
    const sent = await market.send({ change, dollars: "1" });
    await market.audioOf(sent);
    await market.gateway.call(market.gateway.operator, "POST", `/2010-04-01/Accounts/${market.owner.sid}.json`, { form: { Status: "suspended" } });
    expect(await callBack(sent, market.owner)).toBe(403);
    const recording = await market.record(sent.developer);
    const { sid } = await market.resultIn("failed", { developer: sent.developer, recording });
    expect(await market.logged(sent.developer, sid)).toMatchObject({ code: 61003, counts_against_sla: false, price: "0.00" });
    expect(await market.received(sent)).toHaveLength(1);
    expect(await market.balance(sent.developer)).toBe("1.00");
  });
});

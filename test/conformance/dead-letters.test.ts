import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDeveloperWebhook, type DeveloperWebhook } from "../support/developer-webhook.ts";
import { startGateway, until, type Login, type TestGateway } from "../support/gateway.ts";
import { endInvocation } from "../support/ended-invocations.ts";
import { resultPath, sid, storeDeadLetter, storeResult } from "../support/stored-results.ts";

type DeadLetter = { sid: string; date_redelivered: string | null };
type Page = { dead_letters: DeadLetter[]; meta: { next_page_url: string | null } };
type Relay = { status: string; attempts: { number: number; status: number | null; detail: string }[]; date_next_attempt: string | null };

const CREATED_MS = Date.UTC(2026, 0, 31, 23, 59, 59);

describe("results that a developer's URL did not take", () => {
  let gateway: TestGateway;
  let webhook: DeveloperWebhook;
  let owner: Login;
  let stranger: Login;

  beforeAll(async () => {
    gateway = await startGateway();
    [owner, stranger] = [await gateway.account("Owner"), await gateway.account("Stranger")];
    webhook = await startDeveloperWebhook(owner.secret);
  });
  afterAll(async () => {
    await Promise.all([gateway.stop(), webhook.stop()]);
    expect(webhook.violations).toEqual([]);
  });

  it("are dead letters, which say what came of the last attempt and lead to the result", async () => {
    const result = await storeResult(gateway, owner);
    const deadLetter = await storeDeadLetter(gateway, result, CREATED_MS);
    const expected = {
      sid: deadLetter,
      account_sid: owner.sid,
      add_on_result_sid: result.xr,
      recording_sid: result.recordingSid,
      attempts: 10,
      last_status: 503,
      last_detail: "It answered with status 503.",
      date_redelivered: null,
      date_created: "2026-01-31T23:59:59Z",
      date_updated: "2026-01-31T23:59:59Z",
      url: `${gateway.url}/v1/DeadLetters/${deadLetter}`,
      links: {
        add_on_result: `${gateway.url}${resultPath(result)}.json`,
        recording: `${gateway.url}/2010-04-01/Accounts/${owner.sid}/Recordings/${result.recordingSid}.json`,
        relay: `${gateway.url}/v1/Relays/${result.xr}`,
      },
    };
    expect((await gateway.call(owner, "GET", `/v1/DeadLetters/${deadLetter}`)).body).toEqual(expected);
    const { body } = await gateway.call<{ dead_letters: unknown[]; meta: { key: string } }>(owner, "GET", "/v1/DeadLetters");
    expect(body.dead_letters).toContainEqual(expected);
    expect(body.meta.key).toBe("dead_letters");
    expect((await gateway.call(owner, "GET", new URL(expected.links.add_on_result).pathname)).status).toBe(200);
  });

  it("are listed newest first, in pages, to their own account", async () => {
    const account = await gateway.account();
    const sids: string[] = [];
    for (let count = 0; count < 3; count++) sids.unshift(await storeDeadLetter(gateway, await storeResult(gateway, account), CREATED_MS + count * 1_000));
    const found: string[] = [];
    for (let path: string | null = "/v1/DeadLetters?PageSize=2"; path !== null; ) {
      const page: Page = (await gateway.call<Page>(account, "GET", path)).body;
      found.push(...page.dead_letters.map((deadLetter) => deadLetter.sid));
      path = page.meta.next_page_url?.slice(gateway.url.length) ?? null;
    }
    expect(found).toEqual(sids);
    expect((await gateway.call<{ dead_letters: DeadLetter[] }>(stranger, "GET", "/v1/DeadLetters")).body.dead_letters).toEqual([]);
  });

  it("are sent again at once, signed, and the relay says what came of it", async () => {
    const result = await storeResult(gateway, owner);
    const deadLetter = await storeDeadLetter(gateway, result);
    await endInvocation(gateway, result, `${webhook.origin}/results`);

    const { status, body } = await gateway.call<DeadLetter>(owner, "POST", `/v1/DeadLetters/${deadLetter}/Redeliver`);
    expect([status, body.sid]).toEqual([202, deadLetter]);
    expect(Math.abs(Date.parse(body.date_redelivered ?? "") - Date.now())).toBeLessThan(60_000);
    const relay = await until("the relay was taken", async () => {
      const answer = await gateway.call<Relay>(owner, "GET", `/v1/Relays/${result.xr}`);
      return answer.body.status === "delivered" && answer.body;
    });
    expect(relay).toMatchObject({ date_next_attempt: null, attempts: [{ number: 1, status: 200 }] });
    expect(webhook.requestsTo("/results").map((request) => request.body["RecordingSid"])).toEqual([result.recordingSid]);
  });

  it("cannot be sent again when their result is not kept any more", async () => {
    const deadLetter = await storeDeadLetter(gateway, await storeResult(gateway, owner));
    const { status, body } = await gateway.call(owner, "POST", `/v1/DeadLetters/${deadLetter}/Redeliver`);
    expect([status, body["code"]]).toEqual([409, 20409]);
    expect((await gateway.call<DeadLetter>(owner, "GET", `/v1/DeadLetters/${deadLetter}`)).body.date_redelivered).toBeNull();
  });

  it("are nobody else's to see, to send, or to follow", async () => {
    const result = await storeResult(gateway, owner);
    const deadLetter = await storeDeadLetter(gateway, result);
    for (const [method, path] of [["GET", `/v1/DeadLetters/${deadLetter}`], ["POST", `/v1/DeadLetters/${deadLetter}/Redeliver`], ["GET", `/v1/Relays/${result.xr}`]] as const) {
      for (const login of [stranger, gateway.operator]) expect((await gateway.call(login, method, path)).status).toBe(404);
    }
    expect((await gateway.call(owner, "GET", `/v1/Relays/${sid("XR")}`)).status).toBe(404);
  });
});

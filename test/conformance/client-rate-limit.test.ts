import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, publish } from "../support/add-ons.ts";
import { deadErrorPages } from "../support/error-pages.ts";
import { startGateway, until, type Login, type TestGateway } from "../support/gateway.ts";
import { answering, startPublisher, type LoopbackPublisher } from "../support/loopback-publisher.ts";
import { restException, twilioClient } from "../support/twilio-client.ts";

describe("more requests than an account may send, with the official client", () => {
  const PER_SECOND = 6;
  let gateway: TestGateway;
  let publisher: LoopbackPublisher;
  let developer: Login;
  let uniqueName: string;

  beforeAll(async () => {
    [gateway, publisher] = await Promise.all([startGateway({ ACCOUNT_RPS: String(PER_SECOND) }), startPublisher()]);
    developer = await gateway.account("Developer", "1");
    const owner = await gateway.account("Publisher");
    publisher.authTokens.set(owner.sid, owner.secret);
    publisher.on("/", answering({ ok: true }));
    const json = definition(publisher, "/");
    uniqueName = json.unique_name;
    await install(gateway, developer, await publish(gateway, owner, json));
  });
  afterAll(async () => {
    expect(await deadErrorPages(gateway)).toEqual([]);
    await Promise.all([gateway.stop(), publisher.stop()]);
    expect(publisher.violations).toEqual([]);
  });

  const lookUps = (autoRetry: boolean, count: number): Promise<unknown>[] => {
    const client = twilioClient(gateway, developer, { autoRetry, maxRetries: 20 });
    return Array.from({ length: count }, () => client.lookups.v1.phoneNumbers("+18778894546").fetch({ addOns: [uniqueName] }));
  };

  it("refuses them with 429 and Retry-After, before any publisher is called", async () => {
    await until("a request is refused", async () => {
      const answers = await Promise.all(Array.from({ length: PER_SECOND * 2 }, () => gateway.call(developer, "GET", "/v1/PhoneNumbers/+18778894546")));
      const refused = answers.find(({ status }) => status === 429);
      if (refused !== undefined) expect([refused.body["code"], refused.headers.get("Retry-After")]).toEqual([20429, "1"]);
      return refused;
    });
    const before = publisher.requests.length;
    const outcomes = await Promise.allSettled(lookUps(false, PER_SECOND * 3));
    const answered = outcomes.filter(({ status }) => status === "fulfilled").length;
    expect(publisher.requests.length - before).toBe(answered);
    expect(answered).toBeLessThan(PER_SECOND * 3);
  });

  it("throws the client's own exception for a 429", async () => {
    const refused = await until("a request is refused", async () => (await Promise.allSettled(lookUps(false, PER_SECOND * 2))).find((outcome) => outcome.status === "rejected"));
    expect(await restException(Promise.reject(refused.reason))).toMatchObject({ status: 429, code: 20429, moreInfo: `${gateway.url}/docs/errors/20429` });
  });

  it("refuses those with test credentials in the same way", async () => {
    const made = await until("test credentials", async () => {
      const { status, body } = await gateway.call<{ test_account_sid: string; test_auth_token: string }>(developer, "POST", "/v1/TestCredentials");
      return status === 201 && body;
    });
    const client = twilioClient(gateway, { sid: made.test_account_sid, secret: made.test_auth_token });
    const sends: (() => Promise<unknown>)[] = [() => client.lookups.v1.phoneNumbers("+18778894546").fetch(), () => client.balance.fetch()];
    for (const send of sends) {
      await until("a request is refused", async () => {
        const outcomes = await Promise.allSettled(Array.from({ length: PER_SECOND * 2 }, send));
        return outcomes.some((outcome) => outcome.status === "rejected" && (outcome.reason as { code?: number }).code === 20429);
      });
    }
  });

  it("lets a client with autoRetry through in the end", async () => {
    const before = publisher.requests.length;
    const startedAtMs = Date.now();
    await Promise.all(lookUps(true, PER_SECOND * 3));
    expect(publisher.requests.length - before).toBe(PER_SECOND * 3);
    // A full bucket and two seconds' worth: it cannot have gone through without being refused in between.
    expect(Date.now() - startedAtMs).toBeGreaterThan(1_000);
  });
});

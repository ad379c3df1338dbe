import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, lookUp, publish } from "../support/add-ons.ts";
import { startGateway, type Answer, type Login, type TestGateway } from "../support/gateway.ts";
import { answering, startPublisher, type LoopbackPublisher } from "../support/loopback-publisher.ts";
import { pathOf, ROUTES } from "../support/routes.ts";

const RPS = 20;
const FAILURES_PER_MINUTE = 30;
const HTTPS = { PUBLIC_URL: "https://gateway.example.com", ALLOW_INSECURE_PUBLISHERS: "false", AUTO_APPROVE: "false" };

/** Every route, as anybody and as the operator. */
async function walk(gateway: TestGateway): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const route of ROUTES) {
    const path = pathOf(route, () => `XX${"0".repeat(32)}`);
    for (const login of [null, gateway.operator]) answers.push(await gateway.call(login, route.method, path, route.body));
  }
  return answers;
}

describe("the limits of requests", () => {
  let gateway: TestGateway;
  let publisher: LoopbackPublisher;
  let developer: Login;
  let name: string;

  beforeAll(async () => {
    [gateway, publisher] = await Promise.all([startGateway({ ACCOUNT_RPS: String(RPS) }), startPublisher()]);
    const owner = await gateway.account("Publisher");
    developer = await gateway.account("Developer", "10");
    publisher.authTokens.set(owner.sid, owner.secret);
    publisher.on("/answer", answering({ found: true }));
    const json = definition(publisher, "/answer");
    name = json.unique_name;
    await install(gateway, developer, await publish(gateway, owner, json));
  });
  afterAll(async () => {
    await Promise.all([gateway.stop(), publisher.stop()]);
    expect(publisher.violations).toEqual([]);
  });

  it("turn an account's requests over its rate away before any publisher is called, and charge nothing for them", async () => {
    const answers = await Promise.all(Array.from({ length: 10 * RPS }, () => lookUp(gateway, developer, [name])));
    const served = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status === 429);
    expect(served.length + refused.length).toBe(answers.length);
    expect(served.length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) {
      expect(answer.body).toEqual({ code: 20429, message: expect.any(String), more_info: `${gateway.url}/docs/errors/20429`, status: 429 });
      expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
    }
    expect(publisher.requests.length).toBe(served.length);
    const { body } = await gateway.call<{ spent: string; events: number }>(gateway.operator, "GET", `/v1/Operator/Accounts/${developer.sid}/Desk`);
    expect([body.events, Math.round(Number(body.spent) * 1e6)]).toEqual([served.length, 100 * served.length]);
  });

  it("are each account's own, and an account's keys share its rate", async () => {
    const other = await gateway.account("Another");
    const { body: key } = await gateway.call<Login>(other, "POST", `/2010-04-01/Accounts/${other.sid}/Keys.json`, { form: {} });
    const startedAtMs = Date.now();
    const answers = await Promise.all(Array.from({ length: 10 * RPS }, (_, index) => lookUp(gateway, index % 2 === 0 ? other : key, [])));
    const seconds = (Date.now() - startedAtMs) / 1_000;
    expect(answers.some(({ status }) => status === 429)).toBe(true);
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(RPS * (1 + seconds));
    expect((await lookUp(gateway, await gateway.account("Not concerned"), [])).status).toBe(200);
  });

  it("turn sign-ins away after 30 that failed in a minute, while valid credentials go on", async () => {
    const account = await gateway.account("Attacked");
    const guess = (): Promise<Answer> => gateway.call({ sid: account.sid, secret: randomBytes(16).toString("hex") }, "GET", "/v1/Invocations");
    const answers = [await guess()];
    // The minute may end once meanwhile, so there may be twice as many.
    while (answers.at(-1)?.status !== 429 && answers.length <= 2 * FAILURES_PER_MINUTE) answers.push(await guess());
    const refused = answers.at(-1);
    expect(refused).toMatchObject({ status: 429, body: { code: 20429, status: 429 } });
    expect(answers.slice(0, FAILURES_PER_MINUTE).map(({ status }) => status)).toEqual(Array.from({ length: FAILURES_PER_MINUTE }, () => 401));
    expect(Number(refused?.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect((await gateway.call(account, "GET", "/v1/Invocations")).status).toBe(200);
    expect((await gateway.call({ sid: gateway.operator.sid, secret: "wrong" }, "GET", "/v1/Invocations")).status).toBe(401);
  });
});

describe("a deployment", () => {
  it.each([
    { variable: "AUTO_APPROVE", vars: { ...HTTPS, AUTO_APPROVE: "true" } },
    { variable: "ALLOW_INSECURE_PUBLISHERS", vars: { ...HTTPS, ALLOW_INSECURE_PUBLISHERS: "true" } },
    { variable: "OPERATOR_AUTH_TOKEN", vars: { OPERATOR_AUTH_TOKEN: "" } },
    { variable: "ENCRYPTION_KEY", vars: { ENCRYPTION_KEY: `k1:${randomBytes(31).toString("base64")}` } },
  ])("that is misconfigured serves nothing, and says by which variable: $variable", async ({ variable, vars }) => {
    const gateway = await startGateway(vars);
    try {
      for (const answer of await walk(gateway)) {
        expect(answer).toMatchObject({ status: 500, body: { code: 20500, status: 500, message: expect.stringContaining(variable) } });
        expect(answer.headers.get("Twilio-Request-Id")).toMatch(/^RQ[0-9a-f]{32}$/);
        for (const value of Object.values(vars).filter((text) => text.length > 5 && text !== HTTPS.PUBLIC_URL)) expect(answer.text).not.toContain(value);
      }
      expect(await gateway.call(null, "OPTIONS", "/health")).toMatchObject({ status: 500 });
      expect(gateway.logs.join("\n")).toContain(variable);
    } finally {
      await gateway.stop();
    }
  });

  it("under https refuses what comes over http [security-tls]", async () => {
    const gateway = await startGateway(HTTPS);
    try {
      for (const answer of await walk(gateway)) {
        expect(answer).toMatchObject({ status: 426, body: { code: 20426, status: 426, more_info: "https://gateway.example.com/docs/errors/20426" } });
      }
    } finally {
      await gateway.stop();
    }
  });
});

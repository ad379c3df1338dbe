import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { lookUp } from "../support/add-ons.ts";
import { runCron } from "../support/cron.ts";
import { startDeveloperWebhook, type DeveloperWebhook, type WebhookRequest } from "../support/developer-webhook.ts";
import { until, type Login, type TestGateway } from "../support/gateway.ts";
import { answering } from "../support/loopback-publisher.ts";
import { startMarketplace, type Marketplace } from "../support/marketplace.ts";

const MINUTE_MS = 60_000;

const kindOf = ({ body }: WebhookRequest): string => `${JSON.parse(String(body["Payload"])).error_code} ${String(body["Level"])}`;

describe("alerts are posted to their account", () => {
  let market: Marketplace;
  let gateway: TestGateway;
  let developer: Login;
  let webhook: DeveloperWebhook;
  /** The start of a minute that no test before has used. */
  let minute = Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS;

  beforeAll(async () => {
    market = await startMarketplace();
    gateway = market.gateway;
  });
  beforeEach(async () => {
    developer = await gateway.account("Developer", "1");
    webhook = await startDeveloperWebhook(developer.secret);
    await setUrl(`${webhook.origin}/alerts`);
  });
  afterEach(async () => {
    await webhook.stop();
    expect(webhook.violations).toEqual([]);
  });
  afterAll(() => market.stop());

  const setUrl = (url: string, login = developer, level = "error") => gateway.call(login, "POST", "/v1/AlertSettings", { form: { AlertUrl: url, AlertLevel: level } });
  const setStatus = (status: string) => gateway.call(gateway.operator, "POST", `/2010-04-01/Accounts/${developer.sid}.json`, { form: { Status: status } });
  const nextMinute = (ahead = 1): Date => new Date((minute += ahead * MINUTE_MS));
  const tick = (at = nextMinute()): Promise<void> => runCron(gateway, "* * * * *", at);

  /** So many failures with 61003: nothing is installed under the name. @returns the account's alerts, newest first. */
  async function fail(count = 1, login = developer): Promise<{ sid: string; resource_sid: string; alert_text: string }[]> {
    for (let failure = 0; failure < count; failure++) await lookUp(gateway, login, ["nothing_here"]);
    const { body } = await gateway.call<{ alerts: { sid: string; resource_sid: string; alert_text: string }[] }>(login, "GET", "/v1/Alerts?PageSize=1000");
    return body.alerts;
  }

  const notices = (): WebhookRequest[] => webhook.requestsTo("/alerts");
  const counts = (): string[] => notices().map(({ body }) => String(body["Count"]));

  it("signed, with the newest of its kind and how many it stands for", async () => {
    const [newest] = await fail(3);
    await tick();
    expect(counts()).toEqual(["3"]);
    const { Payload, ...rest } = notices()[0]?.body ?? {};
    expect(rest).toEqual({
      AccountSid: developer.sid,
      Sid: newest?.sid,
      ParentAccountSid: "",
      Timestamp: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/),
      Level: "ERROR",
      PayloadType: "application/json",
      Count: "3",
    });
    expect(JSON.parse(String(Payload))).toEqual({
      resource_sid: newest?.resource_sid,
      service_sid: null,
      error_code: "61003",
      more_info: { Msg: newest?.alert_text, ErrorCode: "61003", LogLevel: "ERROR", url: `${gateway.url}/docs/errors/61003` },
      webhook: null,
    });
  });

  it("once for each kind and minute, although fifty came, and although cron fires twice", async () => {
    await fail(50);
    const at = nextMinute();
    await Promise.all([tick(at), tick(at)]);
    await tick(at);
    const told = Number(counts()[0]);
    expect(counts()).toHaveLength(1);
    expect(told).toBeGreaterThanOrEqual(20);
    await fail();
    await tick(at);
    expect(counts(), "what came in the same minute waits for the next").toHaveLength(1);
    await tick();
    expect(counts().slice(1)).toEqual(["1"]);
    await tick();
    expect(counts(), "and what was told is not told again").toHaveLength(2);
  });

  it("once, although a run came late and the next minute's overlaps it", async () => {
    const answer = Promise.withResolvers<void>();
    webhook.onRaw("/slow", async (_request, response) => {
      await answer.promise;
      response.writeHead(204).end();
    });
    await setUrl(`${webhook.origin}/slow`);
    await fail();
    const thisMinute = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
    const late = tick(new Date(thisMinute - MINUTE_MS));
    await until("the late run has posted", () => webhook.requestsTo("/slow").length > 0);
    await tick(new Date(thisMinute));
    answer.resolve();
    await late;
    expect(webhook.requestsTo("/slow")).toHaveLength(1);
  });

  it("for each kind by itself", async () => {
    const offer = await market.offer(answering({}, 404));
    webhook.authToken = market.developer.secret;
    await setUrl(`${webhook.origin}/alerts`, market.developer);
    await market.run(offer);
    await fail(2, market.developer);
    await tick();
    const kinds = notices().map(({ body }) => `${JSON.parse(String(body["Payload"])).error_code} ${String(body["Count"])}`);
    expect(kinds.toSorted()).toEqual(["61003 2", "61005 1"]);
  });

  it("to the new URL in the same run, when that is set in between", async () => {
    const offer = await market.offer(answering({}, 404));
    webhook.authToken = market.developer.secret;
    webhook.on("/first", async (_request, response) => {
      await setUrl(`${webhook.origin}/alerts`, market.developer);
      response.status(204).end();
    });
    await setUrl(`${webhook.origin}/first`, market.developer);
    await market.run(offer);
    await fail(1, market.developer);
    await tick();
    expect([...webhook.requestsTo("/first"), ...notices()].map(kindOf).toSorted()).toEqual(["61003 ERROR", "61005 ERROR"]);
    expect(counts()).toEqual(["1"]);
  });

  it("but no warnings once the account wants errors only", async () => {
    const offer = await market.offer(answering({}), { response_schema: { required: ["more"] } });
    webhook.authToken = market.developer.secret;
    await setUrl(`${webhook.origin}/alerts`, market.developer, "warning");
    await market.run(offer);
    await fail(1, market.developer);
    await setUrl(`${webhook.origin}/alerts`, market.developer, "error");
    await tick();
    expect(notices().map(kindOf)).toEqual(["61003 ERROR"]);
  });

  it("when a version is retired that an install of theirs is pinned to", async () => {
    const offer = await market.offer(answering({ ok: true }));
    webhook.authToken = market.developer.secret;
    await setUrl(`${webhook.origin}/alerts`, market.developer, "warning");
    const { body } = await market.gateway.call<{ version: { sid: string } }>(market.owner, "GET", `/v1/Publisher/AddOns/${offer.addOnSid}`);
    const retire = () => gateway.call(market.owner, "POST", `/v1/Publisher/AddOns/${offer.addOnSid}/Versions/${body.version.sid}/Retire`, { form: { SunsetDate: "2099-01-31" } });
    expect([(await retire()).status, (await retire()).status]).toEqual([200, 409]);
    await tick();
    expect(notices().map(({ body: { Level, Count, Payload } }) => [Level, Count, JSON.parse(String(Payload)).resource_sid])).toEqual([["WARNING", "1", body.version.sid]]);
  });

  it("again in the next minutes when the URL failed, together with what came since", async () => {
    let isDown = true;
    webhook.onRaw("/flaky", (request, response) => {
      if (isDown) response.writeHead(503).end();
      else response.writeHead(204).end();
      received.push(String(new URLSearchParams(request.rawBody).get("Count")));
    });
    const received: string[] = [];
    await setUrl(`${webhook.origin}/flaky`);
    await fail(2);
    await tick();
    await fail(1);
    await tick();
    isDown = false;
    await tick();
    await tick();
    expect(received).toEqual(["2", "3", "3"]);
    const { body } = await gateway.call<{ alerts: { error_code: string }[] }>(developer, "GET", "/v1/Alerts");
    expect(body.alerts.map(({ error_code }) => error_code), "a URL that fails raises no alert itself").toEqual(["61003", "61003", "61003"]);
  });

  it("although other accounts' URLs are dead", async () => {
    const dead = await Promise.all(Array.from({ length: 5 }, () => gateway.account("Dead", "1")));
    webhook.onRaw("/hangs", () => undefined);
    for (const login of dead) {
      await setUrl(`${webhook.origin}/hangs`, login);
      await fail(1, login);
    }
    await fail();
    const startedAtMs = Date.now();
    const ticked = tick();
    await until("the account that is well has its notice", () => counts().length > 0, 4_000);
    expect(counts()).toEqual(["1"]);
    await ticked;
    expect(Date.now() - startedAtMs).toBeLessThan(9_000);
    for (const login of dead) await setUrl("", login);
  });

  it("not, once the URL is cleared: what is listed then is only listed", async () => {
    await fail();
    await setUrl("");
    await setUrl(`${webhook.origin}/alerts`);
    await tick();
    expect(counts()).toEqual([]);
    await fail();
    await tick();
    expect(counts()).toEqual(["1"]);
  });

  it("not, while the account is suspended: what was due then is only listed", async () => {
    await fail(2);
    await setStatus("suspended");
    await tick();
    await setStatus("active");
    await tick();
    expect(counts()).toEqual([]);
    await fail();
    await tick();
    expect(counts()).toEqual(["1"]);
  });

  // The last, since every later alert would be too old for the minutes that follow.
  it("until they are an hour old", async () => {
    await fail(3);
    await tick(nextMinute(120));
    expect(counts()).toEqual([]);
    expect(gateway.logs.filter((line) => line.includes('"given_up":1'))).toHaveLength(1);
  });

  it("and a trigger that has no task is a failed run, in the log too", async () => {
    const worker = await gateway.miniflare.getWorker();
    expect((await worker.scheduled({ cron: "0 0 * * *" })).outcome).toBe("exception");
    expect(gateway.logs.filter((line) => line.includes('"unknown_cron"') && line.includes("0 0 * * *"))).toHaveLength(1);
  });

  it("and never with a number in any log line", () => {
    expect(gateway.logs.join("\n")).not.toMatch(/8778894546|nothing_here/);
  });
});

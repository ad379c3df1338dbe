import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDeveloperWebhook, type DeveloperWebhook, type Handle, type WebhookRequest } from "../support/developer-webhook.ts";
import { until, type Login } from "../support/gateway.ts";
import { relayItemOf, startRecordingMarketplace, type AddOnResult, type RecordingMarketplace, type RecordingOffer } from "../support/recording-marketplace.ts";
import type { Recording } from "../support/recordings.ts";

type Relay = { sid: string; status: string; attempts: { number: number; date_sent: string; status: number | null; detail: string }[]; date_next_attempt: string | null; url: string };

/** One result, and the developer's application that is to hear of it. */
type Relayed = { developer: Login; webhook: DeveloperWebhook; recording: Recording; result: AddOnResult };

const status =
  (...codes: number[]): Handle =>
  (_request, response) =>
    void response.status((codes.length > 1 ? codes.shift() : codes[0]) ?? 200).end();

const arrived = ({ webhook }: Relayed, count = 1): Promise<WebhookRequest[]> =>
  until(`${count} relays`, () => webhook.requestsTo("/results").length >= count && webhook.requestsTo("/results"), 20_000);

describe("a result's relay to its developer", () => {
  let market: RecordingMarketplace;
  let offer: RecordingOffer;
  const webhooks: DeveloperWebhook[] = [];

  beforeAll(async () => {
    market = await startRecordingMarketplace();
    offer = await market.offer({}, async (audio, response) => {
      response.writeHead(202).end();
      await market.publisher.callBack(audio, { text: "hello" });
    });
  });
  afterAll(async () => {
    await Promise.all([market.stop(), ...webhooks.map((webhook) => webhook.stop())]);
    expect([...market.publisher.violations, ...webhooks.flatMap(({ violations }) => violations)]).toEqual([]);
  });

  /** @param urlOf what the developer configures; null: nothing. */
  async function relayed(handle: Handle, urlOf: (origin: string) => string | null = (origin) => `${origin}/results`): Promise<Relayed> {
    const developer = await market.gateway.account("Developer");
    const webhook = await startDeveloperWebhook(developer.secret);
    webhooks.push(webhook);
    webhook.on("/results", handle);
    const url = urlOf(webhook.origin);
    await market.install(developer, offer, url === null ? {} : { callback_url: url, callback_method: "POST" });
    const recording = await market.record(developer, { query: { CallSid: `CA${"1".repeat(32)}` } });
    return { developer, webhook, recording, result: await market.resultIn("completed", { developer, recording }) };
  }

  const relayOf = async ({ developer, result }: Relayed): Promise<Relay> => (await market.gateway.call<Relay>(developer, "GET", `/v1/Relays/${result.sid}`)).body;
  const relayIn = (expected: string, one: Relayed): Promise<Relay> =>
    until(`the relay is ${expected}`, async () => {
      const relay = await relayOf(one);
      return relay.status === expected && relay;
    });

  it.concurrent("is one signed form with the result's place, in the envelope that every add-on has [requests-asynchronous-relay]", async () => {
    const one = await relayed(status(200));
    const [request] = await arrived(one);
    if (request === undefined) throw new Error("no relay");
    expect(request).toMatchObject({ method: "POST", headers: { "content-type": expect.stringMatching(/^application\/x-www-form-urlencoded/), "i-twilio-idempotency-token": one.result.sid } });
    expect(request.body).toEqual({ AccountSid: one.developer.sid, RecordingSid: one.recording.sid, AddOns: expect.any(String) });
    const recording = market.gateway.url + one.recording.uri.replace(/\.json$/, "");
    const result = `${recording}/AddOnResults/${one.result.sid}`;
    const [payload] = await market.payloads(one.developer, one.result);
    expect(JSON.parse(String(request.body["AddOns"]))).toEqual({
      status: "successful",
      message: null,
      code: null,
      results: {
        [offer.name]: {
          request_sid: one.result.sid,
          status: "successful",
          message: null,
          code: null,
          payload: [{ content_type: "application/json", url: `${result}/Payloads/${payload?.sid}/Data` }],
          links: { add_on_result: `${result}.json`, payloads: `${result}/Payloads.json`, recording: `${recording}.json` },
        },
      },
    });
    expect(await relayIn("delivered", one)).toEqual({
      sid: one.result.sid,
      account_sid: one.developer.sid,
      status: "delivered",
      attempts: [{ number: 1, date_sent: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/), status: 200, detail: "It answered with status 200." }],
      date_next_attempt: null,
      url: `${market.gateway.url}/v1/Relays/${one.result.sid}`,
      links: { add_on_result: `${result}.json`, recording: `${recording}.json` },
    });
    for (const link of Object.values(relayItemOf(request).links)) expect((await market.gateway.call(one.developer, "GET", new URL(link).pathname)).status).toBe(200);
  });

  it.concurrent("is sent again as it was after 5 s when the URL failed, and each attempt is shown", async () => {
    const one = await relayed(status(503, 204));
    const [first] = await arrived(one);
    const waiting = await until("the attempt is shown", async () => {
      const relay = await relayOf(one);
      return relay.attempts.length > 0 && relay;
    });
    expect(waiting).toMatchObject({ status: "pending", attempts: [{ number: 1, status: 503 }], date_next_attempt: expect.any(String) });
    const [, second] = await arrived(one, 2);
    expect(second?.rawBody).toBe(first?.rawBody);
    // 5 s, ±20 %; dates are whole seconds.
    const waitedMs = (second?.receivedAtMs ?? 0) - (first?.receivedAtMs ?? 0);
    expect(waitedMs).toBeGreaterThanOrEqual(3_900);
    expect(waitedMs).toBeLessThan(10_000);
    expect(await relayIn("delivered", one)).toMatchObject({ attempts: [{ number: 1, status: 503 }, { number: 2, status: 204 }], date_next_attempt: null });
  });

  it.concurrent("stops for ever with 410, and is no dead letter: nobody wants it any more", async () => {
    const one = await relayed(status(410));
    await arrived(one);
    const relay = await until("nothing is due any more", async () => {
      const answer = await relayOf(one);
      return answer.status !== "pending" && answer;
    });
    expect(relay).toMatchObject({ status: "stopped", attempts: [{ number: 1, status: 410 }], date_next_attempt: null });
    const { body } = await market.gateway.call<{ dead_letters: unknown[] }>(one.developer, "GET", "/v1/DeadLetters");
    expect(body.dead_letters).toEqual([]);
  });

  it.concurrent("is none when the configuration names no URL, and the result is there to be fetched", async () => {
    const one = await relayed(status(200), () => null);
    expect(await relayOf(one)).toMatchObject({ status: "none", attempts: [], date_next_attempt: null });
    const [payload] = await market.payloads(one.developer, one.result);
    if (payload === undefined) throw new Error("no payload");
    expect(await market.data(one.developer, one.result, payload)).toBe('{"text":"hello"}');
    expect(one.webhook.requests).toEqual([]);
  });

  it.concurrent("sends what stands before the host as Basic, and does not sign it", async () => {
    const one = await relayed(status(200), (origin) => `${origin.replace("://", "://me:p%40ss@")}/results?tenant=7`);
    const [request] = await arrived(one);
    expect(request).toMatchObject({ originalUrl: "/results?tenant=7", headers: { authorization: `Basic ${btoa("me:p@ss")}` } });
    expect(JSON.stringify(await relayIn("delivered", one))).not.toContain("p@ss");
  });

  it.concurrent("of one developer, whose URL does not answer, holds up nobody else's", async () => {
    const held: (() => void)[] = [];
    const slow = await relayed((_request, response) => void held.push(() => response.end()));
    await arrived(slow);
    const others = await Promise.all(Array.from({ length: 5 }, () => relayed(status(200))));
    for (const other of others) await relayIn("delivered", other);
    expect(await relayOf(slow)).toMatchObject({ status: "pending", attempts: [] });
    for (const release of held) release();
    await relayIn("delivered", slow);
  });

  it.concurrent("is signed with the auth token that is the account's when it goes out", async () => {
    const one = await relayed(status(500, 200));
    await arrived(one);
    const secondary = await market.gateway.call<{ secondary_auth_token: string }>(one.developer, "POST", "/v1/AuthTokens/Secondary");
    const promoted = { sid: one.developer.sid, secret: secondary.body.secondary_auth_token };
    one.webhook.authToken = promoted.secret;
    expect((await market.gateway.call(promoted, "POST", "/v1/AuthTokens/Promote")).status).toBe(200);
    await relayIn("delivered", { ...one, developer: promoted });
    expect(one.webhook.requestsTo("/results")).toHaveLength(2);
  });
});

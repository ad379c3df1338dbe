import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DeveloperWebhook } from "../support/developer-webhook.ts";
import { until } from "../support/gateway.ts";
import { requireRelayTo, startRecordingMarketplace, type RecordingMarketplace, type SentRecording } from "../support/recording-marketplace.ts";
import type { RespondToAudio } from "../support/recording-publisher.ts";

const PRICE = { pricing: { model: "per_use", unit_price: "0.25", currency: "USD" } };
const REFUSAL = '{ "error": "the language is not supported", "id": 12345678901234567890 }';

const answer =
  (status: number, body = "", headers: Record<string, string> = {}): RespondToAudio =>
  (_audio, response) =>
    void response.writeHead(status, headers).end(body);

/** One answer after the other; the last one stays. */
function inTurn(...answers: RespondToAudio[]): RespondToAudio {
  const left = [...answers];
  return (audio, response) => {
    const [first] = left.length > 1 ? left.splice(0, 1) : left;
    return first?.(audio, response);
  };
}

const reset: RespondToAudio = (_audio, response) => void response.socket?.destroy();

describe("a publisher's answer to audio", () => {
  let market: RecordingMarketplace;

  beforeAll(async () => {
    market = await startRecordingMarketplace();
  });
  afterAll(async () => {
    await market.stop();
    expect(market.violations()).toEqual([]);
  });

  const send = (respond: RespondToAudio): Promise<SentRecording> => market.send({ respond, change: PRICE, dollars: "10" });

  it.concurrent.each([
    { title: "202 without a body [responses-202, recording-accepted]", respond: answer(202) },
    { title: "204 [recording-accepted]", respond: answer(204) },
    { title: "202 with a body, which nobody reads", respond: answer(202, "<p>Merci, c'est not\u00e9</p>", { "Content-Type": "text/html" }) },
  ])("accepts it: $title", async ({ respond }) => {
    const sent = await send(respond);
    const accepted = await market.resultIn("in-progress", sent);
    expect(accepted.date_completed).toBeNull();
    expect((await market.publisher.callBack(await market.audioOf(sent), { text: "hello" })).status).toBe(200);
    const { sid } = await market.resultIn("completed", sent);
    expect(await market.logged(sent.developer, sid)).toMatchObject({ status: "successful", code: null, price: "0.25" });
  });

  it.concurrent.each([
    { title: "a 202 of Latin-1 letters", respond: (_audio: unknown, response: Parameters<RespondToAudio>[1]) => void response.writeHead(202).end(Buffer.from([0xe9, 0xe8])) },
    { title: "a 202 of 100 KB", respond: answer(202, "x".repeat(100_000)) },
  ])("accepts it whatever stands in the body: $title", async ({ respond }) => {
    await market.resultIn("in-progress", await send(respond));
  });

  it.concurrent("refuses it with 200 and a JSON object, which is kept as a payload and counts against nobody [responses-asynchronous-200]", async () => {
    const sent = await send(answer(200, REFUSAL, { "Content-Type": "application/json" }));
    const result = await market.resultIn("failed", sent);
    const [payload, ...more] = await until("its payload is listed", async () => {
      const payloads = await market.payloads(sent.developer, result);
      return payloads.length > 0 && payloads;
    });
    expect(more).toEqual([]);
    if (payload === undefined) throw new Error("no payload");
    expect(await market.data(sent.developer, result, payload)).toBe(REFUSAL);
    for (const login of [sent.developer, market.owner]) {
      expect(await market.logged(login, result.sid)).toMatchObject({ status: "failed", code: 61002, counts_against_sla: false, price: "0.00", attempts: [{ status: 200 }] });
    }
    expect(await market.balance(sent.developer)).toBe("10.00");
    expect((await market.publisher.callBack(await market.audioOf(sent), { text: "after all" })).status).toBe(410);
  });

  it.concurrent.each([
    { title: "200 with HTML", respond: answer(200, "<html></html>"), code: 61002 },
    { title: "200 with a JSON list", respond: answer(200, "[1]"), code: 61002 },
    { title: "200 without a body", respond: answer(200), code: 61002 },
    { title: "201 with a JSON object", respond: answer(201, "{}"), code: 61002 },
    { title: "302, which is not followed", respond: answer(302, "", { Location: "/elsewhere" }), code: 61002 },
    { title: "400 [responses-4xx]", respond: answer(400, "{}"), code: 61005 },
    { title: "401", respond: answer(401), code: 61005 },
    { title: "404", respond: answer(404), code: 61005 },
    { title: "429", respond: answer(429, "", { "Retry-After": "1" }), code: 61005 },
  ])("fails it at once, unbilled and against the publisher: $title", async ({ respond, code }) => {
    const sent = await send(respond);
    const result = await market.resultIn("failed", sent);
    expect(await market.logged(sent.developer, result.sid)).toMatchObject({ status: "failed", code, counts_against_sla: true, price: "0.00", attempts: [{}] });
    expect(await market.received(sent)).toHaveLength(1);
    expect(await market.payloads(sent.developer, result)).toEqual([]);
    expect(await market.balance(sent.developer)).toBe("10.00");
    for (const login of [sent.developer, market.owner]) {
      await until("it is told of it", async () => {
        const { body } = await market.gateway.call<{ alerts: { error_code: string; resource_sid: string }[] }>(login, "GET", "/v1/Alerts?PageSize=1000");
        return body.alerts.some((alert) => alert.error_code === String(code) && alert.resource_sid === result.sid);
      });
    }
    expect(market.publisher.received.some(({ url }) => url.pathname === "/elsewhere")).toBe(false);
  });

  describe("that is a 5xx or none at all", () => {
    let webhook: DeveloperWebhook;
    let sent: Record<"unavailable" | "reset" | "calledBack", SentRecording>;
    let callbackStatus: number;

    beforeAll(async () => {
      // Each waits for 5 s, so all three wait together. The last one calls back at once, although it has answered 500.
      const calledBackAtOnce = async () => {
        const one = await market.sendWithRelay({ respond: answer(500), change: PRICE, dollars: "10" });
        callbackStatus = (await market.publisher.callBack(await market.audioOf(one), { text: "hello" })).status;
        return one;
      };
      const [unavailable, broken, calledBack] = await Promise.all([
        send(inTurn(answer(503), answer(202))),
        send(inTurn(reset, answer(204))),
        calledBackAtOnce(),
      ]);
      webhook = calledBack.webhook;
      sent = { unavailable, reset: broken, calledBack };
      for (const one of Object.values(sent)) await market.audioOf(one);
    });

    it("has the result taken all the same when the publisher calls back before the next try: one result, one charge, one relay", async () => {
      const one = sent.calledBack;
      expect(callbackStatus).toBe(200);
      const { sid } = await market.resultIn("completed", one);
      expect(await requireRelayTo(webhook)).toMatchObject({ request_sid: sid, status: "successful", code: null });
      expect(await market.logged(one.developer, sid)).toMatchObject({ status: "successful", price: "0.25", attempts: [{ status: 500, failure: "server_error" }] });
      expect(await market.balance(one.developer)).toBe("9.75");
    });

    it.each([
      { title: "503 [responses-5xx, responses-retry-request-sid]", name: "unavailable" as const, attempts: [{ status: 503, failure: "server_error" }, { status: 202, failure: null }] },
      { title: "a broken connection", name: "reset" as const, attempts: [{ status: null, failure: "connection_failed" }, { status: 204, failure: null }] },
    ])("has the audio sent again after 5 s, as the same request: $title", async ({ name, attempts }) => {
      const [first, second, ...more] = await market.received(sent[name], 2);
      if (first === undefined || second === undefined) throw new Error("no second try");
      expect(more).toEqual([]);
      expect([second.requestSid, second.callbackUrl, second.body.equals(first.body)]).toEqual([first.requestSid, first.callbackUrl, true]);
      const [began, again] = [first, second].map(({ url }) => Date.parse(url.searchParams.get("InvocationDate") ?? ""));
      expect((again ?? 0) - (began ?? 0)).toBeGreaterThanOrEqual(4_000);
      await market.resultIn("in-progress", sent[name]);
      expect((await market.publisher.callBack(second, { text: "hello" })).status).toBe(200);
      const { sid } = await market.resultIn("completed", sent[name]);
      expect((await market.logged(sent[name].developer, sid)).attempts).toMatchObject(attempts);
      expect(await market.balance(sent[name].developer)).toBe("9.75");
    });

    it("is not tried again once it was called back: what was due is given up", async () => {
      // The others' second try has come by now.
      expect(await market.received(sent.calledBack)).toHaveLength(1);
      expect(webhook.requestsTo("/results")).toHaveLength(1);
    });
  });

  it.concurrent("may come after the callback itself: one result, one charge", async () => {
    const sent = await send(async (audio, response) => {
      const { status } = await market.publisher.callBack(audio, { text: "at once" });
      response.writeHead(status === 200 ? 202 : 500).end();
    });
    const { sid } = await market.resultIn("completed", sent);
    expect(await market.logged(sent.developer, sid)).toMatchObject({ status: "successful", price: "0.25", attempts: [{}] });
    expect(await market.balance(sent.developer)).toBe("9.75");
  });
});

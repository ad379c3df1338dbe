import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until, type Login } from "../support/gateway.ts";
import type { LoggedInvocation } from "../support/marketplace.ts";
import { requireRelayTo, startRecordingMarketplace, type RecordingMarketplace, type SendOptions, type SentRecording } from "../support/recording-marketplace.ts";
import type { RespondToAudio } from "../support/recording-publisher.ts";
import { wav } from "../support/wav.ts";

const priced = (model: string, unit_price: string, more: Record<string, unknown> = {}) => ({ pricing: { model, unit_price, currency: "USD", ...more } });
const perSuccess = (success: Record<string, string[]>) => priced("per_success", "0.5", { success });
/** Of 8 bits, so that a minute is no more than half a megabyte. */
const seconds = (length: number, channels = 1) => wav({ seconds: length, channels, bits: 8 });

describe("a recording's price", () => {
  let market: RecordingMarketplace;

  beforeAll(async () => {
    market = await startRecordingMarketplace();
  });
  afterAll(async () => {
    await market.stop();
    expect(market.violations()).toEqual([]);
  });

  /** Accepts the audio and calls back with this, as often as is said. */
  const resulting =
    (result: unknown, times = 1): RespondToAudio =>
    async (audio, response) => {
      response.writeHead(202).end();
      for (let count = 0; count < times; count++) {
        const { status, text } = await market.publisher.callBack(audio, result);
        if (status !== 200) throw new Error(text);
      }
    };
  const send = (result: unknown, change: Record<string, unknown>, more: SendOptions = {}): Promise<SentRecording> => market.send({ respond: resulting(result), change, dollars: "10", ...more });

  /** All that an account's log has, once there is so much. */
  const loggedOf = (login: Login, count: number): Promise<LoggedInvocation[]> =>
    until(`${count} invocations are logged`, async () => {
      const { body } = await market.gateway.call<{ invocations: LoggedInvocation[] }>(login, "GET", "/v1/Invocations");
      return body.invocations.length >= count && body.invocations;
    });

  it.concurrent.each([
    { title: "per use, however long it is", change: priced("per_use", "0.25"), audio: seconds(61), result: {}, price: "0.25", left: "9.75" },
    { title: "per minute, for one that has begun", change: priced("per_minute", "0.03"), audio: seconds(1), result: {}, price: "0.03", left: "9.97" },
    { title: "per minute, for one that is full", change: priced("per_minute", "0.03"), audio: seconds(60), result: {}, price: "0.03", left: "9.97" },
    { title: "per minute, for two when it is a second longer [pricing-per-minute]", change: priced("per_minute", "0.03"), audio: seconds(61), result: {}, price: "0.06", left: "9.94" },
    { title: "per success, when all is there", change: perSuccess({ present: ["/text"], absent: ["/error"] }), audio: seconds(61), result: { text: "hello" }, price: "0.50", left: "9.50" },
    { title: "per success, when something is missing", change: perSuccess({ present: ["/text"] }), audio: seconds(1), result: { text: null }, price: "0.00", left: "10.00" },
    { title: "per success, when something is there that must not be", change: perSuccess({ absent: ["/error"] }), audio: seconds(1), result: { error: "no speech" }, price: "0.00", left: "10.00" },
  ])("is taken $title", async ({ change, audio, result, price, left }) => {
    const sent = await send(result, change, { audio });
    const { sid } = await market.resultIn("completed", sent);
    for (const login of [sent.developer, market.owner]) expect(await market.logged(login, sid)).toMatchObject({ status: "successful", code: null, price });
    expect(await market.balance(sent.developer)).toBe(left);
  });

  it.concurrent("is taken of each channel that was sent, by its own minutes", async () => {
    const sent = await send({}, priced("per_minute", "0.03"), { audio: seconds(61, 2) });
    await until("both are completed", async () => {
      const results = await market.results(sent.developer, sent.recording.sid);
      return results.length === 2 && results.every(({ status }) => status === "completed");
    });
    const logged = await loggedOf(sent.developer, 2);
    expect(logged.map(({ price, status }) => [price, status])).toEqual([["0.06", "successful"], ["0.06", "successful"]]);
    expect(await market.balance(sent.developer)).toBe("9.88");
  });

  it.concurrent("is taken once when the result comes many times, before and after the end [recording-callback-url]", async () => {
    const sent = await market.send({ respond: resulting({ text: "hello" }, 3), change: priced("per_use", "0.25"), dollars: "10" });
    const { sid } = await market.resultIn("completed", sent);
    expect((await market.publisher.callBack(await market.audioOf(sent), { text: "hello" })).status).toBe(200);
    expect((await market.publisher.callBack(await market.audioOf(sent), { text: "other" })).status).toBe(409);
    expect((await loggedOf(sent.developer, 1)).map((invocation) => [invocation.sid, invocation.price])).toEqual([[sid, "0.25"]]);
    expect(await market.balance(sent.developer)).toBe("9.75");
  });

  it.concurrent("is not taken of a result that the response schema refuses: it is recorded as failed at 0, with no payload, and told so [responses-callback-json]", async () => {
    const response_schema = { type: "object", required: ["text"], properties: { text: { type: "string" } } };
    const sent = await market.sendWithRelay({ change: { ...priced("per_use", "0.25"), response_schema }, respond: resulting({ text: 42 }), dollars: "10" });
    const { developer } = sent;
    const result = await market.resultIn("failed", sent);
    expect(await market.logged(developer, result.sid)).toMatchObject({ status: "failed", code: 61004, counts_against_sla: false, price: "0.00" });
    expect(await market.payloads(developer, result)).toEqual([]);
    expect(await requireRelayTo(sent.webhook)).toMatchObject({ request_sid: result.sid, status: "failed", code: 61004, message: "No results", payload: [] });
    expect(await market.balance(developer)).toBe("10.00");
    const { body } = await market.gateway.call<{ alerts: { resource_sid: string; error_code: string }[] }>(market.owner, "GET", "/v1/Alerts?PageSize=1000");
    expect(body.alerts.filter(({ resource_sid }) => resource_sid === result.sid)).toMatchObject([{ error_code: "61004" }]);
  });

  it.concurrent("is taken of a result that describes an error, and that no schema refuses: it is passed on as it is [responses-callback-json]", async () => {
    const error = { error: { reason: "nobody speaks", retry: false } };
    const sent = await send(error, priced("per_use", "0.25"));
    const result = await market.resultIn("completed", sent);
    const [payload] = await market.payloads(sent.developer, result);
    if (payload === undefined) throw new Error("no payload");
    expect(JSON.parse(await market.data(sent.developer, result, payload))).toEqual(error);
    expect(await market.logged(sent.developer, result.sid)).toMatchObject({ status: "successful", counts_against_sla: false, price: "0.25" });
  });

  it.concurrent("that the credit does not cover fails it: 61003, no payload, nothing is taken, and the publisher is not to blame", async () => {
    const sent = await send({ text: "hello" }, priced("per_minute", "0.06"), { audio: seconds(61), dollars: "0.11" });
    const result = await market.resultIn("failed", sent);
    for (const login of [sent.developer, market.owner]) expect(await market.logged(login, result.sid)).toMatchObject({ status: "failed", code: 61003, counts_against_sla: false, price: "0.00" });
    expect(await market.payloads(sent.developer, result)).toEqual([]);
    expect(await market.balance(sent.developer)).toBe("0.11");
  });

  it.concurrent("is never more than the credit, with many recordings at once: as many succeed as were paid", async () => {
    const developer = await market.gateway.account("Developer", "1");
    await market.install(developer, await market.offer(priced("per_use", "0.4"), resulting({})));
    const recordings = await Promise.all(Array.from({ length: 6 }, () => market.record(developer)));
    const logged = await loggedOf(developer, recordings.length);
    const outcomes = logged.map(({ status, code, price }) => `${status} ${code} ${price}`);
    expect(outcomes.filter((outcome) => outcome === "successful null 0.40")).toHaveLength(2);
    expect(outcomes.filter((outcome) => outcome === "failed 61003 0.00")).toHaveLength(4);
    expect(await market.balance(developer)).toBe("0.20");
  });
});

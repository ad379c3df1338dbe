import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorization, until } from "../support/gateway.ts";
import { requireRelayTo, startRecordingMarketplace, type RecordingMarketplace, type SendOptions, type SentRecording } from "../support/recording-marketplace.ts";
import type { ReceivedAudio, RespondToAudio } from "../support/recording-publisher.ts";
import { keysWith } from "../support/recordings.ts";
import { wav } from "../support/wav.ts";

const run = promisify(execFile);
const CALLBACK_MIN_MS = 1_500;
/** The longest time of these tests, the five seconds in which callbacks are read back, and this machine's. */
const FAILED_MS = 25_000;
const LIMIT_BYTES = 104_857_600;
const change = { pricing: { model: "per_minute", unit_price: "0.25", currency: "USD" } };

const times = (times_duration: number) => ({ ...change, callback_timeout: { times_duration } });
const ttlMs = ({ url }: ReceivedAudio): number => Number(url.searchParams.get("InvocationTtlMs"));

describe("the time of a callback", () => {
  let market: RecordingMarketplace;

  beforeAll(async () => {
    market = await startRecordingMarketplace({ CALLBACK_MIN_MS: String(CALLBACK_MIN_MS) });
  });
  afterAll(async () => {
    await market.stop();
    expect(market.violations()).toEqual([]);
  });

  const send = (options: SendOptions = {}): Promise<SentRecording> => market.send({ audio: wav({ seconds: 0.1 }), change, dollars: "10", ...options });
  const callbackKeys = ({ requestSid }: ReceivedAudio): Promise<string[]> => keysWith(market.gateway, requestSid);

  async function expectTimedOut(sent: SentRecording): Promise<string> {
    const result = await market.resultIn("failed", sent, FAILED_MS);
    expect(await market.payloads(sent.developer, result)).toEqual([]);
    for (const login of [sent.developer, market.owner]) {
      expect(await market.logged(login, result.sid)).toMatchObject({ status: "failed", code: 61001, counts_against_sla: true, price: "0.00" });
    }
    expect(await market.balance(sent.developer)).toBe("10.00");
    return result.sid;
  }

  it.concurrent.each([
    ["ten times the audio's", 0.3, {}, 3_000],
    ["as many times the audio's as the definition says", 1, times(2.5), 2_500],
    ["the minimum for short audio", 0.1, {}, CALLBACK_MIN_MS],
  ])("is %s after its acceptance, and not over before [recording-timeout, callback-sla-timeout]", async (_what, seconds, more, timeMs) => {
    let acceptedAtMs = Infinity;
    const respond: RespondToAudio = (_audio, response) => {
      acceptedAtMs = Date.now();
      response.writeHead(202).end();
    };
    const sent = await send({ audio: wav({ seconds }), change: { ...change, ...more }, respond });
    await market.resultIn("failed", sent, FAILED_MS);
    // The gateway's clock is whole milliseconds too. Five seconds later it is said; the rest is the alarm's and this machine's.
    expect(Date.now() - acceptedAtMs).toBeGreaterThanOrEqual(timeMs - 10);
    expect(Date.now() - acceptedAtMs).toBeLessThan(timeMs + 9_000);
    expect(await market.balance(sent.developer)).toBe("10.00");
  });

  it.concurrent("over, it has failed: an error payload goes to the developer, nothing is billed, and the callback is gone [recording-timeout, callback-sla-timeout]", async () => {
    const sent = await market.sendWithRelay({ audio: wav({ seconds: 0.1 }), change, dollars: "10" });
    const sid = await expectTimedOut(sent);
    expect(await requireRelayTo(sent.webhook)).toMatchObject({ request_sid: sid, status: "failed", code: 61001, message: "Request timed out", payload: [], detail: expect.any(String) });
    const audio = await market.audioOf(sent);
    const late = await market.publisher.callBack(audio, { text: "too late" });
    expect([late.status, JSON.parse(late.text).code]).toEqual([410, 20410]);
    expect(await callbackKeys(audio)).toEqual([]);
    expect(await market.balance(sent.developer)).toBe("10.00");
    for (const login of [sent.developer, market.owner]) {
      const { body } = await market.gateway.call<{ alerts: { error_code: string; resource_sid: string }[] }>(login, "GET", "/v1/Alerts?PageSize=1000");
      expect(body.alerts.filter(({ resource_sid }) => resource_sid === sid)).toMatchObject([{ error_code: "61001" }]);
    }
    expect(sent.webhook.requestsTo("/results")).toHaveLength(1);
  });

  it.concurrent("counts to the end of the upload: one that began before and ends after is gone, and not kept", async () => {
    const sent = await send();
    const audio = await market.audioOf(sent);
    const { pathname, hostname, port, host } = new URL(audio.callbackUrl);
    const socket = connect(Number(port), hostname);
    const received: Buffer[] = [];
    socket.on("data", (data) => received.push(data));
    const head = [`POST ${pathname} HTTP/1.1`, `Host: ${host}`, `Authorization: ${authorization(market.owner)["Authorization"]}`, "Content-Length: 20"];
    socket.write(`${head.join("\r\n")}\r\n\r\n{"text":"`);
    await expectTimedOut(sent);
    socket.write('too late"}\n');
    await until("it is answered", () => Buffer.concat(received).includes("\r\n\r\n"));
    socket.destroy();
    expect(Buffer.concat(received).toString()).toMatch(/^HTTP\/1\.1 410 /);
    await until("it is not kept", async () => (await callbackKeys(audio)).length === 0);
  });

  it.concurrent("is told to the publisher: ten times the audio's, or as often as the definition says, and a minimum [callback-sla-recommended]", async () => {
    const seconds = 2;
    const all = await Promise.all([
      send({ audio: wav({ seconds }) }),
      send({ audio: wav({ seconds }), change: times(3) }),
      send({ audio: wav({ seconds }), change: times(2.5) }),
      send({ audio: wav({ seconds: 0.1 }), change: times(2) }),
      send({ audio: wav({ seconds, channels: 2 }), change: times(1) }),
    ]);
    const told = await Promise.all(all.map(async (sent) => ttlMs(await market.audioOf(sent))));
    expect(told).toEqual([20_000, 6_000, 5_000, CALLBACK_MIN_MS, 2_000]);
  });

  it.concurrent("is as long as the definition says: a result after the audio's own length is taken, one after three times it is gone [callback-sla-recommended]", async () => {
    const seconds = 1;
    const options = { audio: wav({ seconds }), change: times(3) };
    const [inTime, late] = await Promise.all([send(options), send(options)]);
    const audio = await market.audioOf(inTime);
    const acceptedAtMs = Date.now();
    await until("the audio has been heard once", () => Date.now() > acceptedAtMs + seconds * 1_000);
    expect((await market.publisher.callBack(audio, { text: "in time" })).status).toBe(200);
    await market.resultIn("completed", inTime);
    await expectTimedOut(late);
    expect(await market.balance(inTime.developer)).toBe("9.75");
  });

  it("is all that a result has which is larger than 100 MB: refused, not kept, then an error payload and nothing to pay [callback-size]", async () => {
    const folder = await mkdtemp(resolve(tmpdir(), "dipswitch-large-"));
    const sent = await market.sendWithRelay({ audio: wav({ seconds: 1 }), change, dollars: "10" });
    try {
      const file = resolve(folder, "result.json");
      await writeFile(file, `{"text":"${"x".repeat(LIMIT_BYTES + 1 - 11)}"}`);
      const audio = await market.audioOf(sent);
      const { stdout } = await run("curl", ["-s", "-u", `${market.owner.sid}:${market.owner.secret}`, "-H", "Content-Type: application/json", "--data-binary", `@${file}`, "-w", "\n%{http_code}", audio.callbackUrl]);
      const [body = "", status] = stdout.split("\n");
      expect([status, JSON.parse(body).code]).toEqual(["413", 20413]);
      expect(await callbackKeys(audio)).toEqual([]);
      const sid = await expectTimedOut(sent);
      expect(await requireRelayTo(sent.webhook)).toMatchObject({ request_sid: sid, status: "failed", code: 61001, payload: [] });
      expect(await callbackKeys(audio)).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

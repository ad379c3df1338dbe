import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Login } from "../support/gateway.ts";
import { startRecordingMarketplace, type RecordingMarketplace } from "../support/recording-marketplace.ts";
import { keysWith } from "../support/recordings.ts";
import { wav } from "../support/wav.ts";

type Alert = { error_code: string; resource_sid: string; alert_text: string; request_url: string | null; service_sid: string };

const GOOD = '{"text":"hello"}';
const BAD: { what: string; body: string | Buffer; headers?: Record<string, string>; caller?: "stranger"; secret?: string; status: number; code: number; alerts: RegExp | null }[] = [
  { what: "HTML", body: "<html>done</html>", headers: { "Content-Type": "text/html" }, status: 400, code: 20001, alerts: /not well-formed JSON, at byte 0/ },
  { what: "deep-nested", body: `{"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`, status: 400, code: 20001, alerts: /deeper than 512 levels, at byte 516/ },
  { what: "cut off", body: GOOD.slice(0, -1), status: 400, code: 20001, alerts: /not well-formed JSON, at byte 15/ },
  { what: "gzip-encoded", body: gzipSync(GOOD), headers: { "Content-Encoding": "gzip" }, status: 415, code: 20415, alerts: /without a Content-Encoding/ },
  { what: "gzip, and does not say so", body: gzipSync(GOOD), status: 400, code: 20001, alerts: /is not UTF-8|not well-formed/ },
  { what: "by another publisher", body: GOOD, caller: "stranger", status: 404, code: 20404, alerts: null },
  { what: "with a guessed secret", body: GOOD, secret: "0".repeat(64), status: 404, code: 20404, alerts: null },
];

describe("a callback that is not taken", () => {
  let market: RecordingMarketplace;
  let stranger: Login;

  beforeAll(async () => {
    market = await startRecordingMarketplace({ CALLBACK_MIN_MS: "1500" });
    stranger = await market.gateway.account("Another publisher");
  });
  afterAll(async () => {
    await market.stop();
    expect(market.violations()).toEqual([]);
  });

  const alertsOf = async (login: Login, xr: string): Promise<Alert[]> =>
    (await market.gateway.call<{ alerts: Alert[] }>(login, "GET", "/v1/Alerts?PageSize=1000")).body.alerts.filter(({ resource_sid }) => resource_sid === xr);

  it.concurrent.each(BAD)("since it is $what has a clear answer, an alert where it concerns someone, and no charge", async ({ body, headers = {}, caller, secret, status, code, alerts }) => {
    const change = { pricing: { model: "per_use", unit_price: "0.25", currency: "USD" } };
    const sent = await market.send({ audio: wav({ seconds: 0.1 }), change, dollars: "10" });
    const audio = await market.audioOf(sent);
    const bytes = Buffer.from(body);
    const to = secret === undefined ? audio : { ...audio, callbackUrl: audio.callbackUrl.replace(/[^/]+$/, secret) };
    // Twice: one alert of a kind is enough.
    for (let count = 0; count < 2; count++) {
      const answer = await market.publisher.callBack(to, bytes, caller === "stranger" ? stranger : market.owner, headers);
      expect([answer.status, JSON.parse(answer.text)]).toEqual([status, expect.objectContaining({ code, message: expect.any(String) })]);
    }

    // Nobody calls back as they should, so it ends with its time.
    const { sid } = await market.resultIn("failed", sent);
    expect(await market.logged(sent.developer, sid)).toMatchObject({ code: 61001, price: "0.00" });
    expect([await market.balance(sent.developer), await keysWith(market.gateway, sid)]).toEqual(["10.00", []]);
    expect((await alertsOf(sent.developer, sid)).map(({ error_code }) => error_code)).toEqual(["61001"]);
    expect(await alertsOf(stranger, sid)).toEqual([]);
    const told = (await alertsOf(market.owner, sid)).filter(({ error_code }) => error_code !== "61001");
    if (alerts === null) return expect(told).toEqual([]);
    expect(told).toMatchObject([{ error_code: String(code), service_sid: sent.addOnSid, alert_text: expect.stringMatching(alerts), request_url: `${market.gateway.url}/v1/AddOnResults/${sid}/Callback/***` }]);
  });

  it("leaves its URL usable: what is then sent as it should be is taken, charged, and no alert to the developer", async () => {
    const change = { pricing: { model: "per_use", unit_price: "0.25", currency: "USD" } };
    const sent = await market.send({ audio: wav({ seconds: 1 }), change, dollars: "10" });
    const audio = await market.audioOf(sent);
    expect((await market.publisher.callBack(audio, Buffer.from("<html>"))).status).toBe(400);
    expect((await market.publisher.callBack(audio, Buffer.from(GOOD))).status).toBe(200);
    expect((await market.publisher.callBack(audio, Buffer.from('{"text":"other"}'))).status).toBe(409);
    const { sid } = await market.resultIn("completed", sent);
    expect([await market.balance(sent.developer), await alertsOf(sent.developer, sid)]).toEqual(["9.75", []]);
    expect((await alertsOf(market.owner, sid)).map(({ error_code }) => error_code).toSorted()).toEqual(["20001", "20409"]);
  });
});

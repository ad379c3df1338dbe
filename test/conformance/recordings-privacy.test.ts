import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDeveloperWebhook, type DeveloperWebhook } from "../support/developer-webhook.ts";
import { until, type Login } from "../support/gateway.ts";
import { startRecordingMarketplace, type RecordingMarketplace, type RecordingOffer } from "../support/recording-marketplace.ts";
import type { ReceivedAudio, RespondToAudio } from "../support/recording-publisher.ts";
import { postRecording } from "../support/recordings.ts";
import { databaseRows, filesLeft, findings, type Stored } from "../support/stored-data.ts";
import { wav } from "../support/wav.ts";

const mark = (): string => randomBytes(16).toString("hex");

/** What only R2 may hold. */
const PERSONAL = { "the audio": mark(), "a result": mark(), "a refusal": mark(), "a publisher's page": mark() };
/** What nothing may hold. */
const SECRETS = { "the credentials of the add-on": mark(), "a guessed secret": mark() + mark() };
/** What stands with the install that it configures. */
const RELAY_PASSWORD = mark();

describe("the privacy of recordings", () => {
  let market: RecordingMarketplace;
  let webhook: DeveloperWebhook;
  let developer: Login;
  let stateDir: string;
  let audio: Buffer<ArrayBuffer>;
  const answers: Stored[] = [];

  beforeAll(async () => {
    stateDir = await mkdtemp(resolve(tmpdir(), "dipswitch-recordings-privacy-"));
    market = await startRecordingMarketplace({ CALLBACK_MIN_MS: "4000" }, stateDir);
    developer = await market.gateway.account("Developer", "10");
    webhook = await startDeveloperWebhook(developer.secret);
    audio = wav({ seconds: 0.1 });
    audio.write(PERSONAL["the audio"], 44, "latin1");
    webhook.onRaw("/failing", (_request, response) => void response.writeHead(500).end(PERSONAL["a result"]));
  });
  afterAll(async () => {
    await Promise.all([market.stop(), webhook.stop()]);
    await rm(stateDir, { recursive: true, force: true });
    expect([...market.publisher.violations, ...webhook.violations]).toEqual([]);
  });

  /** One add-on for each way in which the work on a recording can end. */
  const WAYS: { what: string; respond?: RespondToAudio; result?: unknown; change?: Record<string, unknown>; code: number | null }[] = [
    { what: "successful", result: { text: PERSONAL["a result"] }, code: null },
    { what: "response schema refused", result: { text: PERSONAL["a result"] }, change: { response_schema: { type: "object", properties: { text: { type: "string", pattern: "^never$" } } } }, code: 61004 },
    { what: "refused", respond: (_audio, response) => void response.writeHead(200).end(JSON.stringify({ error: PERSONAL["a refusal"] })), code: 61002 },
    { what: "not JSON", respond: (_audio, response) => void response.writeHead(200).end(PERSONAL["a publisher's page"]), code: 61002 },
    { what: "client error", respond: (_audio, response) => void response.writeHead(403).end(PERSONAL["a publisher's page"]), code: 61005 },
    { what: "redirected", respond: ({ callbackUrl }, response) => void response.writeHead(302, { Location: callbackUrl }).end(), code: 61002 },
    { what: "timed out", code: 61001 },
    { what: "request schema refused", change: { request_schema: { type: "object", properties: { callback_url: { type: "string", pattern: "^never$" } } } }, code: 61003 },
  ];

  it("stands the test of work that ends in every way, and of relays that fail", async () => {
    const offers: RecordingOffer[] = [];
    for (const { respond, change } of WAYS) {
      const credentials = { type: "bearer", token: SECRETS["the credentials of the add-on"] };
      const offer = await market.offer({ ...change, request: { credentials } }, respond);
      const path = offers.length % 2 === 0 ? "/results" : "/failing";
      await market.install(developer, offer, { callback_url: `${webhook.origin.replace("://", `://user:${RELAY_PASSWORD}@`)}${path}` });
      offers.push(offer);
    }
    const recording = await market.record(developer, { audio });
    for (const [index, { result }] of WAYS.entries()) {
      const offer = offers[index];
      if (result === undefined || offer === undefined) continue;
      const received = await market.audioOf(offer);
      expect(received.body.equals(audio)).toBe(true);
      for (const body of [Buffer.from(`<p>${PERSONAL["a result"]}</p>`), Buffer.from(`{"text":"${PERSONAL["a result"]}`), Buffer.from(`{"${PERSONAL["a result"]}":"\\x"}`)]) await refused(received, body, 400);
      await refused({ ...received, callbackUrl: received.callbackUrl.replace(/[^/]+$/, SECRETS["a guessed secret"]) }, Buffer.from("{}"), 404);
      expect((await market.publisher.callBack(received, result)).status).toBe(200);
      await refused(received, Buffer.from(`{"other":"${PERSONAL["a result"]}"}`), 409);
    }
    const results = await until("all have ended", async () => {
      const all = await market.results(developer, recording.sid);
      return all.length === WAYS.length && all.every(({ status }) => status === "completed" || status === "failed") && all;
    });
    const codes = await Promise.all(results.map(async ({ sid }) => (await market.logged(developer, sid)).code));
    expect(codes.map(String).toSorted()).toEqual(WAYS.map(({ code }) => String(code)).toSorted());
    const timedOut = offers[WAYS.findIndex(({ what }) => what === "timed out")];
    if (timedOut === undefined) throw new Error("no such offer");
    await refused(await market.audioOf(timedOut), Buffer.from(`{"text":"${PERSONAL["a result"]}"}`), 410);
    await until("every relay was tried", () => webhook.requests.length >= WAYS.length);
    answers.push({ place: "relays", text: JSON.stringify(webhook.requests.map(({ rawBody }) => rawBody)) });
  });

  async function refused(received: ReceivedAudio, body: Buffer, status: number): Promise<void> {
    const answer = await market.publisher.callBack(received, body);
    expect(answer.status).toBe(status);
    answers.push({ place: `callback ${status}`, text: answer.text });
  }

  it("quotes nothing of audio that it refuses", async () => {
    for (const upload of [{ audio: audio.subarray(44) }, { audio: audio.subarray(0, 200) }, { audio, type: `text/${PERSONAL["the audio"]}` }, { audio, query: { Source: PERSONAL["the audio"] } }]) {
      const { status, text } = await postRecording(market.gateway, developer, upload);
      expect(status).toBe(400);
      answers.push({ place: "refused audio", text });
    }
  });

  it("tells neither side what is the other's: no result, no URL, no secret, in alerts and log", async () => {
    for (const [side, login] of Object.entries({ developer, publisher: market.owner })) {
      for (const path of ["/v1/Alerts?PageSize=1000", "/v1/Invocations?PageSize=1000"]) answers.push({ place: `${side} ${path}`, text: (await market.gateway.call(login, "GET", path)).text });
    }
    const results = await until("the alerts are there", async () => {
      const { body } = await market.gateway.call<{ alerts: unknown[] }>(developer, "GET", "/v1/Alerts?PageSize=1000");
      return body.alerts.length >= WAYS.filter(({ code }) => code !== null).length && body.alerts;
    });
    answers.push({ place: "alerts", text: JSON.stringify(results) });
    const relays = await Promise.all(market.publisher.received.map(async ({ requestSid }) => (await market.gateway.call(developer, "GET", `/v1/Relays/${requestSid}`)).text));
    answers.push({ place: "relays' attempts", text: relays.join("\n") });
    expect(answers.length).toBeGreaterThan(15);
    expect(findings(answers, { ...PERSONAL, ...SECRETS, ...callbackSecrets(), "the relay's password": RELAY_PASSWORD })).toEqual([]);
    const publishersView = answers.filter(({ place }) => place.startsWith("publisher"));
    expect(findings(publishersView, { "the developer's account": developer.sid, "the developer's URL": webhook.origin })).toEqual([]);
    const developersView = answers.filter(({ place }) => place.startsWith("developer") || place === "alerts");
    expect(findings(developersView, { "the publisher's URL": market.publisher.origin })).toEqual([]);
  });

  const callbackSecrets = (): Record<string, string> =>
    Object.fromEntries(market.publisher.received.map(({ callbackUrl }, index) => [`callback secret ${index}`, callbackUrl.split("/").at(-1) ?? ""]));

  it("keeps audio and results in R2 alone, and no callback's secret in clear anywhere", async () => {
    const secrets = callbackSecrets();
    expect(Object.values(secrets).every((secret) => /^[0-9a-f]{64}$/.test(secret))).toBe(true);
    const rows = await databaseRows(market.gateway);
    await market.gateway.stop();
    const lines = market.gateway.logs.map((text) => ({ place: "log", text }));
    expect(lines.length).toBeGreaterThan(20);
    expect(findings([...rows, ...lines], { ...PERSONAL, ...SECRETS, ...secrets })).toEqual([]);
    // A relay's URL is its account's configuration, and stands with the install alone.
    expect(new Set(findings([...rows, ...lines], { it: RELAY_PASSWORD }))).toEqual(new Set(["it in D1 installed_add_ons"]));
    const files = await filesLeft(stateDir);
    const tokens = { "the publisher's token": market.owner.secret, "the developer's token": developer.secret };
    expect(findings(files, { ...SECRETS, ...secrets, ...tokens })).toEqual([]);
    const holding = findings(files, PERSONAL).filter((finding) => !/ in .*\/r2\//.test(finding));
    expect(holding).toEqual([]);
    // What is sought can be found: the audio, the result and the refusal are kept.
    expect(new Set(findings(files, PERSONAL).map((finding) => finding.split(" in ")[0]))).toEqual(new Set(["the audio", "a result", "a refusal"]));
  });
});

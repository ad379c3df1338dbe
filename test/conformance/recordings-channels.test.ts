import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDeveloperWebhook, type DeveloperWebhook } from "../support/developer-webhook.ts";
import { until, type Login } from "../support/gateway.ts";
import { relayItemOf, startRecordingMarketplace, type RecordingMarketplace } from "../support/recording-marketplace.ts";
import type { RespondToAudio } from "../support/recording-publisher.ts";
import { hertzOf, toneWav } from "../support/tones.ts";
import { twilioClient } from "../support/twilio-client.ts";
import { noise, wav } from "../support/wav.ts";

const SOURCES = {
  RecordVerb: "recording-verb",
  OutboundAPI: "recording-api",
  StartCallRecordingAPI: "recording-api",
  Trunking: "recording-api",
  Conference: "recording-conference",
  StartConferenceRecordingAPI: "recording-conference",
  DialVerb: "recording-dial",
};
const EXTENSIONS = [...new Set(Object.values(SOURCES))];

describe("a recording's add-ons", () => {
  let market: RecordingMarketplace;
  let developer: Login;
  let webhook: DeveloperWebhook;

  beforeAll(async () => {
    market = await startRecordingMarketplace();
    developer = await market.gateway.account("Developer", "10");
    webhook = await startDeveloperWebhook(developer.secret);
  });
  afterAll(async () => {
    await Promise.all([market.stop(), webhook.stop()]);
    expect([...market.publisher.violations, ...webhook.violations]).toEqual([]);
  });

  /** Accepts the audio, listens to it, and calls back what it heard. */
  const listening: RespondToAudio = async (audio, response) => {
    response.writeHead(202).end();
    const { status, text } = await market.publisher.callBack(audio, { hertz: hertzOf(audio.body), length: audio.body.byteLength });
    if (status !== 200) throw new Error(text);
  };

  it("hear one channel each, and what they heard comes to the developer's URL and from there to the official client [types-recording, types-recording-data, types-recording-asynchronous, types-recording-flow, recording-analysis, requests-asynchronous, requests-asynchronous-relay]", async () => {
    const offer = await market.offer({}, listening);
    await market.install(developer, offer, { callback_url: `${webhook.origin}/tones` });
    const recording = await market.record(developer, { audio: toneWav([440, 1_000]) });

    const relays = await until("both channels are relayed", () => webhook.requestsTo("/tones").length === 2 && webhook.requestsTo("/tones"));
    const heard = new Map<number | undefined, unknown>();
    for (const relay of relays) {
      expect(relay.body).toMatchObject({ AccountSid: developer.sid, RecordingSid: recording.sid });
      const { request_sid: xr, channel, links, payload } = relayItemOf(relay);
      expect(links.recording).toBe(market.gateway.url + recording.uri);
      const results = twilioClient(market.gateway, developer).recordings(recording.sid).addOnResults(xr);
      expect((await results.fetch()).status).toBe("completed");
      const [listed, ...more] = await results.payloads.list();
      expect([listed?.label, listed?.contentType, more]).toEqual([`channel-${channel}`, "application/json", []]);
      expect(payload).toEqual([{ content_type: "application/json", url: expect.stringContaining(`/Payloads/${listed?.sid}/Data`) }]);
      const { redirect_to: url } = JSON.parse(JSON.stringify(await results.payloads(listed?.sid ?? "").data().fetch())) as { redirect_to: string };
      heard.set(channel, await (await fetch(url)).json());
    }
    const length = 44 + 2 * 8_000 * 2;
    expect(heard).toEqual(new Map([[1, { hertz: 440, length }], [2, { hertz: 1_000, length }]]));
  });

  it.concurrent.each([
    { title: "mixed, where the definition asks for that", audio: toneWav([440, 1_000]), type: "audio/x-wav", query: {}, request: { channels: "mixed" } },
    { title: "of one channel", audio: wav(), type: "audio/x-wav", query: {}, request: {} },
    { title: "of another format", audio: noise(5_000), type: "audio/mpeg", query: { Duration: "7" }, request: {} },
  ])("get a recording $title as it is, once", async ({ audio, type, query, request }) => {
    const sent = await market.send({ audio, type, query, change: { request }, respond: async (received, response) => {
      response.writeHead(202).end();
      await market.publisher.callBack(received, {});
    } });
    const result = await market.resultIn("completed", sent);
    const received = await market.received(sent);
    expect(received).toHaveLength(1);
    expect(received[0]?.body.equals(audio)).toBe(true);
    expect(received[0]?.headers).toMatchObject({ "content-type": type, "x-twilio-requestsid": result.sid, "x-twilio-addonconfigurationsid": sent.installedSid });
    const [payload, ...more] = await market.payloads(sent.developer, result);
    expect(more).toEqual([]);
    expect(payload?.label).not.toContain("channel");
  });

  it("do not have a recording split where there are none", async () => {
    const nobody = await market.gateway.account("Nobody");
    const recording = await market.record(nobody, { audio: toneWav([440, 1_000]) });
    await until("it was started", async () => {
      const db = await market.gateway.miniflare.getD1Database("DB");
      return db.prepare("SELECT 1 FROM recordings WHERE sid = ?1 AND start_due_at IS NULL").bind(recording.sid).first();
    });
    const bucket = await market.gateway.miniflare.getR2Bucket("RECORDINGS");
    const { objects } = await bucket.list({ prefix: `recordings/${nobody.sid}/` });
    expect(objects).toHaveLength(1);
    expect(await market.results(nobody, recording.sid)).toEqual([]);
  });

  it("run where the recording was made, for each source and each extension [types-recording-points]", async () => {
    const account = await market.gateway.account("All sources");
    const offer = await market.offer({ extensions: EXTENSIONS, request: { query: { callback_url: "{{callback_url}}", recording: "{{media_sid}}" } } });
    const extensionOf = new Map<string, string>();
    for (const extension of EXTENSIONS) {
      const installedSid = await market.install(account, offer, {}, { UniqueName: `${extension}-only` });
      extensionOf.set(installedSid, extension);
      await disableAllBut(account, installedSid, extension);
    }
    const sources = await Promise.all(Object.keys(SOURCES).map(async (Source) => [(await market.record(account, { query: { Source } })).sid, Source] as const));
    const received = await market.received(offer, sources.length);
    for (const [sid] of sources) await until("its results are listed", async () => (await market.results(account, sid)).length > 0);
    const heard = received.map(({ url, headers }) => [new Map(sources).get(url.searchParams.get("recording") ?? ""), extensionOf.get(String(headers["x-twilio-addonconfigurationsid"]))]);
    expect(Object.fromEntries(heard)).toEqual(SOURCES);
    expect(market.publisher.received.filter(({ url }) => url.pathname === offer.path)).toHaveLength(sources.length);
  });

  async function disableAllBut(account: Login, installedSid: string, kept: string): Promise<void> {
    const path = `/v1/InstalledAddOns/${installedSid}/Extensions`;
    const { body } = await market.gateway.call<{ extensions: { sid: string; unique_name: string; enabled: boolean }[] }>(account, "GET", path);
    expect(body.extensions.map(({ enabled }) => enabled)).toEqual(EXTENSIONS.map(() => true));
    for (const { sid, unique_name: name } of body.extensions) {
      if (name !== kept) await market.gateway.call(account, "POST", `${path}/${sid}`, { form: { Enabled: "false" } });
    }
  }
});

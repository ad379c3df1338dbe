import { request as httpRequest } from "node:http";
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorization, until } from "../support/gateway.ts";
import { startRecordingMarketplace, type RecordingMarketplace } from "../support/recording-marketplace.ts";
import { keysWith, postRecording, recordingRow } from "../support/recordings.ts";
import { databaseRows } from "../support/stored-data.ts";
import { wav } from "../support/wav.ts";

describe("what is kept of recordings", () => {
  let market: RecordingMarketplace;

  beforeAll(async () => {
    market = await startRecordingMarketplace();
  });
  afterAll(async () => {
    await market.stop();
    expect(market.violations()).toEqual([]);
  });

  it("is forgotten with its invocation: the result and its data are gone, the usage and the recording stay", async () => {
    const change = { pricing: { model: "per_use", unit_price: "0.25", currency: "USD" } };
    const sent = await market.sendWithRelay({ change, dollars: "10" });
    expect((await market.publisher.callBack(await market.audioOf(sent), { text: "what was said" })).status).toBe(200);
    const { sid } = await market.resultIn("completed", sent);
    await until("it is relayed", () => sent.webhook.requestsTo("/results").length === 1);
    await market.logged(sent.developer, sid);
    expect((await keysWith(market.gateway, sid)).length).toBe(1);

    expect((await market.gateway.call(market.owner, "DELETE", `/v1/Invocations/${sid}`)).status).toBe(404);
    expect((await market.gateway.call(sent.developer, "DELETE", `/v1/Invocations/${sid}`)).status).toBe(204);
    expect(await market.results(sent.developer, sent.recording.sid)).toEqual([]);
    expect(await keysWith(market.gateway, sid)).toEqual([]);
    const tables = (await databaseRows(market.gateway)).filter(({ text }) => text.includes(sid)).map(({ place }) => place);
    expect(tables.filter((table) => /add_on_results|payloads/.test(table))).toEqual([]);
    expect(await market.logged(sent.developer, sid)).toMatchObject({ status: "successful", price: "0.25", detail: null, attempts: [] });
    expect(await recordingRow(market.gateway, sent.recording.sid)).not.toBeNull();
  });

  it("is nothing of audio that lost a race for its RecordingSid to another account", async () => {
    const { gateway } = market;
    const [slow, fast] = await Promise.all([gateway.account("Slow"), gateway.account("Fast")]);
    const sid = `RE${randomBytes(16).toString("hex")}`;
    const audio = wav({ seconds: 2 });
    const upload = httpRequest(`${gateway.url}/v1/Recordings?Source=RecordVerb&RecordingSid=${sid}`, {
      method: "POST",
      headers: { ...authorization(slow), "Content-Type": "audio/x-wav", "Content-Length": audio.byteLength },
    });
    const answered = new Promise<number | undefined>((resolve, reject) => upload.once("response", ({ statusCode }) => resolve(statusCode)).once("error", reject));
    await new Promise((sent) => upload.write(audio.subarray(0, 1_000), sent));
    // It is noted before its first byte is stored.
    await until("the slow one is under way", async () => (await databaseRows(gateway)).some(({ text }) => text.includes(sid)));
    expect((await postRecording(gateway, fast, { audio, query: { RecordingSid: sid } })).status).toBe(201);
    upload.end(audio.subarray(1_000));
    expect(await answered).toBe(409);
    expect(await keysWith(gateway, sid)).toEqual([expect.stringContaining(fast.sid)]);
  });
});

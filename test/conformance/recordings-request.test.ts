import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordingAddOn, startRecordingMarketplace, type RecordingMarketplace, type SentRecording } from "../support/recording-marketplace.ts";
import { wav } from "../support/wav.ts";

const AUDIO = wav({ seconds: 61, bits: 8 });
const SIZE = AUDIO.byteLength;
const RELAY_URL = "https://www.example.com/results";

/** Every field of a recording, one beside the other. */
const FIELDS = {
  callback_url: "{{callback_url}}",
  channels: "{{channels}}",
  duration: "{{duration}}",
  format: "{{format}}",
  media_sid: "{{media_sid}}",
  size: "{{size}}",
  request: "{{request_sid}}",
  seconds: "{{unix_timestamp}}",
  language: "{{language}}",
  combined: "{{combine_tracks}}",
  hash: "{{SHA256:media_sid}}",
  constant: "a+b & \u00e9",
  sentence: "{{language}} of {{duration}} ms",
};
const CONFIGURATION_SCHEMA = { type: "object", properties: { language: { type: "string", enum: ["en_US", "es"] }, combine_tracks: { type: "boolean" } }, required: ["language"] };

/** How a publisher may have it, and how its audio then comes. */
const FORMATS = {
  binary: { method: "PUT", body_format: "binary", body: "{{audio_data}}", query: FIELDS },
  multipart: { method: "POST", body_format: "multipart", body: { ...FIELDS, speech: "{{audio_data}}" }, credentials: { type: "body", params: { key: "k\u00e9y" } } },
  "multipart by PUT": { method: "PUT", body_format: "multipart", body: { first: "1", speech: "{{audio_data}}", ...FIELDS }, credentials: { type: "bearer", token: "t0ken" } },
  form: { method: "POST", body_format: "form", body: FIELDS, credentials: { type: "basic", username: "u", password: "p" } },
  json: { method: "POST", body_format: "json", body: FIELDS, credentials: { type: "query", params: { key: "k" } } },
  none: { method: "GET", body_format: "none", body: {}, query: FIELDS },
} as const;
type Format = keyof typeof FORMATS;

describe("what a publisher of recordings is sent", () => {
  let market: RecordingMarketplace;
  let sent: Record<string, SentRecording>;

  beforeAll(async () => {
    market = await startRecordingMarketplace();
    const configuration = { language: "es", combine_tracks: true, callback_url: RELAY_URL, callback_method: "POST" };
    const all = Object.entries(FORMATS).map(async ([name, request]) => [name, await market.send({ audio: AUDIO, configuration, change: { request, configuration_schema: CONFIGURATION_SCHEMA } })] as const);
    sent = Object.fromEntries(await Promise.all(all));
  });
  afterAll(async () => {
    await market.stop();
    // The official validator accepts each: of form and multipart bodies the text parameters are signed, of JSON and audio the hash in the URL.
    expect(market.publisher.violations).toEqual([]);
  });

  const sentAs = (format: Format): SentRecording => {
    const found = sent[format];
    if (found === undefined) throw new Error(format);
    return found;
  };

  it.each(Object.keys(FORMATS) as Format[])("has every field, in a request with a body of format %s", async (format) => {
    const { recording, ...offer } = sentAs(format);
    const audio = await market.audioOf(offer);
    const query = Object.fromEntries(audio.url.searchParams);
    const isInQuery = format === "binary" || format === "none";
    const parameters = isInQuery ? query : audio.parameters;
    const numbers = { channels: 1, duration: 61_000, size: SIZE };
    const isJson = format === "json";
    expect(parameters).toMatchObject({
      ...(isJson ? numbers : Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, String(value)]))),
      callback_url: expect.stringMatching(new RegExp(`^${market.gateway.url}/v1/AddOnResults/${audio.requestSid}/Callback/[0-9a-f]{64}$`)),
      format: "audio/x-wav",
      media_sid: recording.sid,
      request: audio.requestSid,
      language: "es",
      combined: isJson ? true : "true",
      hash: createHash("sha256").update(recording.sid).digest("hex"),
      constant: "a+b & \u00e9",
      sentence: "es of 61000 ms",
    });
    expect(Math.abs(Number(parameters["seconds"]) - Date.now() / 1_000)).toBeLessThan(60);
    expect(query).toMatchObject({ InvocationDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/), InvocationTtlMs: "610000" });
    expect(audio.method).toBe(FORMATS[format].method);
  });

  it("has the audio as the body of a PUT, with its type and length [recording-audio-data]", async () => {
    const { body, headers } = await market.audioOf(sentAs("binary"));
    expect(body.equals(AUDIO)).toBe(true);
    expect(headers).toMatchObject({ "content-type": "audio/x-wav", "content-length": String(SIZE) });
  });

  it.each(["multipart", "multipart by PUT"] as const)("has the audio as the part of a %s body that the publisher has named [recording-audio-data]", async (format) => {
    const { file, headers } = await market.audioOf(sentAs(format));
    expect([file?.part, file?.mediaType, file?.bytes.equals(AUDIO)]).toEqual(["speech", "audio/x-wav", true]);
    expect(headers["content-type"]).toMatch(/^multipart\/form-data; ?boundary=/);
    expect(headers["transfer-encoding"]).toBeUndefined();
  });

  it.each(["form", "json", "none"] as const)("has no audio where the definition asks for none: %s", async (format) => {
    const { body, file } = await market.audioOf(sentAs(format));
    expect(body.byteLength).toBeLessThan(2_000);
    expect(file).toBeNull();
  });

  it("has the credentials where they belong", async () => {
    const [inBody, bearer, basic, inQuery] = await Promise.all((["multipart", "multipart by PUT", "form", "json"] as const).map((format) => market.audioOf(sentAs(format))));
    expect(inBody?.parameters["key"]).toBe("k\u00e9y");
    expect(bearer?.headers.authorization).toBe("Bearer t0ken");
    expect(basic?.headers.authorization).toBe(`Basic ${btoa("u:p")}`);
    expect(inQuery?.url.searchParams.get("key")).toBe("k");
  });

  it("has a media type, a number of channels and a size of the very audio that is sent: of one channel, when it was split [recording-channels, recording-size, recording-format, recording-duration, recording-media-sid]", async () => {
    const audio = wav({ channels: 2, seconds: 3, sampleRate: 16_000 });
    const query = { callback_url: "{{callback_url}}", channels: "{{channels}}", size: "{{size}}", format: "{{format}}", duration: "{{duration}}", media_sid: "{{media_sid}}" };
    const [split, mixed] = await Promise.all(["split", "mixed"].map((channels) => market.send({ audio, type: "audio/wav", change: { request: { channels, query } } })));
    if (split === undefined || mixed === undefined) throw new Error("nothing was sent");
    for (const { url, body } of await market.received(split, 2)) {
      expect(Object.fromEntries(url.searchParams)).toMatchObject({ channels: "1", size: String(44 + 3 * 16_000 * 2), duration: "3000", media_sid: split.recording.sid, format: expect.stringMatching(/^audio\/(?:x-)?wav$/) });
      expect(body.byteLength).toBe(44 + 3 * 16_000 * 2);
    }
    const [whole] = await market.received(mixed);
    expect(Object.fromEntries(whole?.url.searchParams ?? [])).toMatchObject({ channels: "2", size: String(audio.byteLength), duration: "3000", media_sid: mixed.recording.sid, format: "audio/wav" });
  });

  it("never has the developer's own callback URL: no field of a definition is that", async () => {
    for (const { url, body, headers } of market.publisher.received) {
      expect(`${url.href} ${JSON.stringify(headers)} ${decodeURIComponent(url.search)} ${body.toString("latin1")}`).not.toContain("www.example.com");
    }
    for (const [field, where] of [["callback_method", "/request/query/x"], ["primary_address", "/request/query/x"], ["body", "/request/query/x"]] as const) {
      const json = recordingAddOn(market.publisher.origin, "/refused", { request: { query: { callback_url: "{{callback_url}}", x: `{{${field}}}` } } });
      const { status, body } = await market.gateway.call(market.owner, "POST", "/v1/Publisher/AddOns", { json });
      expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining(where)]);
    }
  });

  it("is nothing when the request schema refuses the recording, which is 61003 and unbilled", async () => {
    const request_schema = { type: "object", properties: { duration: { type: "number", maximum: 5_000 }, channels: { type: "number" } } };
    const change = { request_schema, pricing: { model: "per_use", unit_price: "0.25", currency: "USD" } };
    const [long, short] = await Promise.all([6, 5].map((seconds) => market.send({ audio: wav({ seconds }), change, dollars: "1" })));
    if (long === undefined || short === undefined) throw new Error("nothing was sent");
    await market.resultIn("in-progress", short);
    const { sid } = await market.resultIn("failed", long);
    expect(await market.logged(long.developer, sid)).toMatchObject({ code: 61003, counts_against_sla: false, price: "0.00" });
    expect(market.publisher.received.filter(({ url }) => url.pathname === long.path)).toEqual([]);
    expect(await market.balance(long.developer)).toBe("1.00");
  });
});

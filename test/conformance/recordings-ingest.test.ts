import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorization, startGateway, type Login, type TestGateway } from "../support/gateway.ts";
import { rawRequest } from "../support/raw-request.ts";
import { getBytes, keysWith, postRecording, recordingRow, sha256, type Upload } from "../support/recordings.ts";
import { noise, wav } from "../support/wav.ts";

const newSid = (prefix = "RE"): string => prefix + randomBytes(16).toString("hex");
const MEBIBYTE = 1024 * 1024;

describe("a recording that is delivered", () => {
  let gateway: TestGateway;
  let developer: Login;
  let stranger: Login;

  beforeAll(async () => {
    gateway = await startGateway();
    [developer, stranger] = await Promise.all([gateway.account("Developer"), gateway.account("Stranger")]);
  });
  afterAll(() => gateway.stop());

  const post = (upload: Upload = {}, login: Login = developer) => postRecording(gateway, login, upload);
  const stored = (path: string) => getBytes(gateway, developer, path);

  async function expectNothingKept(sid: string): Promise<void> {
    expect(await recordingRow(gateway, sid)).toBeNull();
    expect(await keysWith(gateway, sid)).toEqual([]);
  }

  it("is answered as the public API has recordings, and waits for its add-ons to be started", async () => {
    const audio = wav({ seconds: 2.4, channels: 2 });
    const [sid, callSid] = [newSid(), newSid("CA")];
    const answer = await post({ audio, query: { RecordingSid: sid, CallSid: callSid, Source: "DialVerb" } });
    const path = `/2010-04-01/Accounts/${developer.sid}/Recordings/${sid}`;
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      sid,
      account_sid: developer.sid,
      api_version: "2010-04-01",
      call_sid: callSid,
      conference_sid: null,
      channels: 2,
      duration: "2",
      source: "DialVerb",
      status: "completed",
      error_code: null,
      price: null,
      price_unit: "USD",
      start_time: null,
      encryption_details: null,
      media_url: gateway.url + path,
      date_created: expect.stringMatching(/^\w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000$/),
      date_updated: expect.any(String),
      uri: `${path}.json`,
      subresource_uris: { add_on_results: `${path}/AddOnResults.json` },
    });
    expect((await gateway.call(developer, "GET", `${path}.json`)).body).toEqual(answer.body);
    const row = await recordingRow(gateway, sid);
    expect(row).toMatchObject({ size_bytes: audio.byteLength, sha256: sha256(audio), duration_ms: 2_400, media_type: "audio/x-wav", channels: 2 });
    expect(JSON.parse(String(row?.["wav"]))).toMatchObject({ dataOffset: 44, dataBytes: audio.byteLength - 44, frames: 19_200, format: { encoding: "pcm", blockAlign: 4 } });
    expect((await stored(path)).bytes.equals(audio)).toBe(true);
  });

  it.each([
    { what: "with its length", chunked: false, sizeBytes: 100_000 },
    { what: "in chunks", chunked: true, sizeBytes: 100_000 },
    { what: "of 20 MiB with its length", chunked: false, sizeBytes: 20 * MEBIBYTE },
    { what: "of 20 MiB in chunks", chunked: true, sizeBytes: 20 * MEBIBYTE },
    { what: "of exactly two parts in chunks", chunked: true, sizeBytes: 16 * MEBIBYTE },
    { what: "of one byte in chunks", chunked: true, sizeBytes: 1 },
  ])("is kept byte for byte when it comes $what", async ({ chunked, sizeBytes }) => {
    const audio = noise(sizeBytes, `${chunked} ${sizeBytes}`);
    const { status, body } = await post({ audio, chunked, type: "audio/mpeg", query: { Duration: "12.5" } });
    expect(status).toBe(201);
    expect(body).toMatchObject({ channels: 1, duration: "13" });
    expect(await recordingRow(gateway, body.sid)).toMatchObject({ size_bytes: sizeBytes, sha256: sha256(audio), duration_ms: 12_500, wav: null });
    const kept = await stored(new URL(body.media_url).pathname);
    expect(sha256(kept.bytes)).toBe(sha256(audio));
    expect(kept.headers.get("Content-Type")).toBe("audio/mpeg");
  });

  it("is measured from its header when it is WAV in chunks, whatever was said of it", async () => {
    const { status, body } = await post({ audio: wav({ seconds: 90, channels: 2, bits: 8, formatTag: 7 }), chunked: true, type: "audio/wav", query: { Duration: "5", Channels: "1" } });
    expect([status, body.channels, body.duration]).toEqual([201, 2, "90"]);
  });

  describe("again with its RecordingSid", () => {
    it("is the recording that is there, whatever comes now", async () => {
      const [sid, audio] = [newSid(), wav({ seed: "first" })];
      const first = await post({ audio, query: { RecordingSid: sid } });
      const again = await post({ audio: wav({ seed: "second", seconds: 3 }), query: { RecordingSid: sid, Source: "Conference" } });
      expect([first.status, again.status]).toEqual([201, 200]);
      expect(again.body).toEqual(first.body);
      const large = await post({ audio: noise(5 * MEBIBYTE), query: { RecordingSid: sid } });
      expect(large.status).toBe(200);
      expect((await stored(new URL(first.body.media_url).pathname)).bytes.equals(audio)).toBe(true);
    });

    it("is stored once when ten come at the same time, with one of their audios", async () => {
      const sid = newSid();
      const audios = Array.from({ length: 10 }, (_, index) => wav({ seed: `at once ${index}`, seconds: 5 }));
      const answers = await Promise.all(audios.map((audio, index) => post({ audio, chunked: index % 2 === 1, query: { RecordingSid: sid } })));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      for (const { status, body } of answers) expect([200, 201, 409], body.message).toContain(status);
      const row = await recordingRow(gateway, sid);
      const kept = await stored(`/2010-04-01/Accounts/${developer.sid}/Recordings/${sid}`);
      expect(sha256(kept.bytes)).toBe(row?.["sha256"]);
      expect(audios.some((audio) => audio.equals(kept.bytes))).toBe(true);
    });

    it("is refused to another account, without a word of whose it is", async () => {
      const sid = newSid();
      await post({ query: { RecordingSid: sid } });
      const taken = await post({ query: { RecordingSid: sid } }, stranger);
      expect(taken).toMatchObject({ status: 409, body: { code: 20409, message: `RecordingSid ${sid} cannot be used` } });
      expect(await keysWith(gateway, stranger.sid)).toEqual([]);
    });

    it("does not overwrite audio whose own request may still be on its way", async () => {
      const sid = newSid();
      const bucket = await gateway.miniflare.getR2Bucket("RECORDINGS");
      await bucket.put(`recordings/${developer.sid}/${sid}/audio`, "stored a moment ago");
      expect(await post({ query: { RecordingSid: sid } })).toMatchObject({ status: 409, body: { code: 20409, message: `The recording ${sid} is being stored by another request: send it again in a minute` } });
      expect(await recordingRow(gateway, sid)).toBeNull();
    });
  });

  describe("by whom", () => {
    it("may be the operator for any account, which it has to name", async () => {
      const delivered = await post({ query: { AccountSid: developer.sid } }, gateway.operator);
      expect([delivered.status, delivered.body.account_sid]).toEqual([201, developer.sid]);
      expect(await post({}, gateway.operator)).toMatchObject({ status: 400, body: { code: 20001, message: "AccountSid is required: the operator delivers for an account" } });
      expect(await post({ query: { AccountSid: newSid("AC") } }, gateway.operator)).toMatchObject({ status: 404 });
      expect(await post({ query: { AccountSid: "' OR 1=1" } }, gateway.operator)).toMatchObject({ status: 404 });
    });

    it("may be the account itself, and no other", async () => {
      expect(await post({ query: { AccountSid: developer.sid } })).toMatchObject({ status: 201 });
      expect(await post({ query: { AccountSid: stranger.sid } })).toMatchObject({ status: 404, body: { code: 20404 } });
      expect(await postRecording(gateway, null)).toMatchObject({ status: 401 });
    });

    it("is no account that is suspended", async () => {
      const suspended = await gateway.account("Suspended");
      await gateway.call(gateway.operator, "POST", `/2010-04-01/Accounts/${suspended.sid}.json`, { form: { Status: "suspended" } });
      expect(await post({ query: { AccountSid: suspended.sid } }, gateway.operator)).toMatchObject({ status: 403, body: { code: 20005 } });
    });
  });

  describe("is refused, and nothing of it is kept:", () => {
    const half = wav({ seconds: 10 }).subarray(0, 40_000);
    const refusals: { what: string; upload: Upload; message: string | RegExp }[] = [
      { what: "WAV that is cut off", upload: { audio: half }, message: "The audio is cut off: its data chunk declares 160000 bytes, but only 39956 came." },
      { what: "WAV with a length that is a lie", upload: { audio: wav({ declaredBytes: 1_000_000 }) }, message: /declares 1000000 bytes, but only 16000 came/ },
      { what: "WAV of no length", upload: { audio: wav({ seconds: 0 }) }, message: "The data chunk holds no audio: its length is zero." },
      { what: "WAV that ends in its header", upload: { audio: wav().subarray(0, 30) }, message: /ends after 30 bytes/ },
      { what: "nine channels", upload: { audio: wav({ channels: 9 }) }, message: "The audio has 9 channels; a recording has one or two." },
      { what: "two channels of ADPCM", upload: { audio: wav({ channels: 2, formatTag: 2, bits: 4, blockAlign: 512, byteRate: 8_100 }) }, message: /compressed WAV format 0x0002, which cannot be split/ },
      { what: "MP3 that says it is WAV", upload: { audio: noise(2_000) }, message: "The audio does not begin with RIFF or RF64 and WAVE." },
      { what: "no bytes at all", upload: { audio: Buffer.alloc(0) }, message: /must be the audio|has no bytes/ },
      { what: "a byte rate that is a lie", upload: { audio: wav({ byteRate: 12_345 }) }, message: /byte rate is 12345/ },
    ];

    it.each(refusals.flatMap((refusal) => [{ ...refusal, how: "with its length", chunked: false }, { ...refusal, how: "in chunks", chunked: true }]))("$what, $how", async ({ upload, message, chunked }) => {
      const sid = newSid();
      const { status, body } = await post({ ...upload, chunked, query: { RecordingSid: sid } });
      expect([status, body.code, body.message]).toEqual([400, 20001, typeof message === "string" ? message : expect.stringMatching(message)]);
      await expectNothingKept(sid);
    });

    it("WAV of 20 MiB in chunks that is cut off", async () => {
      const sid = newSid();
      const audio = Buffer.concat([wav({ seconds: 0, declaredBytes: 30 * MEBIBYTE }), noise(20 * MEBIBYTE)]);
      expect(await post({ audio, chunked: true, query: { RecordingSid: sid } })).toMatchObject({ status: 400, body: { message: expect.stringMatching(/cut off/) } });
      await expectNothingKept(sid);
    });

    it.each<{ what: string; upload: Upload; message: string }>([
      { what: "another format without its duration", upload: { type: "audio/mpeg" }, message: "Duration is required: only WAV is measured" },
      { what: "two channels of another format", upload: { type: "audio/ogg", query: { Duration: "5", Channels: "2" } }, message: "Channels must be 1: only WAV may have two" },
      { what: "three channels by word", upload: { query: { Channels: "3" } }, message: "Channels: must be 1 or 2" },
      { what: "no duration by word", upload: { type: "audio/mpeg", query: { Duration: "0" } }, message: "Duration: must be more than 0 and at most 86400 seconds" },
      { what: "a duration of more than a day", upload: { type: "audio/mpeg", query: { Duration: "86400.001" } }, message: "Duration: must be more than 0 and at most 86400 seconds" },
      { what: "a duration that is no number", upload: { type: "audio/mpeg", query: { Duration: "1e3" } }, message: "Duration: must be a number of seconds, such as 12 or 12.5" },
      { what: "an unknown source", upload: { query: { Source: "Voicemail" } }, message: "Source must be one of RecordVerb, OutboundAPI, StartCallRecordingAPI, Trunking, Conference, StartConferenceRecordingAPI, DialVerb" },
      { what: "a RecordingSid that is none", upload: { query: { RecordingSid: "RE123" } }, message: "RecordingSid: must be RE and 32 hexadecimal digits in lower case" },
      { what: "a CallSid that is none", upload: { query: { CallSid: "+14155550100" } }, message: "CallSid: must be CA and 32 hexadecimal digits in lower case" },
      { what: "HTML", upload: { type: "text/html" }, message: expect.stringMatching(/^Content-Type must be .*audio\/x-wav/) },
      { what: "no media type", upload: { type: null }, message: expect.stringMatching(/^Content-Type must be .*audio\/x-wav/) },
      { what: "a media type with more in it", upload: { type: "audio/<script>" }, message: "Content-Type must be the audio's, such as audio/x-wav" },
    ])("$what", async ({ upload, message }) => {
      const { status, body } = await post(upload);
      expect([status, body.code, body.message]).toEqual([400, 20001, message]);
    });

    it("an encoding", async () => {
      expect(await post({ headers: { "Content-Encoding": "gzip" } })).toMatchObject({ status: 415, body: { code: 20415 } });
    });

    it("a recording without a source", async () => {
      const response = await gateway.call(developer, "POST", "/v1/Recordings", { raw: "RIFF", type: "audio/x-wav" });
      expect(response).toMatchObject({ status: 400, body: { message: "Source is required" } });
    });

    it("more than 512 MiB, before any of it is read", async () => {
      const head = [`POST /v1/Recordings?Source=RecordVerb&Duration=5 HTTP/1.1`, `Authorization: Basic ${btoa(`${developer.sid}:${developer.secret}`)}`, "Content-Type: audio/mpeg", `Content-Length: ${512 * MEBIBYTE + 1}`];
      const answer = await rawRequest(gateway.url, head);
      expect([answer.status, JSON.parse(answer.body)]).toMatchObject([413, { code: 20413 }]);
    });

    it.each(["with its length", "in chunks"])("audio that breaks off, %s, which is not in the way of the next try", async (how) => {
      const sid = newSid();
      const audio = wav({ seconds: 700 });
      await breakOff(sid, how === "in chunks" ? null : audio.byteLength, audio.subarray(0, 9 * MEBIBYTE));
      await expectNothingKept(sid);
      const next = await post({ audio, query: { RecordingSid: sid } });
      expect(next.status).toBe(201);
      expect(await recordingRow(gateway, sid)).toMatchObject({ sha256: sha256(audio), size_bytes: audio.byteLength });
    });
  });

  /** Sends a part of the audio and hangs up. */
  async function breakOff(sid: string, lengthBytes: number | null, part: Buffer): Promise<void> {
    const { hostname, port, host } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    socket.on("error", () => undefined);
    const framing = lengthBytes === null ? "Transfer-Encoding: chunked" : `Content-Length: ${lengthBytes}`;
    const head = [`POST /v1/Recordings?Source=RecordVerb&RecordingSid=${sid} HTTP/1.1`, `Host: ${host}`, `Authorization: Basic ${btoa(`${developer.sid}:${developer.secret}`)}`, "Content-Type: audio/x-wav", framing];
    socket.write(`${head.join("\r\n")}\r\n\r\n${lengthBytes === null ? `${part.byteLength.toString(16)}\r\n` : ""}`);
    await new Promise<void>((written) => void socket.write(part, () => written()));
    socket.destroy();
  }

  it("does not loosen the limit of any other body", async () => {
    const large = Object.entries({ ...authorization(developer), "Content-Length": String(MEBIBYTE + 1) }).map(([name, value]) => `${name}: ${value}`);
    for (const [path, type] of [["/v1/Recordings?Source=RecordVerb", "application/x-www-form-urlencoded"], ["/v1/Recordings?Source=RecordVerb", "text/plain"], ["/v1/Recordings/x", "audio/x-wav"], ["/v1/Listings", "audio/x-wav"], [`/2010-04-01/Accounts/${developer.sid}/Keys.json`, "audio/x-wav"]]) {
      const answer = await rawRequest(gateway.url, [`POST ${path} HTTP/1.1`, `Content-Type: ${type}`, ...large]);
      expect([path, type, answer.status]).toEqual([path, type, 413]);
    }
  });
});

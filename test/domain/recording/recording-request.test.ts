import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import twilio from "twilio";
import type { Credentials } from "../../../src/domain/catalog/definition.ts";
import { recordingFields, recordingRequest, type RecordingRequest } from "../../../src/domain/recording/recording-request.ts";
import type { FieldValue } from "../../../src/domain/request/template.ts";
import { installedRecordingAddOn, ORDER, recordingVersion, TOKEN } from "../../support/recording-orders.ts";

/** With every byte in it, and with what ends a part of a multipart body. */
const AUDIO = Buffer.concat([Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)), Buffer.from("\r\n--boundary--\r\n")]);
const CALLBACK_URL = "https://gateway.example.com/v1/AddOnResults/XR1/Callback/secret";
const SENT = { ...ORDER, audio: { ...ORDER.audio, sizeBytes: AUDIO.byteLength, sha256: createHash("sha256").update(AUDIO).digest("hex") } };
const WINDOW = { startedAtMs: 1_700_000_000_000, ttlMs: 60_000 };

type Made = { request: Record<string, unknown>; credentials?: Credentials; more?: [string, FieldValue][] };

async function made({ request, credentials = { type: "none" }, more = [] }: Made): Promise<RecordingRequest> {
  const installed = await installedRecordingAddOn(recordingVersion(request), { credentials });
  const fields = new Map<string, FieldValue>([["request_sid", SENT.xr], ...more, ...recordingFields(SENT, CALLBACK_URL)]);
  const result = await recordingRequest(installed, SENT, fields, WINDOW, `dipswitch-${"0".repeat(32)}`);
  if (!result.ok) throw new Error(result.error.detail);
  return result.value;
}

/** What goes over the wire. */
function bytesOf({ body }: RecordingRequest): Uint8Array<ArrayBuffer> {
  if (body === null) return new Uint8Array();
  return new Uint8Array("text" in body ? Buffer.from(body.text) : Buffer.concat([body.before, AUDIO, body.after]));
}

const parsed = (request: RecordingRequest): Promise<FormData> => new Response(bytesOf(request), { headers: { "Content-Type": request.headers["Content-Type"] ?? "" } }).formData();
const isValid = ({ url, headers }: RecordingRequest, parameters: Record<string, string>): boolean => twilio.validateRequest(TOKEN, headers["X-Twilio-Signature"] ?? "", url, parameters);

async function fileOf(form: FormData, name: string): Promise<{ bytes: Buffer; type: string }> {
  const file = form.get(name);
  if (file === null || typeof file === "string") throw new Error(`${name} is no file`);
  return { bytes: Buffer.from(await file.arrayBuffer()), type: file.type };
}

const MULTIPART = { body_format: "multipart", query: { id: "{{request_sid}}" }, body: { before: "{{callback_url}}", file: "{{audio_data}}", after: "{{duration}} ms" } };

describe("a multipart request", () => {
  test("has its texts and, whole, the audio, for any parser", async () => {
    const request = await made({ request: MULTIPART });
    const form = await parsed(request);
    expect(await fileOf(form, "file")).toEqual({ bytes: AUDIO, type: "audio/x-wav" });
    expect([form.get("before"), form.get("after"), [...form.keys()].length]).toEqual([CALLBACK_URL, "3000 ms", 3]);
  });

  test("is signed over its URL and its texts, as the official client checks it", async () => {
    const request = await made({ request: MULTIPART });
    expect(isValid(request, { before: CALLBACK_URL, after: "3000 ms" })).toBe(true);
    expect(isValid(request, { before: CALLBACK_URL, after: "3001 ms" })).toBe(false);
    expect(new URL(request.url).searchParams.get("bodySHA256")).toBeNull();
  });

  test("carries credentials of the body as further texts, which are signed too", async () => {
    const request = await made({ request: MULTIPART, credentials: { type: "body", params: { key: "k & =" } } });
    expect((await parsed(request)).get("key")).toBe("k & =");
    expect(isValid(request, { before: CALLBACK_URL, after: "3000 ms", key: "k & =" })).toBe(true);
  });

  test("keeps texts and names apart from the frame around them", async () => {
    const text = 'two\r\nlines; "quoted" ü\r\n--boundary';
    const request = await made({ request: { body_format: "multipart", body: { 'na"me': "{{setting}}", file: "{{audio_data}}" } }, more: [["setting", text]] });
    const form = await parsed(request);
    expect([[...form.keys()], form.get('na"me')]).toEqual([['na"me', "file"], text]);
    expect((await fileOf(form, "file")).bytes).toEqual(AUDIO);
    expect(isValid(request, { 'na"me': text })).toBe(true);
  });

  test("is the audio alone where nothing else is asked for", async () => {
    const request = await made({ request: { body_format: "multipart", body: { sound: "{{audio_data}}" } } });
    expect((await fileOf(await parsed(request), "sound")).bytes).toEqual(AUDIO);
    expect(isValid(request, {})).toBe(true);
  });
});

describe("a binary request", () => {
  const BINARY = { method: "PUT", query: { callback_url: "{{callback_url}}" } };

  test("is the audio itself, by its media type", async () => {
    const request = await made({ request: BINARY });
    expect([request.method, request.headers["Content-Type"]]).toEqual(["PUT", "audio/x-wav"]);
    expect(Buffer.from(bytesOf(request))).toEqual(AUDIO);
  });

  test("is signed over its URL, which has the audio's hash", async () => {
    const request = await made({ request: BINARY });
    const url = new URL(request.url);
    expect(url.searchParams.get("bodySHA256")).toBe(createHash("sha256").update(AUDIO).digest("hex"));
    expect(isValid(request, {})).toBe(true);
    // The official client's own check of such a request, which takes a body as text, hashes it just so.
    url.searchParams.set("bodySHA256", "0".repeat(64));
    expect(isValid({ ...request, url: url.href }, {})).toBe(false);
  });
});

describe("a request without audio", () => {
  test("of JSON has numbers as numbers", async () => {
    const request = await made({ request: { body_format: "json", body: { size: "{{size}}", duration: "{{duration}}", channels: "{{channels}}", format: "{{format}}", sid: "{{media_sid}}", text: "{{size}} bytes" } } });
    const text = Buffer.from(bytesOf(request)).toString();
    expect(JSON.parse(text)).toEqual({ size: AUDIO.byteLength, duration: 3_000, channels: 1, format: "audio/x-wav", sid: SENT.recordingSid, text: `${AUDIO.byteLength} bytes` });
    expect(twilio.validateRequestWithBody(TOKEN, request.headers["X-Twilio-Signature"] ?? "", request.url, text)).toBe(true);
  });

  test("of a form is signed as forms are", async () => {
    const request = await made({ request: { body_format: "form", body: { callback: "{{callback_url}}" } } });
    expect(Object.fromEntries(new URLSearchParams(Buffer.from(bytesOf(request)).toString()))).toEqual({ callback: CALLBACK_URL });
    expect(isValid(request, { callback: CALLBACK_URL })).toBe(true);
  });

  test("may have no body at all", async () => {
    const request = await made({ request: { method: "GET", body_format: "none", body: {}, query: { callback: "{{callback_url}}" } } });
    expect([request.body, isValid(request, {})]).toEqual([null, true]);
  });
});

test.each(["binary", "multipart", "json"])("a %s request says when it was made, how long it waits, and for whom", async (format) => {
  const body = { binary: "{{audio_data}}", multipart: { file: "{{audio_data}}" }, json: {} }[format];
  const request = await made({ request: { body_format: format, body }, credentials: { type: "basic", username: "user", password: "pässword" } });
  expect(Object.fromEntries(new URL(request.url).searchParams)).toMatchObject({ InvocationDate: "2023-11-14T22:13:20Z", InvocationTtlMs: "60000" });
  expect(request.headers).toMatchObject({
    "X-Twilio-VendorAccountSid": ORDER.publisherSid,
    "X-Twilio-RequestSid": ORDER.xr,
    "X-Twilio-AddOnSid": ORDER.addOnSid,
    "X-Twilio-AddOnVersionSid": ORDER.versionSid,
    "X-Twilio-AddOnInstallSid": ORDER.installSid,
    "X-Twilio-AddOnConfigurationSid": ORDER.configurationSid,
    Authorization: `Basic ${Buffer.from("user:pässword").toString("base64")}`,
  });
});

test("a content that is missing fails by its name, before anything is signed", async () => {
  const installed = await installedRecordingAddOn(recordingVersion({ query: { callback_url: "{{callback_url}}" } }));
  expect(await recordingRequest(installed, SENT, new Map(), WINDOW, "b")).toMatchObject({ ok: false, error: { kind: "content_missing", detail: expect.stringContaining("callback_url") } });
});

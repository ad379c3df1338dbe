import { describe, expect, it } from "vitest";
import { compileVersion } from "../../src/domain/catalog/compiled-version.ts";
import { definitionSchema } from "../../src/domain/catalog/definition.ts";
import type { InvocationFailure } from "../../src/domain/failure.ts";
import type { RecordingOrder } from "../../src/domain/recording/recording-order.ts";
import { checkCallback, type CheckPorts } from "../../src/invocation/check-callback.ts";
import { MapCallbackStore } from "../support/map-callback-store.ts";

const sid = (prefix: string): string => prefix + "0".repeat(32);

const ORDER: RecordingOrder = {
  v: 1,
  xr: sid("XR"),
  accountSid: sid("AC"),
  recordingSid: sid("RE"),
  recordingCreatedAtMs: 0,
  integrationPoint: "recording-api",
  channel: null,
  addOnSid: sid("XB"),
  installSid: sid("XD"),
  configurationSid: sid("XE"),
  versionSid: sid("XC"),
  uniqueName: "digits",
  publisherSid: sid("AC"),
  relayUrl: null,
  callbackTimeoutMs: 60_000,
  durationMs: 61_000,
  unitPriceMicros: 5_000,
  fullPriceMicros: 5_000,
  dailyCapMicros: null,
  audio: { key: "audio", sizeBytes: 44, sha256: "", mediaType: "audio/wav", channels: 1 },
};

const DEFINITION = {
  unique_name: "digits",
  friendly_name: "Digits",
  description: "Digits.",
  type: "recording_analysis",
  extensions: ["recording-api"],
  request: { method: "POST", url: "https://publisher.example.com/", body_format: "binary", body: "{{audio_data}}" },
  pricing: { model: "per_minute", unit_price: "0.005", currency: "USD" },
};

type Checked = { failure: InvocationFailure | null; priceMicros: number };

/** Checks one callback. @returns what the invocation was told. */
async function checked(body: string | null, definition: Record<string, unknown> = {}, ports: Partial<CheckPorts> = {}): Promise<Checked[]> {
  const callbacks = new MapCallbackStore();
  const bytes = new TextEncoder().encode(body ?? "");
  if (body !== null) callbacks.bodies.set(`callbacks/${ORDER.xr}/a1`, bytes);
  const told: Checked[] = [];
  const version = compileVersion(ORDER.versionSid, definitionSchema.parse({ ...DEFINITION, ...definition }));
  await checkCallback({
    invocation: {
      beginCheck: () => Promise.resolve({ kind: "go", order: ORDER, callback: { attempt: "a1", md5: "", sizeBytes: bytes.byteLength } }),
      checked: async (failure, priceMicros) => void told.push({ failure, priceMicros }),
    },
    callbacks,
    version: async (versionSid) => (versionSid === ORDER.versionSid ? version : null),
    ...ports,
  });
  return told;
}

const NEEDS_DIGITS = { response_schema: { type: "object", required: ["digits"], properties: { digits: { type: "string" } } } };
const PER_SUCCESS = { pricing: { model: "per_success", unit_price: "0.005", currency: "USD", success: { present: ["/speech/seconds"] } } };
const TWO_STARTED_MINUTES = 10_000;
const NINE_MIB = 9 * 1024 * 1024;
const large = (member: string): string => `{${member},"text":"${"x".repeat(NINE_MIB)}"}`;
/** A hundred thousand words, and one more. */
const words = (last: string): string => `{"words":[${'{"w":"hello","s":1.2,"e":1.4,"c":0.98},'.repeat(100_000)}${last}]}`;

describe("what was called back", () => {
  it("passes without a response schema, and costs the started minutes of the audio", async () => {
    expect(await checked('{"anything":1}')).toEqual([{ failure: null, priceMicros: TWO_STARTED_MINUTES }]);
  });

  it("passes the response schema of its version", async () => {
    expect(await checked('{"digits":"42"}', NEEDS_DIGITS)).toEqual([{ failure: null, priceMicros: TWO_STARTED_MINUTES }]);
  });

  it("fails by it, unbilled, with the name that the schema gives and without the value", async () => {
    const detail = "The add-on's response schema refuses /digits: must be of type string";
    expect(await checked('{"digits":42}', NEEDS_DIGITS)).toEqual([{ failure: { kind: "response_schema_refused", detail }, priceMicros: 0 }]);
  });

  it("costs nothing by success where what must be present is not", async () => {
    expect(await checked('{"speech":{}}', PER_SUCCESS)).toEqual([{ failure: null, priceMicros: 0 }]);
    expect(await checked('{"speech":{"seconds":3}}', PER_SUCCESS)).toEqual([{ failure: null, priceMicros: 5_000 }]);
  });

  it("is checked whole also where it has megabytes: every word of a transcript", async () => {
    const number = { type: "number", minimum: 0 };
    const word = { type: "object", required: ["w", "s", "e", "c"], properties: { w: { type: "string", maxLength: 100 }, s: number, e: number, c: number }, additionalProperties: false };
    const schema = { response_schema: { type: "object", required: ["words"], properties: { words: { type: "array", items: word } } } };
    expect(await checked(words('{"w":"","s":0,"e":0,"c":0}'), schema)).toEqual([{ failure: null, priceMicros: TWO_STARTED_MINUTES }]);
    const [refused] = await checked(words('{"w":"","s":0,"e":0,"c":-1}'), schema);
    expect(refused?.failure?.detail).toBe("The add-on's response schema refuses /words/100000/c: must be at least 0");
  });

  it("is held to the required names only where it is over 8 MiB", async () => {
    expect(await checked(large('"digits":42'), NEEDS_DIGITS)).toEqual([{ failure: null, priceMicros: TWO_STARTED_MINUTES }]);
    const detail = "The add-on's response schema refuses /digits: is required";
    expect(await checked(large('"other":42'), NEEDS_DIGITS)).toEqual([{ failure: { kind: "response_schema_refused", detail }, priceMicros: 0 }]);
  });

  it("costs nothing by success where it is over 8 MiB and only its inside could tell", async () => {
    expect(await checked(large('"speech":{"seconds":3}'), PER_SUCCESS)).toEqual([{ failure: null, priceMicros: 0 }]);
  });

  it("is held to the required names only where it has millions of values in few bytes", async () => {
    const body = `{"digits":42,"list":[${"{},".repeat(600_000)}{}]}`;
    expect(await checked(body, NEEDS_DIGITS)).toEqual([{ failure: null, priceMicros: TWO_STARTED_MINUTES }]);
  });

  it("that is not there any more is our failure, unbilled, as is a version that cannot be read", async () => {
    expect(await checked(null)).toEqual([{ failure: { kind: "internal", detail: "What the publisher called back with could not be read." }, priceMicros: 0 }]);
    expect(await checked("{}", {}, { version: () => Promise.resolve(null) })).toEqual([
      { failure: { kind: "internal", detail: `The version ${ORDER.versionSid} cannot be read.` }, priceMicros: 0 },
    ]);
  });

  it("is left alone where the invocation waits for no check", async () => {
    const told: unknown[] = [];
    const invocation: CheckPorts["invocation"] = { beginCheck: () => Promise.resolve({ kind: "stop" }), checked: async (...outcome) => void told.push(outcome) };
    await checked("{}", {}, { invocation });
    expect(told).toEqual([]);
  });
});

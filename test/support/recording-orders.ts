import { compileVersion, type CompiledVersion } from "../../src/domain/catalog/compiled-version.ts";
import { definitionSchema } from "../../src/domain/catalog/definition.ts";
import type { InstalledAddOn } from "../../src/domain/catalog/install.ts";
import type { RecordingOrder } from "../../src/domain/recording/recording-order.ts";
import { hmacKey } from "../../src/domain/request/signature.ts";

/** The publisher's auth token. */
export const TOKEN = "publisher-token";

const sid = (prefix: string, last: number): string => prefix + last.toString(16).padStart(32, "0");

export const ORDER: RecordingOrder = {
  v: 1,
  xr: sid("XR", 1),
  accountSid: sid("AC", 1),
  recordingSid: sid("RE", 1),
  recordingCreatedAtMs: 0,
  integrationPoint: "recording-api",
  channel: null,
  addOnSid: sid("XB", 1),
  installSid: sid("XD", 1),
  configurationSid: sid("XE", 1),
  versionSid: sid("XC", 1),
  uniqueName: "sound",
  publisherSid: sid("AC", 2),
  relayUrl: "https://developer.example.com/relay",
  callbackTimeoutMs: 60_000,
  durationMs: 3_000,
  unitPriceMicros: 5_000,
  fullPriceMicros: 5_000,
  dailyCapMicros: null,
  audio: { key: "audio", sizeBytes: 44, sha256: "ab".repeat(32), mediaType: "audio/x-wav", channels: 1 },
};

const DEFINITION = {
  unique_name: "sound",
  friendly_name: "Sound",
  description: "Listens.",
  type: "recording_analysis",
  extensions: ["recording-api"],
  pricing: { model: "per_use", unit_price: "0.005", currency: "USD" },
};

export function recordingVersion(request: Record<string, unknown> = {}, change: Record<string, unknown> = {}): CompiledVersion {
  const sent = { method: "POST", url: "https://publisher.example.com/audio", body_format: "binary", body: "{{audio_data}}", ...request };
  return compileVersion(ORDER.versionSid, definitionSchema.parse({ ...DEFINITION, request: sent, ...change }));
}

export async function installedRecordingAddOn(version: CompiledVersion, change: Partial<InstalledAddOn> = {}): Promise<InstalledAddOn> {
  return {
    sid: ORDER.configurationSid,
    installSid: ORDER.installSid,
    addOnSid: ORDER.addOnSid,
    uniqueName: "sound",
    configuration: {},
    enabledAt: new Set(["recording-api"]),
    isAssigned: false,
    dailyCapMicros: null,
    version,
    sunsetAtMs: null,
    credentials: { type: "none" },
    publisher: { sid: ORDER.publisherSid, status: "active", signingKeys: { sha1: await hmacKey("SHA-1", TOKEN), sha256: await hmacKey("SHA-256", TOKEN) } },
    ...change,
  };
}

import type { IntegrationPoint } from "../catalog/add-on-type.ts";

/** What one invocation needs for all its life; it never changes. It is stored as JSON, so it carries a version. */
export type RecordingOrder = {
  v: 1;
  xr: string;
  accountSid: string;
  recordingSid: string;
  /** Tells it from one that was deleted and had the same SID. */
  recordingCreatedAtMs: number;
  integrationPoint: IntegrationPoint;
  /** Where the recording was split; null where it is sent as it is. */
  channel: 1 | 2 | null;
  addOnSid: string;
  installSid: string;
  /** XE. */
  configurationSid: string;
  versionSid: string;
  uniqueName: string;
  publisherSid: string;
  /** Where the developer hears of the result; null when the configuration names no URL. */
  relayUrl: string | null;
  /** From acceptance on. */
  callbackTimeoutMs: number;
  durationMs: number;
  /** Of one use, or of one started minute. */
  unitPriceMicros: number;
  /** The most that it can cost, which is held for it. */
  fullPriceMicros: number;
  /** Of its install, as it was when the recording came; null where it had none. */
  dailyCapMicros: number | null;
  audio: RecordingAudio;
};

/** Audio as it is sent: one object in R2. */
export type RecordingAudio = {
  key: string;
  sizeBytes: number;
  /** In lower-case hex. */
  sha256: string;
  mediaType: string;
  channels: number;
};

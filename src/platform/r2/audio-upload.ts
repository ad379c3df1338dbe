import type { AudioProbe, MeasuredAudio } from "../../domain/recording/measured-audio.ts";

/**
 * Ours: 512 MiB, 4.6 hours of two-channel telephone audio (8 kHz, 16 bits). Most plans of the platform take less in one request; it is for
 * the others, and for what is fetched.
 */
export const RECORDING_BYTES = 512 * 1024 * 1024;

export type AudioUpload = {
  key: string;
  mediaType: string;
  body: ReadableStream<Uint8Array>;
  /** null where it is known only when all has come. */
  sizeBytes: number | null;
  maxBytes: number;
  probe: AudioProbe;
  /** What an upload that died has left at the key, to be overwritten; nothing else ever is. */
  leftover: R2Object | null;
};

export type AudioOutcome =
  | { kind: "stored"; sizeBytes: number; sha256: string; measured: MeasuredAudio }
  /** `detail` is one sentence for whoever sent it. */
  | { kind: "refused"; detail: string }
  | { kind: "too_large" }
  /** Not all of it came. */
  | { kind: "broken_off" }
  /** Another upload to this key was faster. */
  | { kind: "overtaken" };

/** R2 decides when all has come: two uploads at once to one key, and the slower one finds the other's. */
export function putOptions({ mediaType, leftover }: Pick<AudioUpload, "mediaType" | "leftover">) {
  const onlyIf = new Headers(leftover === null ? { "If-None-Match": "*" } : { "If-Match": leftover.httpEtag });
  return { onlyIf, httpMetadata: { contentType: mediaType } };
}

/** What is not read holds memory and the connection. */
export const discard = (body: ReadableStream<Uint8Array>): Promise<void> => body.cancel().catch(() => undefined);

import { err, ok, type Result } from "../result.ts";
import { isSplittable, type WavFormat } from "./wav-format.ts";
import { measureWav, readWavHeader, type WavHeader } from "./wav.ts";

/** Public documentation of voice: a call ends after 24 hours. It also keeps a deadline of ten times the duration within the results' 30 days. */
export const RECORDING_MAX_MS = 24 * 3_600_000;

/** Where the audio is in a WAV file, and how to read it: what splitting its channels needs. */
export type WavPlace = { format: WavFormat; dataOffset: number; dataBytes: number; frames: number };

/** @property wav null for every other media type. */
export type MeasuredAudio = { channels: number; durationMs: number; wav: WavPlace | null };

/** `more`: the same question again with at least so many first bytes. `detail` is one sentence for whoever sent the audio. */
export type Beginning = { kind: "more"; bytes: number } | { kind: "enough" } | { kind: "refused"; detail: string };

/** Judges audio while it comes: by its first bytes, then by its size. */
export type AudioProbe = {
  /** @param isAll whether nothing follows these bytes. */
  begin(prefix: Uint8Array, isAll: boolean): Beginning;
  /** Asked after `begin` had enough. */
  measure(sizeBytes: number): Result<MeasuredAudio, string>;
};

const WAV_TYPES: ReadonlySet<string> = new Set(["audio/x-wav", "audio/wav", "audio/wave", "audio/vnd.wave"]);

/** @param mediaType with or without parameters. */
export const isWav = (mediaType: string): boolean => WAV_TYPES.has((mediaType.split(";")[0] ?? "").trim().toLowerCase());

/** WAV is measured from its header, whatever was said of it. */
export function wavProbe(): AudioProbe {
  let header: WavHeader | null = null;
  return {
    begin(prefix, isAll) {
      const reading = readWavHeader(prefix, isAll);
      if (reading.kind === "more") return reading;
      if (reading.kind === "refused") return { kind: "refused", detail: reading.error.detail };
      header = reading.header;
      const detail = refuseFormat(header.format);
      return detail === null ? { kind: "enough" } : { kind: "refused", detail };
    },
    measure: (sizeBytes) => (header === null ? err("The audio has no bytes.") : measured(header, sizeBytes)),
  };
}

/** Nothing here decodes other formats: their duration is what the caller says, and they have one channel. */
export function timedProbe(durationMs: number): AudioProbe {
  return {
    begin: (prefix, isAll) => (prefix.byteLength > 0 ? { kind: "enough" } : isAll ? { kind: "refused", detail: "The audio has no bytes." } : { kind: "more", bytes: 1 }),
    measure: () => ok({ channels: 1, durationMs, wav: null }),
  };
}

function refuseFormat(format: WavFormat): string | null {
  if (format.channels > 2) return `The audio has ${format.channels} channels; a recording has one or two.`;
  // Publishers get single-channel audio, and no decoder runs here.
  if (format.channels === 2 && !isSplittable(format)) {
    const tag = format.formatTag.toString(16).padStart(4, "0");
    return `The audio has two channels in the compressed WAV format 0x${tag}, which cannot be split: send PCM, IEEE float, A-law or µ-law, or one channel.`;
  }
  return null;
}

function measured(header: WavHeader, sizeBytes: number): Result<MeasuredAudio, string> {
  const audio = measureWav(header, sizeBytes);
  if (!audio.ok) return err(audio.error.detail);
  const { durationMs, dataOffset, dataBytes, frames } = audio.value;
  if (durationMs > RECORDING_MAX_MS) return err(`The audio lasts ${Math.round(durationMs / 1_000)} s; a recording lasts at most ${RECORDING_MAX_MS / 1_000} s.`);
  return ok({ channels: header.format.channels, durationMs, wav: { format: header.format, dataOffset, dataBytes, frames } });
}

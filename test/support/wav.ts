import { createHash } from "node:crypto";

type WavOptions = {
  seconds?: number;
  channels?: number;
  sampleRate?: number;
  bits?: number;
  formatTag?: number;
  blockAlign?: number;
  byteRate?: number;
  /** What the header says of the audio's length, where that is a lie. */
  declaredBytes?: number;
  /** Another seed, other audio. */
  seed?: string;
};

/** A WAV file with its header written here by the format's own description (RIFF, little-endian), not by the gateway's code. */
export function wav(options: WavOptions = {}): Buffer<ArrayBuffer> {
  const { seconds = 1, channels = 1, sampleRate = 8_000, bits = 16, formatTag = 1, seed = "audio" } = options;
  const blockAlign = options.blockAlign ?? (channels * bits) / 8;
  const byteRate = options.byteRate ?? sampleRate * blockAlign;
  const audio = noise(Math.floor((seconds * byteRate) / blockAlign) * blockAlign, seed);
  const header = Buffer.alloc(44);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(36 + audio.byteLength, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(formatTag, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(byteRate, 28);
  header.writeUInt16LE(blockAlign, 32);
  header.writeUInt16LE(bits, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(options.declaredBytes ?? audio.byteLength, 40);
  return Buffer.concat([header, audio]);
}

/** Bytes that no two places of which are alike, and that are the same in every run. */
export function noise(length: number, seed = "audio"): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc(length);
  let state = createHash("sha256").update(seed).digest().readUInt32LE(0) | 1;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

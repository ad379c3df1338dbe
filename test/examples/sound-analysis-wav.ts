import type { Sound } from "./sound-analysis-synthesis.ts";

export type WavEncoding = "pcm_8" | "pcm_16" | "pcm_24" | "pcm_32" | "a_law" | "mu_law";

export const wavEncodings: readonly WavEncoding[] = ["pcm_8", "pcm_16", "pcm_24", "pcm_32", "a_law", "mu_law"];

type WavOptions = {
  rateHz?: number;
  encoding?: WavEncoding;
  channels?: number;
  /** Chunks between the format and the sound. */
  before?: Buffer[];
  after?: Buffer[];
  /** What the headers say, when they lie. */
  saidDataBytes?: number;
  form?: "RIFF" | "RF64";
  extensible?: boolean;
};

const formatTags = { pcm: 1, a: 6, mu: 7 };

export function wav(sound: Sound, options: WavOptions = {}): Buffer {
  const { rateHz = 8_000, encoding = "pcm_16", channels = 1, before = [], after = [], form = "RIFF", extensible = false } = options;
  const data = Buffer.concat(sound(rateHz).map((sample) => encode(sample, encoding)));
  const [family = "pcm", digits] = encoding.split("_");
  const bits = family === "pcm" ? Number(digits) : 8;
  const tag = family === "pcm" ? formatTags.pcm : family === "a" ? formatTags.a : formatTags.mu;
  const format = Buffer.alloc(extensible ? 40 : 16);
  format.writeUInt16LE(extensible ? 0xfffe : tag, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(rateHz, 4);
  format.writeUInt32LE((rateHz * channels * bits) / 8, 8);
  format.writeUInt16LE((channels * bits) / 8, 12);
  format.writeUInt16LE(bits, 14);
  if (extensible) {
    format.writeUInt16LE(22, 16);
    format.writeUInt16LE(bits, 18);
    Buffer.from(`0${tag}00000000001000800000aa00389b71`, "hex").copy(format, 24);
  }
  const chunks = [chunk("fmt ", format), ...before, chunk("data", data, options.saidDataBytes), ...after];
  const body = Buffer.concat([Buffer.from("WAVE"), ...chunks]);
  return chunk(form, body, form === "RF64" ? 0xffff_ffff : undefined);
}

/** A RIFF chunk, with the byte that one of odd size is padded with. */
export function chunk(id: string, content: Buffer, saidBytes = content.length): Buffer {
  const head = Buffer.alloc(8);
  head.write(id, "latin1");
  head.writeUInt32LE(saidBytes, 4);
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)]);
}

function encode(sample: number, encoding: WavEncoding): Buffer {
  const clipped = Math.max(-1, Math.min(1, sample));
  switch (encoding) {
    case "pcm_8":
      return Buffer.of(128 + Math.round(clipped * 127));
    case "pcm_16":
    case "pcm_24":
    case "pcm_32": {
      const bytes = Number(encoding.slice(4)) / 8;
      const encoded = Buffer.alloc(bytes);
      encoded.writeIntLE(Math.round(clipped * (2 ** (8 * bytes - 1) - 1)), 0, bytes);
      return encoded;
    }
    case "a_law":
      return Buffer.of(nearestCode(clipped, aLawValues));
    case "mu_law":
      return Buffer.of(nearestCode(clipped, muLawValues));
  }
}

/**
 * The values of G.711's tables, from the standard's formulas and not from the bits: segments of sixteen equal steps, each twice as wide as the one
 * before. A-law's first two segments are equally wide.
 */
const muLawValues = Array.from({ length: 256 }, (_, byte) => {
  const [segment, step] = [((255 - byte) >> 4) & 7, (255 - byte) & 15];
  return ((byte < 128 ? -1 : 1) * (2 ** segment * (step + 16.5) - 16.5)) / 4_096;
});
const aLawValues = Array.from({ length: 256 }, (_, byte) => {
  const [segment, step] = [((byte ^ 0x55) >> 4) & 7, (byte ^ 0x55) & 15];
  const value = segment === 0 ? (step + 0.5) / 2_048 : ((step + 16.5) * 2 ** (segment - 1)) / 2_048;
  return (byte < 128 ? -1 : 1) * value;
});

function nearestCode(sample: number, values: readonly number[]): number {
  let nearest = 0;
  for (const [code, value] of values.entries()) {
    if (Math.abs(value - sample) < Math.abs((values[nearest] ?? 0) - sample)) nearest = code;
  }
  return nearest;
}

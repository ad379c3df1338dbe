import { err, ok, type Result } from "../result.ts";

/** What is wrong with a WAV file. `detail` is one sentence for a human that names the field; it never quotes the audio. */
export type WavError = { kind: WavErrorKind; detail: string };

export type WavErrorKind =
  | "not_wav"
  | "header_cut_off"
  | "header_too_long"
  | "format_missing"
  | "format_refused"
  | "size_missing"
  | "truncated"
  | "size_lies"
  | "zero_length";

/** In all but `compressed`, a frame is one sample of each channel, so that channels can be told apart without a decoder. */
export type WavEncoding = "pcm" | "float" | "a-law" | "mu-law" | "compressed";

/** The fmt chunk of a WAV file, free of contradictions. */
export type WavFormat = {
  encoding: WavEncoding;
  /** WAVE_FORMAT_*, of the sub-format where the chunk is extensible. */
  formatTag: number;
  /** At least 1. More than 2 is the caller's to refuse. */
  channels: number;
  sampleRate: number;
  /** 0 where a compressed format has no such thing. */
  bitsPerSample: number;
  /** Bytes a second; sampleRate × blockAlign in all but compressed formats. */
  byteRate: number;
  /** Bytes of a frame; of a compressed format, of a block of many. */
  blockAlign: number;
};

const EXTENSIBLE = 0xfffe;
const PLAIN_BYTES = 16;
const EXTENSIBLE_BYTES = 40;
/** A sub-format's GUID is its format tag followed by these. */
const SUB_FORMAT_TAIL = [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71];

type Encoding = { encoding: WavEncoding; bits: (bits: number) => boolean; bitsText: string };

const ENCODINGS: ReadonlyMap<number, Encoding> = new Map([
  [1, { encoding: "pcm", bits: (bits) => bits >= 1 && bits <= 32, bitsText: "1 to 32" }],
  [3, { encoding: "float", bits: (bits) => bits === 32 || bits === 64, bitsText: "32 or 64" }],
  [6, { encoding: "a-law", bits: (bits) => bits === 8, bitsText: "8" }],
  [7, { encoding: "mu-law", bits: (bits) => bits === 8, bitsText: "8" }],
]);

/** Ours. Duration, and with it every deadline, is divided by these: a header that lies about them must not make a recording of years. */
const SAMPLE_RATE_MIN = 4_000;
const SAMPLE_RATE_MAX = 768_000;
/** Ours: below any speech codec, and above any: uncompressed speech has two bytes a sample. */
const COMPRESSED_BYTE_RATE_MIN = 64;
const COMPRESSED_SAMPLE_BYTES_MAX = 2;

/** Whether its two channels can be separated byte by byte. */
export const isSplittable = ({ encoding, channels }: WavFormat): boolean => channels === 2 && encoding !== "compressed";

/** @param chunk the body of the fmt chunk, little-endian. */
export function readFormat(chunk: DataView): Result<WavFormat, WavError> {
  if (chunk.byteLength < PLAIN_BYTES) return refused(`The fmt chunk has ${chunk.byteLength} bytes, but needs at least ${PLAIN_BYTES}.`);
  const tag = chunk.getUint16(0, true);
  if (tag === EXTENSIBLE && chunk.byteLength < EXTENSIBLE_BYTES) {
    return refused(`The fmt chunk of an extensible format has ${chunk.byteLength} bytes, but needs at least ${EXTENSIBLE_BYTES}.`);
  }
  const formatTag = tag === EXTENSIBLE ? subFormatOf(chunk) : tag;
  const format: WavFormat = {
    encoding: ENCODINGS.get(formatTag)?.encoding ?? "compressed",
    formatTag,
    channels: chunk.getUint16(2, true),
    sampleRate: chunk.getUint32(4, true),
    byteRate: chunk.getUint32(8, true),
    blockAlign: chunk.getUint16(12, true),
    bitsPerSample: chunk.getUint16(14, true),
  };
  const problem = problemOf(format);
  return problem === null ? ok(format) : refused(problem);
}

const refused = (detail: string): Result<never, WavError> => err({ kind: "format_refused", detail });

/** A GUID that is not made of a format tag stands for itself: something that we do not know. */
function subFormatOf(chunk: DataView): number {
  const isTag = SUB_FORMAT_TAIL.every((byte, index) => chunk.getUint8(26 + index) === byte);
  return isTag ? chunk.getUint16(24, true) : EXTENSIBLE;
}

function problemOf(format: WavFormat): string | null {
  const { channels, sampleRate, bitsPerSample, byteRate, blockAlign } = format;
  if (channels === 0) return "The fmt chunk says 0 channels.";
  if (sampleRate < SAMPLE_RATE_MIN || sampleRate > SAMPLE_RATE_MAX) {
    return `The fmt chunk's sample rate is ${sampleRate} Hz; it may be ${SAMPLE_RATE_MIN} to ${SAMPLE_RATE_MAX}.`;
  }
  if (blockAlign === 0) return "The fmt chunk's block align is 0.";
  if (byteRate === 0) return "The fmt chunk's byte rate is 0.";
  const encoding = ENCODINGS.get(format.formatTag);
  if (encoding === undefined) {
    // It alone tells how long the audio is.
    const byteRateMax = sampleRate * channels * COMPRESSED_SAMPLE_BYTES_MAX;
    const isOff = byteRate < COMPRESSED_BYTE_RATE_MIN || byteRate > byteRateMax;
    return isOff ? `The fmt chunk's byte rate is ${byteRate}; at ${sampleRate} Hz and ${channels} channel(s) it may be ${COMPRESSED_BYTE_RATE_MIN} to ${byteRateMax}.` : null;
  }
  if (!encoding.bits(bitsPerSample)) return `The fmt chunk's bits per sample are ${bitsPerSample}; for ${encoding.encoding} they must be ${encoding.bitsText}.`;
  const frameBytes = channels * Math.ceil(bitsPerSample / 8);
  if (blockAlign !== frameBytes) return `The fmt chunk's block align is ${blockAlign}, but ${channels} channel(s) of ${bitsPerSample} bits take ${frameBytes}.`;
  // Either of the two could be the lie, and the price of a minute hangs on it.
  if (byteRate !== sampleRate * blockAlign) return `The fmt chunk's byte rate is ${byteRate}, but ${sampleRate} Hz × ${blockAlign} bytes are ${sampleRate * blockAlign}.`;
  return null;
}

import { type Encoding, encodingOf, samples } from "./encoding.ts";

export type AudioProblem = { code: "no_audio" | "not_wav" | "malformed" | "truncated" | "unsupported_format" | "not_mono"; message: string };

export type WavFormat = { encoding: Encoding; sampleRateHz: number };

/** `dataBytes` is infinite where the writer of the file did not know it yet: the sound then goes on to the end. */
export type WavHeader = WavFormat & { dataBytes: number };

export type HeaderOutcome = { header: WavHeader } | { problem: AudioProblem };

/** What a writer puts into a 32-bit size that stands in the `ds64` chunk of an RF64 file, or that it does not know. */
const elsewhereBytes = 0xffff_ffff;
/** Writers into a pipe cannot go back: some leave 0, and SoX this, in whole samples. */
const soxUnknownBytes = 0x7fff_f000;
/** Tags and pictures before the sound are skipped, but not for ever. */
const maxSkippedBytes = 1024 * 1024;
const maxChunkReadBytes = 1024;
const lowestRateHz = 8_000;
const highestRateHz = 48_000;
/** The end of every `WAVE_FORMAT_EXTENSIBLE` subformat whose first two bytes are a plain format tag. */
const subformatTail = "000000001000800000aa00389b71";

/**
 * Reads a WAV file up to the first byte of sound. It yields how many bytes it wants next and is given exactly those, so that it reads as if the
 * file were whole, however the bytes arrive.
 */
export function* parseWavHeader(): Generator<number, HeaderOutcome, Buffer> {
  const riff = yield 12;
  const isWave = ["RIFF", "RF64", "BW64"].includes(riff.toString("latin1", 0, 4)) && riff.toString("latin1", 8) === "WAVE";
  if (!isWave) return problem("not_wav", "This is not a WAV file.");

  let format: WavFormat | undefined;
  let longDataBytes = Infinity;
  for (let skippedBytes = 0; skippedBytes <= maxSkippedBytes; ) {
    const chunk = yield 8;
    const id = chunk.toString("latin1", 0, 4);
    const sizeBytes = chunk.readUInt32LE(4);
    if (id === "data") {
      if (format === undefined) return problem("malformed", "The sound stands before its format.");
      return { header: { ...format, dataBytes: dataBytesOf(sizeBytes, longDataBytes, format) } };
    }
    // A chunk of odd size is followed by one byte that belongs to nobody.
    const paddedBytes = sizeBytes + (sizeBytes % 2);
    skippedBytes += paddedBytes;
    if (skippedBytes > maxSkippedBytes) break;
    if (id === "fmt " && sizeBytes >= 16 && sizeBytes <= maxChunkReadBytes) {
      const outcome = formatOf(yield paddedBytes);
      if ("problem" in outcome) return outcome;
      format = outcome.format;
    } else if (id === "ds64" && sizeBytes >= 16 && sizeBytes <= maxChunkReadBytes) {
      longDataBytes = Number((yield paddedBytes).readBigUInt64LE(8));
    } else {
      for (let leftBytes = paddedBytes; leftBytes > 0; leftBytes -= maxChunkReadBytes) yield Math.min(leftBytes, maxChunkReadBytes);
    }
  }
  return problem("malformed", "There is no sound in the file's first megabyte.");
}

function dataBytesOf(sizeBytes: number, longDataBytes: number, { encoding }: WavFormat): number {
  if (sizeBytes === elsewhereBytes) return longDataBytes;
  const sampleBytes = samples[encoding].bytes;
  const isUnknown = sizeBytes === 0 || sizeBytes === soxUnknownBytes - (soxUnknownBytes % sampleBytes);
  return isUnknown ? Infinity : sizeBytes;
}

function formatOf(chunk: Buffer): { format: WavFormat } | { problem: AudioProblem } {
  const extended = chunk.readUInt16LE(0) === 0xfffe && chunk.length >= 40 && chunk.toString("hex", 26, 40) === subformatTail;
  const tag = chunk.readUInt16LE(extended ? 24 : 0);
  const channels = chunk.readUInt16LE(2);
  const sampleRateHz = chunk.readUInt32LE(4);
  const frameBytes = chunk.readUInt16LE(12);
  const bits = chunk.readUInt16LE(14);
  if (channels !== 1) return problem("not_mono", `The recording has ${channels} channels, and this add-on takes one.`);
  const encoding = encodingOf(tag, bits);
  if (encoding === undefined) return problem("unsupported_format", "This add-on reads PCM of 8, 16, 24 or 32 bits, A-law and mu-law.");
  if (frameBytes * 8 !== bits) return problem("malformed", "The sample's size in the header does not fit its bits.");
  if (sampleRateHz < lowestRateHz || sampleRateHz > highestRateHz) {
    return problem("unsupported_format", `The sample rate is ${sampleRateHz} Hz, and this add-on takes ${lowestRateHz} to ${highestRateHz}.`);
  }
  return { format: { encoding, sampleRateHz } };
}

function problem(code: AudioProblem["code"], message: string): { problem: AudioProblem } {
  return { problem: { code, message } };
}

import type { WavEncoding, WavFormat } from "./wav-format.ts";

/** One channel as a WAV file of its own: header, then `dataBytes` of audio, then padding. */
export type MonoWav = {
  header: Uint8Array<ArrayBuffer>;
  dataBytes: number;
  /** A chunk of odd size is followed by a zero; else empty. */
  padding: Uint8Array<ArrayBuffer>;
  /** Of the whole file, known before the first frame is read. */
  sizeBytes: number;
};

const FORMAT_TAGS: Record<Exclude<WavEncoding, "compressed">, number> = { pcm: 1, float: 3, "a-law": 6, "mu-law": 7 };
const UINT32_MAX = 0xffff_ffff;

/**
 * The file around one channel: the canonical 44 bytes for PCM, with the two fields more that the format asks for in other encodings,
 * and RF64 where 32 bits do not hold the length.
 * @throws for a compressed format, whose channels cannot be told apart.
 */
export function monoWavOf(format: WavFormat, frames: number): MonoWav {
  if (format.encoding === "compressed") throw new Error(`no channel of format ${format.formatTag} can be written`);
  const sampleBytes = format.blockAlign / format.channels;
  const dataBytes = frames * sampleBytes;
  const padding = new Uint8Array(dataBytes % 2);
  const isPcm = format.encoding === "pcm";
  const plainBytes = isPcm ? 44 : 58;
  const is64 = plainBytes - 8 + dataBytes + padding.byteLength >= UINT32_MAX;
  const header = new ByteWriter(plainBytes + (is64 ? 36 : 0));
  const sizeBytes = header.bytes.byteLength + dataBytes + padding.byteLength;

  header.id(is64 ? "RF64" : "RIFF").uint32(is64 ? UINT32_MAX : sizeBytes - 8).id("WAVE");
  if (is64) header.id("ds64").uint32(28).uint64(sizeBytes - 8).uint64(dataBytes).uint64(frames).uint32(0);
  header.id("fmt ").uint32(isPcm ? 16 : 18).uint16(FORMAT_TAGS[format.encoding]).uint16(1);
  header.uint32(format.sampleRate).uint32(format.sampleRate * sampleBytes).uint16(sampleBytes).uint16(format.bitsPerSample);
  if (!isPcm) header.uint16(0).id("fact").uint32(4).uint32(Math.min(frames, UINT32_MAX));
  header.id("data").uint32(is64 ? UINT32_MAX : dataBytes);
  return { header: header.bytes, dataBytes, padding, sizeBytes };
}

/** Writes a header's fields one after the other, little-endian. */
class ByteWriter {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #at = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
  }

  id(text: string): this {
    for (let i = 0; i < 4; i++) this.#view.setUint8(this.#at++, text.charCodeAt(i));
    return this;
  }

  uint16(value: number): this {
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
    return this;
  }

  uint32(value: number): this {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
    return this;
  }

  uint64(value: number): this {
    this.#view.setBigUint64(this.#at, BigInt(value), true);
    this.#at += 8;
    return this;
  }
}

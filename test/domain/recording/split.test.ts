import * as fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { monoWavOf } from "../../../src/domain/recording/mono-wav.ts";
import { ChannelSplitter, type Channels } from "../../../src/domain/recording/split.ts";
import type { WavFormat } from "../../../src/domain/recording/wav-format.ts";
import { measureWav, readWavHeader } from "../../../src/domain/recording/wav.ts";
import { bytes, concat, fields, uint16, uint32 } from "./wav-file.ts";

const ENCODINGS = { pcm: 1, float: 3, "a-law": 6, "mu-law": 7, compressed: 0x11 };

const formatOf = (encoding: WavFormat["encoding"], bitsPerSample: number, channels = 2): WavFormat => ({
  ...fields({ formatTag: ENCODINGS[encoding], bitsPerSample, channels }),
  encoding,
});

/** Cuts the bytes at the given places and splits the pieces. */
function split(format: WavFormat, audio: Uint8Array, cuts: readonly number[]): Channels & { isAtFrameEnd: boolean } {
  const splitter = new ChannelSplitter(format);
  const places = [0, ...cuts.map((cut) => cut % (audio.byteLength + 1)).toSorted((a, b) => a - b), audio.byteLength];
  const pieces = places.slice(1).map((end, index) => splitter.push(audio.subarray(places[index], end)));
  return { left: concat(...pieces.map(({ left }) => left)), right: concat(...pieces.map(({ right }) => right)), isAtFrameEnd: splitter.isAtFrameEnd };
}

function interleaved({ left, right }: Channels, sampleBytes: number): number[] {
  const frames: number[] = [];
  for (let at = 0; at < left.byteLength; at += sampleBytes) frames.push(...left.subarray(at, at + sampleBytes), ...right.subarray(at, at + sampleBytes));
  return frames;
}

const splittable = fc.constantFrom(formatOf("pcm", 8), formatOf("pcm", 16), formatOf("pcm", 20), formatOf("pcm", 24), formatOf("pcm", 32), formatOf("float", 32), formatOf("float", 64), formatOf("a-law", 8), formatOf("mu-law", 8));

describe("splitting two channels", () => {
  it("gives each its own samples, in order", () => {
    const { left, right } = split(formatOf("pcm", 16), Uint8Array.of(1, 2, 11, 12, 3, 4, 13, 14, 5, 6, 15, 16), []);
    expect(left).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
    expect(right).toEqual(Uint8Array.of(11, 12, 13, 14, 15, 16));
  });

  it("gives back every whole frame when the channels are interleaved again, wherever the chunks are cut", () => {
    fc.assert(
      fc.property(splittable, fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat({ max: 200 }), { maxLength: 20 }), (format, audio, cuts) => {
        const channels = split(format, audio, cuts);
        const wholeBytes = audio.byteLength - (audio.byteLength % format.blockAlign);
        expect(interleaved(channels, format.blockAlign / 2)).toEqual(Array.from(audio.subarray(0, wholeBytes)));
        expect(channels.isAtFrameEnd).toBe(wholeBytes === audio.byteLength);
      }),
      { numRuns: 500 },
    );
  });

  it("takes one byte at a time", () => {
    const audio = Uint8Array.from({ length: 30 }, (_, index) => index);
    const { left, right } = split(formatOf("pcm", 24), audio, Array.from(audio));
    expect(Array.from(left)).toEqual([0, 1, 2, 6, 7, 8, 12, 13, 14, 18, 19, 20, 24, 25, 26]);
    expect(Array.from(right)).toEqual([3, 4, 5, 9, 10, 11, 15, 16, 17, 21, 22, 23, 27, 28, 29]);
  });

  it("keeps nothing of the chunks that it was given", () => {
    const splitter = new ChannelSplitter(formatOf("pcm", 16));
    const reused = Uint8Array.of(1, 2, 3);
    splitter.push(reused);
    reused.set([4, 9, 9]);
    expect(splitter.push(reused.subarray(0, 1))).toEqual({ left: Uint8Array.of(1, 2), right: Uint8Array.of(3, 4) });
  });

  test.each([
    ["a compressed format", formatOf("compressed", 4)],
    ["one channel", formatOf("pcm", 16, 1)],
    ["three channels", formatOf("pcm", 16, 3)],
  ])("is not for %s", (_, format) => expect(() => new ChannelSplitter(format)).toThrow(/cannot be split/));
});

const containerOf = (format: WavFormat, frames: number): string => String.fromCharCode(...monoWavOf(format, frames).header.subarray(0, 4));

describe("the WAV file of one channel", () => {
  it("has the canonical 44 bytes before PCM", () => {
    const { header, dataBytes, padding, sizeBytes } = monoWavOf(formatOf("pcm", 16), 1_000);
    expect(header).toEqual(concat(
      bytes("RIFF"), uint32(2_036), bytes("WAVE"),
      bytes("fmt "), uint32(16), uint16(1), uint16(1), uint32(8_000), uint32(16_000), uint16(2), uint16(16),
      bytes("data"), uint32(2_000),
    ));
    expect({ dataBytes, padding, sizeBytes }).toEqual({ dataBytes: 2_000, padding: new Uint8Array(), sizeBytes: 2_044 });
  });

  it("has the count of samples before other encodings", () => {
    expect(monoWavOf(formatOf("mu-law", 8), 10).header).toEqual(concat(
      bytes("RIFF"), uint32(60), bytes("WAVE"),
      bytes("fmt "), uint32(18), uint16(7), uint16(1), uint32(8_000), uint32(8_000), uint16(1), uint16(8), uint16(0),
      bytes("fact"), uint32(4), uint32(10),
      bytes("data"), uint32(10),
    ));
  });

  it("ends with a zero when its audio has an odd length", () => {
    const { header, dataBytes, padding, sizeBytes } = monoWavOf(formatOf("pcm", 24), 3);
    expect({ dataBytes, padding, sizeBytes }).toEqual({ dataBytes: 9, padding: Uint8Array.of(0), sizeBytes: 54 });
    expect(Array.from(header.subarray(4, 8))).toEqual(uint32(46));
  });

  it("is RF64 from the first frame on whose end 32 bits cannot say", () => {
    const format = formatOf("pcm", 16);
    const lastOfRiff = (0xffff_ffff - 1 - 36) / 2;
    expect([lastOfRiff, lastOfRiff + 1].map((frames) => containerOf(format, frames))).toEqual(["RIFF", "RF64"]);
    // Of an odd length, the padding counts.
    expect([0xffff_ffd9, 0xffff_ffdb].map((frames) => containerOf(formatOf("pcm", 8), frames))).toEqual(["RIFF", "RF64"]);
  });

  it("has the size that it says and is read back, also over 4 GiB", () => {
    fc.assert(
      fc.property(splittable, fc.oneof(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 2 ** 31, max: 2 ** 40 })), (format, frames) => {
        const mono = monoWavOf(format, frames);
        expect(mono.sizeBytes).toBe(mono.header.byteLength + mono.dataBytes + mono.padding.byteLength);
        const reading = readWavHeader(mono.header, false);
        if (reading.kind !== "header") throw new Error(JSON.stringify(reading));
        const { encoding, sampleRate, bitsPerSample } = format;
        expect(reading.header.format).toMatchObject({ encoding, sampleRate, bitsPerSample, channels: 1, blockAlign: format.blockAlign / 2 });
        expect(reading.header.riffBytes + 8).toBe(mono.sizeBytes);
        expect(measureWav(reading.header, mono.sizeBytes)).toMatchObject({ ok: true, value: { frames, dataBytes: mono.dataBytes, dataOffset: mono.header.byteLength } });
        expect(measureWav(reading.header, mono.sizeBytes - mono.padding.byteLength - 1)).toMatchObject({ ok: false, error: { kind: "truncated" } });
      }),
    );
  });

  it("is not for a compressed format", () => {
    expect(() => monoWavOf(formatOf("compressed", 4), 1)).toThrow(/format 17/);
  });
});

import * as fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { isSplittable, type WavError } from "../../../src/domain/recording/wav-format.ts";
import { measureWav, readWavHeader, WAV_HEADER_BYTES, type WavAudio, type WavHeader } from "../../../src/domain/recording/wav.ts";
import { bytes, chunk, concat, ds64, extensible, type Fields, fields, fmt, plainBody, uint16, uint32, uint64, wav } from "./wav-file.ts";

type Read = { header: WavHeader; audio: WavAudio } | { error: WavError };

/** Reads a file as the gateway does: first bytes on demand, and the size when all has come. */
function read(file: Uint8Array): Read {
  let length = 0;
  for (;;) {
    const reading = readWavHeader(file.subarray(0, length), length === file.byteLength);
    if (reading.kind === "refused") return { error: reading.error };
    if (reading.kind === "header") {
      const measured = measureWav(reading.header, file.byteLength);
      return measured.ok ? { header: reading.header, audio: measured.value } : { error: measured.error };
    }
    expect(reading.bytes).toBeGreaterThan(length);
    expect(reading.bytes).toBeLessThanOrEqual(WAV_HEADER_BYTES);
    length = Math.min(reading.bytes, file.byteLength);
  }
}

function audioOf(file: Uint8Array): WavAudio {
  const result = read(file);
  if ("error" in result) throw new Error(result.error.detail);
  return result.audio;
}

function headerOf(file: Uint8Array): WavHeader {
  const result = read(file);
  if ("error" in result) throw new Error(result.error.detail);
  return result.header;
}

function errorOf(file: Uint8Array): WavError {
  const result = read(file);
  if ("error" in result) return result.error;
  throw new Error("was read");
}

/** Half a second in the fields' usual 8,000 Hz, 2 × 16 bits. */
const AUDIO = new Uint8Array(16_000);
const data = (audio: ArrayLike<number> = AUDIO, size = audio.length): Uint8Array => chunk("data", audio, size);

describe("a WAV file is measured", () => {
  const cases: [name: string, file: Uint8Array, audio: WavAudio][] = [
    ["with the canonical header", wav([fmt(), data()]), { dataOffset: 44, dataBytes: 16_000, frames: 4_000, durationMs: 500 }],
    ["with one channel of 8 bits", wav([fmt({ channels: 1, bitsPerSample: 8 }), data()]), { dataOffset: 44, dataBytes: 16_000, frames: 16_000, durationMs: 2_000 }],
    ["with 20 bits in three bytes", wav([fmt({ channels: 1, bitsPerSample: 20 }), data(new Uint8Array(24_000))]), { dataOffset: 44, dataBytes: 24_000, frames: 8_000, durationMs: 1_000 }],
    ["in the extensible format", wav([extensible(), data()]), { dataOffset: 68, dataBytes: 16_000, frames: 4_000, durationMs: 500 }],
    ["behind other chunks in any order", wav([chunk("JUNK", new Uint8Array(28)), chunk("LIST", bytes("INFO")), fmt(), chunk("fact", uint32(4_000)), chunk("bext", new Uint8Array(602)), data()]), { dataOffset: 12 + 36 + 12 + 24 + 12 + 610 + 8, dataBytes: 16_000, frames: 4_000, durationMs: 500 }],
    ["behind a chunk of odd size and its padding", wav([chunk("LIST", [1, 2, 3]), fmt(), data()]), { dataOffset: 56, dataBytes: 16_000, frames: 4_000, durationMs: 500 }],
    ["with as much behind the audio as tags may take", wav([fmt(), data(), chunk("LIST", new Uint8Array(65_528))]), { dataOffset: 44, dataBytes: 16_000, frames: 4_000, durationMs: 500 }],
    ["with other chunks behind the audio", wav([fmt(), data(), chunk("LIST", bytes("INFO"))]), { dataOffset: 44, dataBytes: 16_000, frames: 4_000, durationMs: 500 }],
    ["as RF64, whose lengths are in ds64", wav([ds64(16_072, 16_000), fmt(), data(AUDIO, 0xffffffff)], { id: "RF64", riffBytes: 0xffffffff }), { dataOffset: 80, dataBytes: 16_000, frames: 4_000, durationMs: 500 }],
    ["as RF64 without a table in ds64", wav([chunk("ds64", [...uint64(16_068), ...uint64(16_000), ...uint64(4_000)]), fmt(), data(AUDIO, 0xffffffff)], { id: "RF64" }), { dataOffset: 76, dataBytes: 16_000, frames: 4_000, durationMs: 500 }],
    ["as BW64", wav([ds64(16_072, 16_000), fmt(), data(AUDIO, 0xffffffff)], { id: "BW64", riffBytes: 0xffffffff }), { dataOffset: 80, dataBytes: 16_000, frames: 4_000, durationMs: 500 }],
    ["as RF64 with a length that fits 32 bits", wav([ds64(16_072, 99), fmt(), data()], { id: "RF64" }), { dataOffset: 80, dataBytes: 16_000, frames: 4_000, durationMs: 500 }],
    ["without the rest of a frame that broke off", wav([fmt(), data(new Uint8Array(16_003), 16_003)]), { dataOffset: 44, dataBytes: 16_000, frames: 4_000, durationMs: 500 }],
    ["as 1 ms when it is shorter", wav([fmt({ sampleRate: 48_000 }), data(new Uint8Array(4))]), { dataOffset: 44, dataBytes: 4, frames: 1, durationMs: 1 }],
    ["to the nearest millisecond", wav([fmt({ sampleRate: 44_100 }), data(new Uint8Array(4 * 44_123))]), { dataOffset: 44, dataBytes: 4 * 44_123, frames: 44_123, durationMs: 1_001 }],
    ["by its byte rate in a compressed format", wav([fmt({ formatTag: 0x11, bitsPerSample: 4, blockAlign: 512, byteRate: 8_192 }), data(new Uint8Array(512 * 32))]), { dataOffset: 44, dataBytes: 16_384, frames: 32, durationMs: 2_000 }],
  ];
  test.each(cases)("%s", (_, file, audio) => expect(audioOf(file)).toEqual(audio));

  it.each([4_000, 768_000])("at %i Hz", (sampleRate) => {
    expect(audioOf(wav([fmt({ sampleRate, channels: 1, bitsPerSample: 8 }), data(new Uint8Array(4_000))])).durationMs).toBe(Math.round(4_000_000 / sampleRate));
  });

  it("whatever size the file says that it has itself", () => {
    for (const riffBytes of [0, 36, 0x7fff_ffff, 0xffff_ffff]) expect(audioOf(wav([fmt(), data()], { riffBytes })).frames).toBe(4_000);
  });
});

describe("a WAV file that was written while streaming is measured by what came", () => {
  const cases: [name: string, file: Uint8Array][] = [
    ["with the length 0", wav([fmt(), data(AUDIO, 0)], { riffBytes: 0 })],
    ["with the length 0 and a file size that counts the header only", wav([fmt(), data(AUDIO, 0)], { riffBytes: 36 })],
    ["with the length 0xFFFFFFFF", wav([fmt(), data(AUDIO, 0xffffffff)], { riffBytes: 0xffffffff })],
    ["with SoX's length", wav([fmt(), data(AUDIO, 0x7ffff000)], { riffBytes: 0x7ffff024 })],
    ["as RF64 with zeros in ds64", wav([ds64(0, 0), fmt(), data(AUDIO, 0xffffffff)], { id: "RF64", riffBytes: 0xffffffff })],
    ["as RF64 with ones in ds64", wav([chunk("ds64", new Uint8Array(28).fill(255)), fmt(), data(AUDIO, 0xffffffff)], { id: "RF64", riffBytes: 0xffffffff })],
  ];
  test.each(cases)("%s", (_, file) => expect(audioOf(file)).toMatchObject({ dataBytes: 16_000, frames: 4_000, durationMs: 500 }));

  it("with SoX's length in whole frames of 24 bits", () => {
    // 0x7ffff000 is no multiple of 6.
    const file = wav([fmt({ bitsPerSample: 24 }), data(new Uint8Array(6_000), 0x7fff_effc)]);
    expect(audioOf(file).frames).toBe(1_000);
  });
});

describe("a WAV file is refused, and the sentence names the field,", () => {
  const cases: [name: string, file: Uint8Array, kind: WavError["kind"], detail: RegExp][] = [
    ["when nothing came", new Uint8Array(), "zero_length", /no bytes/],
    ["when it is something else", concat(bytes("ID3\u0004"), new Uint8Array(60)), "not_wav", /RIFF/],
    ["when it is another RIFF file", concat(bytes("RIFF"), uint32(40), bytes("AVI "), new Uint8Array(60)), "not_wav", /WAVE/],
    ["when it is big-endian", concat(bytes("RIFX"), uint32(40), bytes("WAVE"), new Uint8Array(60)), "not_wav", /RIFF/],
    ["when it ends within its first fields", concat(bytes("RIFF\u0010\u0000")), "header_cut_off", /after 6 bytes/],
    ["when it ends within its header", wav([fmt()]).subarray(0, 30), "header_cut_off", /after 30 bytes/],
    ["when it has no data chunk", wav([fmt(), chunk("LIST", bytes("INFO"))]), "header_cut_off", /data chunk/],
    ["when fmt does not come before data", wav([data(), fmt()]), "format_missing", /fmt chunk/],
    ["when there are two fmt chunks", wav([fmt(), fmt(), data()]), "format_refused", /two fmt chunks/],
    ["when too much stands before the audio", wav([fmt(), chunk("id3 ", new Uint8Array(WAV_HEADER_BYTES)), data()]), "header_too_long", /65536 bytes/],
    ["when a chunk before the audio says that it has gigabytes", wav([fmt(), chunk("LIST", bytes("INFO"), 0xffff_ffff), data()]), "header_too_long", /65536 bytes/],
    ["when too many chunks stand before the audio", wav([fmt(), ...Array<Uint8Array>(64).fill(chunk("JUNK", [])), data()]), "header_too_long", /64 chunks/],
    ["when fmt is too short", wav([chunk("fmt ", [1, 0, 2, 0]), data()]), "format_refused", /fmt chunk has 4 bytes/],
    ["when an extensible fmt is too short", wav([chunk("fmt ", plainBody(fields({ formatTag: 0xfffe }))), data()]), "format_refused", /extensible format has 16 bytes/],
    ["when it has no channel", wav([fmt({ channels: 0, blockAlign: 2 }), data()]), "format_refused", /0 channels/],
    ["when its sample rate is 0", wav([fmt({ sampleRate: 0 }), data()]), "format_refused", /sample rate is 0/],
    ["when its sample rate is absurdly low", wav([fmt({ sampleRate: 3_999 }), data()]), "format_refused", /sample rate is 3999 Hz/],
    ["when its sample rate is absurdly high", wav([fmt({ sampleRate: 768_001 }), data()]), "format_refused", /sample rate is 768001/],
    ["when its byte rate is 0", wav([fmt({ byteRate: 0 }), data()]), "format_refused", /byte rate is 0/],
    ["when its byte rate is another's", wav([fmt({ byteRate: 16_000 }), data()]), "format_refused", /byte rate is 16000.*32000/],
    ["when its block align is 0", wav([fmt({ blockAlign: 0, byteRate: 32_000 }), data()]), "format_refused", /block align is 0/],
    ["when its block align does not hold its channels", wav([fmt({ blockAlign: 3 }), data()]), "format_refused", /block align is 3.*take 4/],
    ["when its samples have no bits", wav([fmt({ bitsPerSample: 0, blockAlign: 4 }), data()]), "format_refused", /bits per sample are 0/],
    ["when mu-law has 16 bits", wav([fmt({ formatTag: 7 }), data()]), "format_refused", /bits per sample are 16; for mu-law/],
    ["when PCM has more than 32 bits", wav([fmt({ bitsPerSample: 33 }), data()]), "format_refused", /bits per sample are 33; for pcm/],
    ["when A-law has 9 bits", wav([fmt({ formatTag: 6, bitsPerSample: 9 }), data()]), "format_refused", /bits per sample are 9; for a-law/],
    ["when a compressed format's byte rate is absurdly low", wav([fmt({ formatTag: 2, byteRate: 63 }), data()]), "format_refused", /byte rate is 63;/],
    ["when RF64 has no ds64", wav([fmt(), data(AUDIO, 0xffffffff)], { id: "RF64" }), "size_missing", /ds64/],
    ["when ds64 is too short", wav([chunk("ds64", new Uint8Array(23)), fmt(), data(AUDIO, 0xffffffff)], { id: "RF64" }), "size_missing", /ds64 chunk has 23/],
    ["when a compressed format's byte rate is more than uncompressed speech has", wav([fmt({ formatTag: 2, byteRate: 32_001 }), data()]), "format_refused", /byte rate is 32001; at 8000 Hz and 2 channel\(s\) it may be 64 to 32000/],
    ["when far more follows the audio than tags take", wav([fmt(), data(), chunk("LIST", new Uint8Array(65_529))]), "size_lies", /declares 16000 bytes, but 65538 more follow it; at most 65536 may/],
    ["when fewer bytes came than its data chunk declares", wav([fmt(), data(AUDIO, 16_001)]), "truncated", /declares 16001 bytes, but only 16000 came/],
    ["when fewer bytes came than ds64 declares", wav([ds64(0, 2 ** 33), fmt(), data(AUDIO, 0xffffffff)], { id: "RF64" }), "truncated", /declares 8589934592 bytes/],
    ["when ds64 declares what is no placeholder in 64 bits", wav([ds64(0, 0xffff_ffff), fmt(), data(AUDIO, 0xffffffff)], { id: "RF64" }), "truncated", /declares 4294967295 bytes/],
    ["when it holds no audio", wav([fmt(), data([])]), "zero_length", /zero/],
    ["when it holds other chunks but no audio", wav([fmt(), data([]), chunk("LIST", new Uint8Array(100))]), "zero_length", /zero/],
    ["when a stream ended before the first audio came", wav([fmt(), data([], 0xffffffff)]), "zero_length", /zero/],
    ["when it holds less than a frame", wav([fmt(), data([1, 2, 3])]), "zero_length", /zero/],
  ];
  test.each(cases)("%s", (_, file, kind, detail) => expect(errorOf(file)).toEqual({ kind, detail: expect.stringMatching(detail) }));
});

describe("the format of a WAV file", () => {
  const cases: [name: string, chunk: Uint8Array, encoding: string, isSplit: boolean][] = [
    ["PCM", fmt(), "pcm", true],
    ["PCM of one channel", fmt({ channels: 1 }), "pcm", false],
    ["extensible PCM", extensible({ bitsPerSample: 24 }), "pcm", true],
    ["floating point", fmt({ formatTag: 3, bitsPerSample: 32 }), "float", true],
    ["extensible floating point", extensible({ formatTag: 3, bitsPerSample: 64 }), "float", true],
    ["A-law", fmt({ formatTag: 6, bitsPerSample: 8 }), "a-law", true],
    ["mu-law", fmt({ formatTag: 7, bitsPerSample: 8 }), "mu-law", true],
    ["MP3 in WAV", fmt({ formatTag: 0x55, bitsPerSample: 0, blockAlign: 1, byteRate: 16_000 }), "compressed", false],
    ["an extensible format of no known GUID", extensible({}, Array<number>(14).fill(7)), "compressed", false],
    ["A-law with the two bytes of an empty extension", chunk("fmt ", [...plainBody(fields({ formatTag: 6, bitsPerSample: 8 })), ...uint16(0)]), "a-law", true],
  ];
  test.each(cases)("%s", (_, format, encoding, isSplit) => {
    const found = headerOf(wav([format, data()])).format;
    expect(found.encoding).toBe(encoding);
    expect(isSplittable(found)).toBe(isSplit);
  });

  it("tells of more than two channels, which it leaves to the caller", () => {
    const { format } = headerOf(wav([fmt({ channels: 9 }), data()]));
    expect(format.channels).toBe(9);
    expect(isSplittable(format)).toBe(false);
  });
});

const formats: fc.Arbitrary<Fields> = fc
  .record({
    channels: fc.integer({ min: 1, max: 9 }),
    sampleRate: fc.integer({ min: 4_000, max: 192_000 }),
    encoding: fc.constantFrom([1, 8], [1, 16], [1, 24], [1, 32], [3, 32], [3, 64], [6, 8], [7, 8]),
  })
  .map(({ channels, sampleRate, encoding: [formatTag = 0, bitsPerSample = 0] }) => fields({ formatTag, bitsPerSample, channels, sampleRate }));
const otherChunk = fc.tuple(fc.constantFrom("LIST", "fact", "bext", "JUNK", "iXML"), fc.uint8Array({ maxLength: 40 })).map(([id, body]) => chunk(id, body));

test("Any header that agrees with itself is read back, whatever chunks stand around the audio", () => {
  fc.assert(
    fc.property(formats, fc.boolean(), fc.array(otherChunk), fc.array(otherChunk), fc.array(otherChunk), fc.integer({ min: 1, max: 300 }), (format, isExtensible, before, between, after, frames) => {
      const chunks = [...before, isExtensible ? extensible(format) : fmt(format), ...between];
      const dataBytes = frames * format.blockAlign;
      const result = read(wav([...chunks, data(new Uint8Array(dataBytes)), ...after]));
      expect(result).toMatchObject({
        header: { format, declaredBytes: dataBytes },
        audio: { dataOffset: 12 + chunks.reduce((sum, { byteLength }) => sum + byteLength, 0) + 8, dataBytes, frames, durationMs: Math.max(1, Math.round((frames * 1_000) / format.sampleRate)) },
      });
    }),
  );
});

test("Any bytes give an answer, and more of them never another one", () => {
  const file = wav([ds64(16_072, 16_000), chunk("LIST", [1, 2, 3]), extensible(), data()], { id: "RF64" });
  const mutation = fc.tuple(fc.nat({ max: 119 }), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(mutation, { maxLength: 4 }), fc.nat({ max: 400 }), (mutations, extra) => {
      const mutated = file.slice(0, 500);
      for (const [at, byte] of mutations) mutated[at] = byte;
      const reading = readWavHeader(mutated, false);
      if (reading.kind === "more") expect(reading.bytes).toBeGreaterThan(mutated.byteLength);
      const shorter = readWavHeader(mutated.subarray(0, extra), false);
      if (shorter.kind !== "more") expect(reading).toEqual(shorter);
    }),
    { numRuns: 500 },
  );
});

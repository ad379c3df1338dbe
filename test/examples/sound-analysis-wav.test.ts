import { queryObjects } from "node:v8";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { outcomeOf, problemOf, reportOf } from "./sound-analysis-run.ts";
import { keys, sequence, silence, voice } from "./sound-analysis-synthesis.ts";
import { chunk, wav, wavEncodings } from "./sound-analysis-wav.ts";

const sound = sequence(keys("42"), voice(200, 1));

/** The rest of a file whose sound has this size: RF64 keeps it, and the file's, in 64 bits. */
function longSizes(dataBytes: number): Buffer {
  const sizes = Buffer.alloc(28);
  sizes.writeBigUInt64LE(BigInt(dataBytes), 8);
  return chunk("ds64", sizes);
}

test.each(wavEncodings)("the samples of %s have the level that they were written with", (encoding) => {
  const { level } = reportOf(() => Array.from({ length: 8_000 }, (_, index) => (index % 2 === 0 ? 0.5 : -0.5)), { encoding });
  expect(level.rms_dbfs).toBeCloseTo(-6.02, 0);
  expect(level.peak_dbfs).toBeCloseTo(-6.02, 0);
});

test.each([
  ["with an extensible format", { extensible: true }],
  ["with tags before the sound, one of odd size", { before: [chunk("LIST", Buffer.alloc(5_001)), chunk("fact", Buffer.alloc(4))] }],
  ["with tags after the sound", { after: [chunk("LIST", Buffer.alloc(333, 0x55))] }],
  ["whose writer did not know its size", { saidDataBytes: 0xffff_ffff }],
])("a file %s is read like any other", (_, options) => {
  expect(reportOf(sound, options)).toEqual(reportOf(sound));
});

test("a file with 64-bit sizes is read like any other, and no further than its sound", () => {
  const dataBytes = 2 * sound(8_000).length;
  const before = [longSizes(dataBytes)];
  expect(reportOf(sound, { form: "RF64", before, saidDataBytes: 0xffff_ffff, after: [chunk("LIST", Buffer.alloc(999, 0x55))] })).toEqual(reportOf(sound));
});

test("a report says what was read", () => {
  expect(reportOf(silence(500), { rateHz: 11_025, encoding: "mu_law" })).toMatchObject({ duration_ms: 500, sample_rate: 11_025, encoding: "mu_law", truncated: false });
});

test.each([
  ["half a sample at the end", wav(sound, { saidDataBytes: 2_001 })],
  ["half a sample at an end that nobody foretold", wav(sound, { saidDataBytes: 0xffff_ffff }).subarray(0, -1)],
  ["the size that a writer into a pipe leaves at 0", wav(sound, { saidDataBytes: 0 })],
  ["the size that SoX writes into a pipe", wav(sound, { saidDataBytes: 0x7fff_f000 })],
  ["the name BW64", Buffer.concat([Buffer.from("BW64"), wav(sound).subarray(4)])],
])("as gateways take it, a file is read with %s", (_, file) => {
  expect(problemOf(file)).toBe("none");
});

describe("a clear answer for", () => {
  const whole = wav(sound);
  test.each([
    ["nothing at all", "no_audio", Buffer.alloc(0)],
    ["a file without sound", "no_audio", wav(silence(0))],
    ["a file that ends in its header", "truncated", whole.subarray(0, 30)],
    ["a file that ends in its sound", "truncated", whole.subarray(0, -1_000)],
    ["a header that claims more sound than there is", "truncated", wav(sound, { saidDataBytes: 1_000_000_000 })],
    ["two channels", "not_mono", wav(sound, { channels: 2 })],
    ["nine channels", "not_mono", wav(sound, { channels: 9 })],
    ["no channel", "not_mono", wav(sound, { channels: 0 })],
    ["an MP3 file", "not_wav", Buffer.from("ID3\u0004\0\0\0\0\0\0 and so on, for a while")],
    ["another RIFF file", "not_wav", chunk("RIFF", Buffer.from("AVI and so on"))],
    ["4 kHz", "unsupported_format", wav(sound, { rateHz: 4_000 })],
    ["96 kHz", "unsupported_format", wav(silence(10), { rateHz: 96_000 })],
    ["no sample rate", "unsupported_format", patched(whole, 24, 0)],
    ["another codec", "unsupported_format", patched(whole, 20, 0x55)],
    ["samples that are larger than their bits", "malformed", patched(whole, 32, 4)],
    ["sound before its format", "malformed", chunk("RIFF", Buffer.concat([Buffer.from("WAVE"), chunk("data", Buffer.alloc(100))]))],
    ["a format too short to be one", "malformed", chunk("RIFF", Buffer.concat([Buffer.from("WAVE"), chunk("fmt ", Buffer.alloc(14)), chunk("data", Buffer.alloc(100))]))],
    ["tags without end", "malformed", wav(sound, { before: [chunk("JUNK", Buffer.alloc(10), 0xffff_fff0)] })],
  ])("%s: %s", (_, code, file) => {
    expect(problemOf(file)).toBe(code);
  });
});

test("it does not matter where the pieces of a file begin and end", () => {
  const files = wavEncodings.map((encoding) => wav(sound, { encoding, before: [chunk("LIST", Buffer.alloc(77))] }));
  const wholes = files.map((file) => outcomeOf([file]));
  const cuts = fc.array(fc.oneof(fc.nat(160), fc.nat(30_000)), { maxLength: 40 });
  fc.assert(
    fc.property(fc.nat(files.length - 1), cuts, fc.nat(1_000), (which, at, cutOff) => {
      const whole = files[which] ?? Buffer.alloc(0);
      // Every other time the file is cut off as well.
      const file = cutOff % 2 === 0 ? whole : whole.subarray(0, Math.max(0, whole.length - cutOff));
      const borders = [0, ...at.filter((border) => border < file.length).toSorted((a, b) => a - b), file.length];
      const pieces = borders.slice(1).map((end, place) => file.subarray(borders[place] ?? 0, end));
      expect(outcomeOf(pieces)).toEqual(cutOff % 2 === 0 ? wholes[which] : outcomeOf([file]));
    }),
    { numRuns: 60 },
  );
});

test("byte by byte is the same, too", () => {
  const file = wav(sound, { encoding: "pcm_24" });
  expect(outcomeOf(Array.from(file, (byte) => Buffer.of(byte)))).toEqual(outcomeOf([file]));
});

function buffersAlive(): number {
  return queryObjects(ArrayBuffer, { format: "count" });
}

test("of a long recording, no piece is kept, and no more results than the lists may have", { timeout: 30_000 }, () => {
  const minute = wav(keys("0123456789".repeat(60), { ms: 50, pauseMs: 50 }));
  const before = buffersAlive();
  const alive: number[] = [];
  function* pieces(): Generator<Buffer> {
    yield wav(silence(0), { saidDataBytes: 0xffff_ffff });
    for (let passed = 0; passed < 10; passed += 1) {
      for (let at = 44; at < minute.length; at += 16_384) {
        // Each in memory of its own, so that one that is kept, or a part of it, is one more alive.
        const piece = Buffer.allocUnsafeSlow(Math.min(16_384, minute.length - at));
        minute.copy(piece, 0, at);
        yield piece;
      }
      alive.push(buffersAlive());
    }
  }
  const analysed = outcomeOf(pieces());
  // 59 pieces a minute: the reader's own few buffers come and go.
  expect(Math.max(...alive)).toBeLessThan(before + 20);
  if ("problem" in analysed) throw new Error(analysed.problem.message);
  const { tones, digits, truncated } = analysed.report;
  expect({ tones: tones.length, digits: digits.length, truncated }).toEqual({ tones: 5_000, digits: 5_000, truncated: true });
});

function patched(file: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(file);
  if (at === 24) copy.writeUInt32LE(value, at);
  else copy.writeUInt16LE(value, at);
  return copy;
}

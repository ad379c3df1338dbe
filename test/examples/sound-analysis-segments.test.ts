import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { twoChannels } from "../../examples/audio/generate.ts";
import { reportOf } from "./sound-analysis-run.ts";
import { keys, noise, sampleRates, sequence, silence, sines, voice, type Sound } from "./sound-analysis-synthesis.ts";

/** The recording, with something louder than nothing on the line. */
function onLine(sound: Sound, dbfs: number): Sound {
  const gaussian = noise(9);
  return (rateHz) => sound(rateHz).map((sample) => sample + gaussian() * 10 ** (dbfs / 20));
}

describe.each(sampleRates)("at %i Hz", (rateHz) => {
  test("speech is told from the silence around it, within 40 ms", () => {
    const { segments, speech_share } = reportOf(onLine(sequence(silence(1_000), voice(2_000, 4), silence(1_000)), -60), { rateHz });
    expect(segments.map(({ kind }) => kind)).toEqual(["silence", "speech", "silence"]);
    expect(Math.abs((segments[1]?.start_ms ?? 0) - 1_000)).toBeLessThanOrEqual(40);
    expect(Math.abs((segments[1]?.end_ms ?? 0) - 3_000)).toBeLessThanOrEqual(40);
    expect(speech_share).toBeCloseTo(0.5, 1);
  });

  test("the level is that of the sound", () => {
    const { level } = reportOf(sines([{ frequencyHz: 1_000, amplitude: 0.5 }], 1_000), { rateHz, encoding: "pcm_24" });
    // A sine of half the full scale: its peak is −6.02 dBFS, and its RMS lies 3.01 dB below.
    expect(level.peak_dbfs).toBeCloseTo(-6.02, 1);
    expect(level.rms_dbfs).toBeCloseTo(-9.03, 1);
  });
});

test("the segments follow each other from the beginning to the end", () => {
  const { segments, duration_ms } = reportOf(sequence(silence(400), voice(800, 1), silence(700), keys("12"), silence(600), voice(900, 2), silence(333)));
  expect(segments[0]?.start_ms).toBe(0);
  for (const [place, { start_ms, end_ms }] of segments.entries()) {
    expect(end_ms).toBeGreaterThan(start_ms);
    expect(segments[place + 1]?.start_ms ?? duration_ms).toBe(end_ms);
  }
  expect(segments.map(({ kind }) => kind)).toEqual(["silence", "speech", "silence", "tones", "silence", "speech", "silence"]);
});

test("key tones are no speech", () => {
  const { speech_share, segments } = reportOf(sequence(silence(500), keys("0123456789", { ms: 45, pauseMs: 45 }), silence(500)));
  expect(speech_share).toBe(0);
  expect(segments.map(({ kind }) => kind)).toEqual(["silence", "tones", "silence"]);
});

test("a pause of 200 ms is part of the speech, one of 500 ms is silence", () => {
  const [short, long] = [200, 500].map((pauseMs) => reportOf(sequence(silence(300), voice(600, 3), silence(pauseMs), voice(600, 3), silence(500))));
  expect(short?.segments.map(({ kind }) => kind)).toEqual(["silence", "speech", "silence"]);
  expect(long?.segments.map(({ kind }) => kind)).toEqual(["silence", "speech", "silence", "speech", "silence"]);
});

test("a click of 20 ms is no speech", () => {
  expect(reportOf(sequence(silence(500), voice(20, 3), silence(500))).speech_share).toBe(0);
});

test("a line's own noise is no speech, whether it is quiet or grows loud", () => {
  expect(reportOf(onLine(silence(5_000), -55)).speech_share).toBe(0);
  const { segments } = reportOf(onLine(silence(30_000), -35));
  expect(segments.at(-1)).toMatchObject({ kind: "silence", end_ms: 30_000 });
  expect(segments.at(-1)?.start_ms).toBeLessThan(5_000);
});

test("speech is heard above a loud line once its noise is known", () => {
  const { segments } = reportOf(onLine(sequence(silence(8_000), voice(2_000, 4), silence(2_000)), -40));
  expect(segments.slice(-3).map(({ kind }) => kind)).toEqual(["silence", "speech", "silence"]);
  expect(Math.abs((segments.at(-1)?.start_ms ?? 0) - 10_000)).toBeLessThanOrEqual(60);
});

test("silence alone is silence, and has no level", () => {
  expect(reportOf(silence(1_234), { rateHz: 8_000 })).toMatchObject({
    digits: "",
    tones: [],
    segments: [{ kind: "silence", start_ms: 0, end_ms: 1_234 }],
    speech_share: 0,
    silence_share: 1,
    level: { rms_dbfs: null, peak_dbfs: null },
    duration_ms: 1_234,
  });
});

describe("the recording to try", () => {
  const file = readFileSync(new URL("../../examples/audio/two-channels.wav", import.meta.url));

  test("is what its generator makes", () => {
    expect(twoChannels().equals(file)).toBe(true);
    expect(file.length).toBeLessThan(200_000);
  });

  test.each([
    [1, "1590*", ["silence", "speech", "silence", "tones", "silence"]],
    [2, "2684#", ["silence", "tones", "silence", "speech", "silence"]],
  ])("has other keys on channel %i: %s", (channel, digits, kinds) => {
    const sound: Sound = () => Array.from({ length: (file.length - 44) / 4 }, (_, index) => file.readInt16LE(44 + 4 * index + 2 * (channel - 1)) / 32_768);
    const report = reportOf(sound);
    expect(report.digits).toBe(digits);
    expect(report.segments.map(({ kind }) => kind)).toEqual(kinds);
  });
});

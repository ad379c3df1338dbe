import { describe, expect, test } from "vitest";
import { reportOf } from "./sound-analysis-run.ts";
import { keys, noise, sampleRates, sequence, silence, sines, voice, withNoise, type Press, type Sound } from "./sound-analysis-synthesis.ts";
import { wavEncodings } from "./sound-analysis-wav.ts";

const all = "0123456789*#ABCD";

const recordings = sampleRates.flatMap((rateHz) => wavEncodings.map((encoding) => ({ rateHz, encoding })));

test.each(recordings)("all sixteen keys are read at $rateHz Hz in $encoding", (options) => {
  expect(reportOf(keys(all), options).digits).toBe(all);
});

describe.each(sampleRates)("at %i Hz", (rateHz) => {
  test.each<[string, Press & { pauseMs?: number }]>([
    ["as short as 40 ms, 40 ms apart", { ms: 40, pauseMs: 40 }],
    ["of 45 ms, 45 ms apart", { ms: 45, pauseMs: 45 }],
    ["whose column is 4 dB louder than the row", { twistDb: 4 }],
    ["whose column is 4 dB quieter than the row", { twistDb: -4 }],
    ["whose column is 8 dB quieter than the row", { twistDb: -8 }],
    ["that are 1.5 % too high", { detuning: 0.015 }],
    ["that are 1.5 % too low", { detuning: -0.015 }],
    ["of −40 dBFS", { amplitude: 0.01 }],
    ["as loud as a sample can be", { amplitude: 0.5 }],
    ["that are overdriven", { amplitude: 0.7 }],
  ])("keys %s are read", (_, press) => {
    expect(reportOf(keys(all, press), { rateHz }).digits).toBe(all);
  });

  test.each<[string, Press]>([
    ["of 20 ms", { ms: 20 }],
    ["that are 3.5 % too high", { detuning: 0.035 }],
    ["that are 3.5 % too low", { detuning: -0.035 }],
    ["whose column is 12 dB louder than the row", { twistDb: 12 }],
    ["whose column is 16 dB quieter than the row", { twistDb: -16 }],
    ["of −60 dBFS", { amplitude: 0.001 }],
  ])("keys %s are none", (_, press) => {
    expect(reportOf(keys(all, press), { rateHz }).digits).toBe("");
  });

  test.each([1, 2, 3])("keys of 45 ms in noise 15 dB below them are read, with noise %i", (seed) => {
    expect(reportOf(withNoise(keys(all, { ms: 45, pauseMs: 45 }), 15, seed), { rateHz }).digits).toBe(all);
    expect(reportOf(withNoise(keys(all, { ms: 45, pauseMs: 45, twistDb: 4 }), 15, seed), { rateHz }).digits).toBe(all);
    expect(reportOf(withNoise(keys(all, { ms: 45, pauseMs: 45, twistDb: -4 }), 15, seed), { rateHz }).digits).toBe(all);
  });
});

test("a key that is pressed four times is four digits, and one that is held is one", () => {
  expect(reportOf(keys("5555", { ms: 45, pauseMs: 45 })).digits).toBe("5555");
  expect(reportOf(keys("5", { ms: 2_000 })).digits).toBe("5");
});

test("a tone that breaks off for 10 ms is one digit", () => {
  expect(reportOf(sequence(keys("7", { ms: 50, pauseMs: 10 }), keys("7", { ms: 50, pauseMs: 0 }))).digits).toBe("7");
});

test("keys that follow each other without a pause are read one by one", () => {
  expect(reportOf(keys("1928", { ms: 80, pauseMs: 0 })).digits).toBe("1928");
});

test("keys at the very beginning and end of a recording are read", () => {
  expect(reportOf(keys("3", { ms: 40, pauseMs: 0 })).digits).toBe("3");
});

test("each press is where it was made, within a block of 5 ms", () => {
  const { tones } = reportOf(keys("16#", { ms: 70, pauseMs: 130 }), { rateHz: 11_025 });
  expect(tones.map(({ digit }) => digit)).toEqual(["1", "6", "#"]);
  for (const [place, { start_ms, end_ms }] of tones.entries()) {
    expect(Math.abs(start_ms - (130 + 200 * place))).toBeLessThanOrEqual(5);
    expect(Math.abs(end_ms - (200 + 200 * place))).toBeLessThanOrEqual(5);
  }
});

test("a constant offset, as cheap converters have, hides no key", () => {
  const offset: Sound = (rateHz) => keys(all, { amplitude: 0.1 })(rateHz).map((sample) => sample + 0.2);
  expect(reportOf(offset).digits).toBe(all);
});

describe("no key is heard", () => {
  test.each([80, 100, 120, 150, 180, 220, 260])("in half a minute of a voice of %i Hz", (pitchHz) => {
    expect(reportOf(voice(30_000, pitchHz, pitchHz)).digits).toBe("");
  });

  test("in ten seconds of noise at each sample rate", { timeout: 30_000 }, () => {
    for (const rateHz of sampleRates) expect(reportOf(hiss(10_000), { rateHz }).digits).toBe("");
  });

  const chords = { major: [0, 4, 7], minor: [0, 3, 7], diminished: [0, 3, 6], augmented: [0, 4, 8], seventh: [0, 4, 7, 11], fifth: [0, 7], octave: [0, 12] };
  test.each(Object.entries(chords))("in %s chords on all notes of three octaves, with overtones and without", (_, steps) => {
    const heard = Array.from({ length: 37 }, (__, step) => step + 48).flatMap((base) =>
      [1, 4].map((overtones) => reportOf(sequence(silence(50), chord(steps.map((step) => base + step), overtones), silence(50))).digits),
    );
    expect(heard.filter((digits) => digits !== "")).toEqual([]);
  });

  test.each([[697, 1209, 350], [770, 1336, 440], [941, 1477, 1633]])("in three tones at once, two of them a key's: %i, %i and %i Hz", (...frequencies) => {
    expect(reportOf(sines(frequencies.map((frequencyHz) => ({ frequencyHz, amplitude: 0.2 })), 200)).digits).toBe("");
  });

  test("in one tone alone", () => {
    expect(reportOf(sines([{ frequencyHz: 770, amplitude: 0.4 }], 200)).digits).toBe("");
  });
});

function chord(notes: readonly number[], overtones: number): Sound {
  const parts = notes.flatMap((note) =>
    Array.from({ length: overtones }, (_, overtone) => ({ frequencyHz: 440 * 2 ** ((note - 69) / 12) * (overtone + 1), amplitude: 0.15 / (overtone + 1) })),
  );
  return sines(parts.filter(({ frequencyHz }) => frequencyHz < 3_900), 200);
}

function hiss(ms: number): Sound {
  const gaussian = noise(5);
  return (rateHz) => Array.from({ length: (ms * rateHz) / 1_000 }, () => 0.1 * gaussian());
}

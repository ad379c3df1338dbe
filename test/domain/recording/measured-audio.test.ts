import { expect, test } from "vitest";
import { isWav, timedProbe, wavProbe } from "../../../src/domain/recording/measured-audio.ts";
import { chunk, fmt, wav, type Fields } from "./wav-file.ts";

/** A file whose data chunk declares more than comes after it here, so that hours need no memory. */
const header = (fields: Partial<Fields>, dataBytes: number): Uint8Array => wav([fmt(fields), chunk("data", [], dataBytes)], { riffBytes: 36 + dataBytes });

test.each(["audio/x-wav", "audio/wav", "audio/wave", "audio/vnd.wave", "Audio/WAV", "audio/wav; codecs=1", "audio/wav ;x=y"])("%s is WAV", (mediaType) => {
  expect(isWav(mediaType)).toBe(true);
});

test.each(["audio/mpeg", "audio/wavpack", "audio/x-wav2", "wav", "", "text/plain; audio/wav"])("%j is not", (mediaType) => {
  expect(isWav(mediaType)).toBe(false);
});

test("WAV is measured: channels, duration, and where the audio is", () => {
  const probe = wavProbe();
  expect(probe.begin(header({ channels: 2 }, 32_000), false)).toEqual({ kind: "enough" });
  expect(probe.measure(44 + 32_000)).toEqual({
    ok: true,
    value: {
      channels: 2,
      durationMs: 1_000,
      wav: { dataOffset: 44, dataBytes: 32_000, frames: 8_000, format: { encoding: "pcm", formatTag: 1, channels: 2, sampleRate: 8_000, bitsPerSample: 16, byteRate: 32_000, blockAlign: 4 } },
    },
  });
});

test("More of WAV is asked for until its header is there", () => {
  const whole = header({}, 32_000);
  const probe = wavProbe();
  expect(probe.begin(whole.subarray(0, 20), false)).toMatchObject({ kind: "more" });
  expect(probe.begin(whole, false)).toEqual({ kind: "enough" });
});

test.each([
  { what: "nine channels", fields: { channels: 9 }, detail: "The audio has 9 channels; a recording has one or two." },
  { what: "three channels", fields: { channels: 3 }, detail: "The audio has 3 channels; a recording has one or two." },
  { what: "two channels of ADPCM", fields: { formatTag: 2, bitsPerSample: 4, blockAlign: 512, byteRate: 8_100 }, detail: "The audio has two channels in the compressed WAV format 0x0002, which cannot be split: send PCM, IEEE float, A-law or µ-law, or one channel." },
])("WAV with $what is refused by its header", ({ fields, detail }) => {
  expect(wavProbe().begin(header(fields, 32_000), false)).toEqual({ kind: "refused", detail });
});

test("One channel of a compressed WAV format is a recording", () => {
  const probe = wavProbe();
  expect(probe.begin(header({ formatTag: 2, channels: 1, bitsPerSample: 4, blockAlign: 256, byteRate: 4_064 }, 40_960), false)).toEqual({ kind: "enough" });
  expect(probe.measure(44 + 40_960)).toMatchObject({ ok: true, value: { channels: 1, durationMs: 10_079 } });
});

test("WAV whose header promises more than came is cut off, and is refused", () => {
  const probe = wavProbe();
  probe.begin(header({}, 32_000), false);
  expect(probe.measure(44 + 31_999)).toEqual({ ok: false, error: "The audio is cut off: its data chunk declares 32000 bytes, but only 31999 came." });
});

test("WAV lasts 24 hours at most", () => {
  const dayBytes = 24 * 3_600 * 8_000;
  const probe = wavProbe();
  probe.begin(header({ channels: 1, bitsPerSample: 8 }, dayBytes + 8_000), false);
  expect(probe.measure(44 + dayBytes + 8_000)).toEqual({ ok: false, error: "The audio lasts 86401 s; a recording lasts at most 86400 s." });
  probe.begin(header({ channels: 1, bitsPerSample: 8 }, dayBytes), false);
  expect(probe.measure(44 + dayBytes)).toMatchObject({ ok: true, value: { durationMs: 86_400_000 } });
});

test("Other formats last as long as was said, and have one channel", () => {
  const probe = timedProbe(12_500);
  expect(probe.begin(new Uint8Array(), false)).toEqual({ kind: "more", bytes: 1 });
  expect(probe.begin(new Uint8Array(1), false)).toEqual({ kind: "enough" });
  expect(probe.measure(1)).toEqual({ ok: true, value: { channels: 1, durationMs: 12_500, wav: null } });
});

test("No bytes are no audio of any format", () => {
  for (const probe of [timedProbe(1_000), wavProbe()]) expect(probe.begin(new Uint8Array(), true)).toEqual({ kind: "refused", detail: "The audio has no bytes." });
});

import { type KeyPress, KeyPresses } from "./key-presses.ts";
import { blockMs, KeyTones, windowMs } from "./key-tones.ts";
import { Level } from "./level.ts";
import { type Segment, Segments } from "./segments.ts";
import type { WavFormat } from "./wav-header.ts";

/** Of each list. A recording that has more is shortened in the lists, never in the shares. */
const maxListed = 5_000;
/** Takes a constant offset out, and hum only a little: 20 Hz are 3 dB less. */
const cornerHz = 20;

type Timed<Item extends { startMs: number; endMs: number }> = Omit<Item, "startMs" | "endMs"> & { start_ms: number; end_ms: number };

export type SoundReport = {
  digits: string;
  tones: Timed<KeyPress>[];
  segments: Timed<Segment>[];
  speech_share: number;
  silence_share: number;
  level: { rms_dbfs: number | null; peak_dbfs: number | null };
  duration_ms: number;
  sample_rate: number;
  encoding: string;
  truncated: boolean;
};

/** One recording's sound, sample by sample. What it holds does not grow with the recording, but for the lists, and these are limited. */
export class SoundAnalyser {
  readonly #format: WavFormat;
  readonly #block: Float64Array;
  readonly #feedback: number;
  readonly #level = new Level();
  readonly #keyTones: KeyTones;
  readonly #keyPresses = new KeyPresses();
  readonly #segments = new Segments((segment) => this.#onSegment(segment));
  readonly #tones: Timed<KeyPress>[] = [];
  readonly #listed: Timed<Segment>[] = [];
  readonly #totalMs = { speech: 0, tones: 0, silence: 0 };
  #truncated = false;
  #filled = 0;
  #lastIn = 0;
  #lastOut = 0;

  constructor(format: WavFormat) {
    this.#format = format;
    this.#block = new Float64Array(Math.round((format.sampleRateHz * blockMs) / 1_000));
    this.#feedback = 1 - (2 * Math.PI * cornerHz) / format.sampleRateHz;
    this.#keyTones = new KeyTones(format.sampleRateHz, this.#block.length);
  }

  add(samples: Float64Array): void {
    for (const sample of samples) {
      this.#level.add(sample);
      this.#lastOut = sample - this.#lastIn + this.#feedback * this.#lastOut;
      this.#lastIn = sample;
      this.#block[this.#filled] = this.#lastOut;
      this.#filled += 1;
      if (this.#filled === this.#block.length) this.#endBlock(this.#level.samples);
    }
  }

  /** After the last sample. */
  report(): SoundReport {
    const { samples } = this.#level;
    this.#silenceAfter(samples);
    this.#onKeyPress(this.#keyPresses.end());
    this.#segments.end(this.#msAt(samples));
    const durationMs = this.#msAt(samples);
    const shareOf = (ms: number): number => (durationMs === 0 ? 0 : Math.round((ms / durationMs) * 1_000) / 1_000);
    return {
      digits: this.#tones.map(({ digit }) => digit).join(""),
      tones: this.#tones,
      segments: this.#listed,
      speech_share: shareOf(this.#totalMs.speech),
      silence_share: shareOf(this.#totalMs.silence),
      level: { rms_dbfs: this.#level.rmsDbfs, peak_dbfs: this.#level.peakDbfs },
      duration_ms: Math.round(durationMs),
      sample_rate: this.#format.sampleRateHz,
      encoding: this.#format.encoding,
      truncated: this.#truncated,
    };
  }

  /** A tone at the very end is in fewer windows than any other, so the windows go on after it. */
  #silenceAfter(samples: number): void {
    let end = samples - this.#filled;
    for (let afterMs = 0; afterMs < windowMs; afterMs += blockMs) {
      this.#block.fill(0, this.#filled);
      end += this.#block.length;
      this.#endBlock(end);
    }
  }

  #endBlock(endSample: number): void {
    this.#filled = 0;
    const endMs = this.#msAt(endSample);
    const energy = this.#block.reduce((sum, sample) => sum + sample * sample, 0);
    const key = this.#keyTones.next(this.#block, energy, endSample - this.#block.length);
    this.#onKeyPress(this.#keyPresses.next(key, endMs));
    if (endSample <= this.#level.samples) this.#segments.next(energy / this.#block.length, key !== undefined, endMs);
  }

  #msAt(sample: number): number {
    return (sample * 1_000) / this.#format.sampleRateHz;
  }

  #onKeyPress(press: KeyPress | undefined): void {
    if (press === undefined) return;
    const endMs = Math.min(press.endMs, this.#msAt(this.#level.samples));
    this.#list(this.#tones, { digit: press.digit, start_ms: Math.round(press.startMs), end_ms: Math.round(endMs) });
  }

  #onSegment({ kind, startMs, endMs }: Segment): void {
    this.#totalMs[kind] += endMs - startMs;
    this.#list(this.#listed, { kind, start_ms: Math.round(startMs), end_ms: Math.round(endMs) });
  }

  #list<Item>(list: Item[], item: Item): void {
    if (list.length < maxListed) list.push(item);
    else this.#truncated = true;
  }
}

import { SoundAnalyser, type SoundReport } from "./sound-analyser.ts";
import type { AudioProblem } from "./wav-header.ts";
import { WavReader } from "./wav-reader.ts";

/** A WAV file in, piece by piece, and a report out, or the reason why there is none. The same for the same file, however it was cut. */
export class WavAnalysis {
  readonly #reader = new WavReader();
  #analyser: SoundAnalyser | undefined;

  read(bytes: Buffer): void {
    const samples = this.#reader.read(bytes);
    if (this.#analyser === undefined && this.#reader.header !== undefined) this.#analyser = new SoundAnalyser(this.#reader.header);
    this.#analyser?.add(samples);
  }

  end(): { report: SoundReport } | { problem: AudioProblem } {
    const problem = this.#reader.end();
    if (problem !== undefined) return { problem };
    if (this.#analyser === undefined) throw new Error("a WAV file without a problem has a header");
    return { report: this.#analyser.report() };
  }
}

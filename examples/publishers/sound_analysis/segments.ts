import { blockMs } from "./key-tones.ts";

export type Segment = { kind: "speech" | "tones" | "silence"; startMs: number; endMs: number };

const blocksInFrame = 4;
const frameMs = blocksInFrame * blockMs;
/** Sound begins 12 dB above the line's own noise and goes on as long as it is 8 dB above: syllables end softly. */
const onsetDb = 12;
const sustainDb = 8;
/** However quiet the line is, less than this is nobody who speaks. */
const minOnsetDbfs = -45;
const minSustainDbfs = -50;
/** A click is shorter. */
const framesToBegin = 3;
/** The pauses between syllables and words are shorter: 300 ms. */
const framesToEnd = 15;
/** The noise floor sinks fast to whatever is quieter, and rises by 5 dB a second: speech pauses for breath before that matters. */
const sinkRate = 0.1;
const riseDb = 0.1;
const lowestFloorDbfs = -70;
/** Between keys that are pressed quickly there is as much pause as tone, and a window sees a tone late. */
const minToneShare = 1 / 3;

/** Divides a recording into sound and silence by its energy, with hysteresis; sound that is mostly key tones is no speech. */
export class Segments {
  readonly #onSegment: (segment: Segment) => void;
  #energies = 0;
  #blocks = 0;
  #floorDbfs = -60;
  #loudFrames = 0;
  #toneBlocks = 0;
  #quietFrames = 0;
  #soundStartMs = 0;
  #soundEndMs = 0;
  #isSounding = false;
  #coveredMs = 0;

  constructor(onSegment: (segment: Segment) => void) {
    this.#onSegment = onSegment;
  }

  /** @param energy the mean square of a block that ends at `endMs`. */
  next(energy: number, isTone: boolean, endMs: number): void {
    this.#energies += energy;
    this.#blocks += 1;
    if (isTone) this.#toneBlocks += 1;
    if (this.#blocks < blocksInFrame) return;
    this.#frame(10 * Math.log10(Math.max(this.#energies / blocksInFrame, 1e-12)), endMs);
    this.#energies = 0;
    this.#blocks = 0;
  }

  end(durationMs: number): void {
    if (this.#isSounding) this.#endSound();
    this.#emit("silence", durationMs);
  }

  #frame(levelDbfs: number, endMs: number): void {
    const thresholdDbfs = this.#isSounding
      ? Math.max(minSustainDbfs, this.#floorDbfs + sustainDb)
      : Math.max(minOnsetDbfs, this.#floorDbfs + onsetDb);
    const belowDb = levelDbfs - this.#floorDbfs;
    this.#floorDbfs = Math.max(lowestFloorDbfs, this.#floorDbfs + (belowDb < 0 ? belowDb * sinkRate : riseDb));

    if (levelDbfs >= thresholdDbfs) {
      if (this.#loudFrames === 0) this.#soundStartMs = endMs - frameMs;
      this.#loudFrames += 1;
      this.#quietFrames = 0;
      this.#soundEndMs = endMs;
      this.#isSounding ||= this.#loudFrames >= framesToBegin;
    } else if (this.#isSounding) {
      this.#quietFrames += 1;
      if (this.#quietFrames >= framesToEnd) this.#endSound();
    } else this.#forgetSound();
  }

  #endSound(): void {
    const isTones = this.#toneBlocks >= minToneShare * this.#loudFrames * blocksInFrame;
    this.#emit("silence", this.#soundStartMs);
    this.#emit(isTones ? "tones" : "speech", this.#soundEndMs);
    this.#isSounding = false;
    this.#forgetSound();
  }

  #forgetSound(): void {
    this.#loudFrames = 0;
    this.#quietFrames = 0;
    this.#toneBlocks = 0;
  }

  /** From the end of the last one, so that all of them together cover the recording. */
  #emit(kind: Segment["kind"], endMs: number): void {
    if (endMs <= this.#coveredMs) return;
    this.#onSegment({ kind, startMs: this.#coveredMs, endMs });
    this.#coveredMs = endMs;
  }
}

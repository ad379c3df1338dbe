import { isSplittable, type WavFormat } from "./wav-format.ts";

/** The samples of both channels that a chunk completed, as many bytes each. */
export type Channels = { left: Uint8Array<ArrayBuffer>; right: Uint8Array<ArrayBuffer> };

/** Separates two interleaved channels while they stream by; it keeps less than a frame. */
export class ChannelSplitter {
  readonly #sampleBytes: number;
  /** The beginning of a frame that goes on in the next chunk. */
  readonly #begun: Uint8Array<ArrayBuffer>;
  #begunBytes = 0;

  /** @throws for a format whose channels cannot be told apart: ask `isSplittable` first. */
  constructor(format: WavFormat) {
    if (!isSplittable(format)) throw new Error(`format ${format.formatTag} with ${format.channels} channels cannot be split`);
    this.#sampleBytes = format.blockAlign / 2;
    this.#begun = new Uint8Array(format.blockAlign);
  }

  /** Whether what was pushed so far ends with a whole frame. */
  get isAtFrameEnd(): boolean {
    return this.#begunBytes === 0;
  }

  /** @param chunk the next bytes of the audio itself, cut anywhere; neither header nor what follows the audio. */
  push(chunk: Uint8Array): Channels {
    const frameBytes = this.#begun.byteLength;
    const frames = Math.floor((this.#begunBytes + chunk.byteLength) / frameBytes);
    const left = new Uint8Array(frames * this.#sampleBytes);
    const right = new Uint8Array(frames * this.#sampleBytes);
    let from = 0;
    let to = 0;
    if (this.#begunBytes > 0) {
      from = Math.min(frameBytes - this.#begunBytes, chunk.byteLength);
      this.#begun.set(chunk.subarray(0, from), this.#begunBytes);
      this.#begunBytes += from;
      if (frames === 0) return { left, right };
      left.set(this.#begun.subarray(0, this.#sampleBytes));
      right.set(this.#begun.subarray(this.#sampleBytes));
      to = this.#sampleBytes;
    }
    const end = chunk.byteLength - ((chunk.byteLength - from) % frameBytes);
    separate(chunk.subarray(from, end), left.subarray(to), right.subarray(to), this.#sampleBytes);
    this.#begun.set(chunk.subarray(end));
    this.#begunBytes = chunk.byteLength - end;
    return { left, right };
  }
}

function separate(frames: Uint8Array, left: Uint8Array, right: Uint8Array, sampleBytes: number): void {
  let from = 0;
  for (let to = 0; to < left.byteLength; to += sampleBytes) {
    for (let byte = to; byte < to + sampleBytes; byte++) left[byte] = frames[from++] ?? 0;
    for (let byte = to; byte < to + sampleBytes; byte++) right[byte] = frames[from++] ?? 0;
  }
}

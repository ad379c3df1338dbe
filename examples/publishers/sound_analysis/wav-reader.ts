import { samples } from "./encoding.ts";
import { type AudioProblem, parseWavHeader, type WavHeader } from "./wav-header.ts";

const nothing = Buffer.alloc(0);
const noSamples = new Float64Array(0);

/** A WAV file in, its samples out, piece by piece. Between two pieces it holds less than one kilobyte: part of the header, or of a sample. */
export class WavReader {
  readonly #parser = parseWavHeader();
  #neededBytes: number;
  #held = nothing;
  #header: WavHeader | undefined;
  #problem: AudioProblem | undefined;
  #leftBytes = 0;
  #isEmpty = true;
  #hasSamples = false;

  constructor() {
    const first = this.#parser.next(nothing);
    this.#neededBytes = first.done === true ? 0 : first.value;
  }

  /** Known as soon as the first samples are out. */
  get header(): WavHeader | undefined {
    return this.#header;
  }

  /** The samples that these bytes complete, from −1 to 1. None before the sound begins and none after a problem. */
  read(bytes: Buffer): Float64Array {
    if (bytes.length > 0) this.#isEmpty = false;
    if (this.#problem !== undefined) return noSamples;
    const sound = this.#header === undefined ? this.#readHeader(bytes) : bytes;
    return this.#header === undefined ? noSamples : this.#decode(this.#header, sound);
  }

  /** After the last piece: why this was no whole WAV file, if it was none. */
  end(): AudioProblem | undefined {
    if (this.#problem !== undefined) return this.#problem;
    if (this.#isEmpty) return { code: "no_audio", message: "There is nothing in the recording." };
    if (this.#header === undefined) return { code: "truncated", message: "The file ends before the sound begins." };
    if (Number.isFinite(this.#leftBytes) && this.#leftBytes > 0) {
      return { code: "truncated", message: `The file ends ${this.#leftBytes} bytes before its sound does.` };
    }
    // What is left of a sample that broke off is no sound.
    return this.#hasSamples ? undefined : { code: "no_audio", message: "The recording has no sound." };
  }

  /** @returns what comes after the header. */
  #readHeader(bytes: Buffer): Buffer {
    const all = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    let at = 0;
    while (all.length - at >= this.#neededBytes) {
      const step = this.#parser.next(all.subarray(at, at + this.#neededBytes));
      at += this.#neededBytes;
      if (step.done !== true) this.#neededBytes = step.value;
      else {
        this.#held = nothing;
        if ("problem" in step.value) this.#problem = step.value.problem;
        else {
          this.#header = step.value.header;
          this.#leftBytes = this.#header.dataBytes;
        }
        return all.subarray(at);
      }
    }
    // A copy: a view would keep the whole piece alive.
    this.#held = Buffer.from(all.subarray(at));
    return nothing;
  }

  #decode({ encoding }: WavHeader, bytes: Buffer): Float64Array {
    // What follows the sound are chunks that say something else.
    const sound = bytes.subarray(0, Math.min(bytes.length, this.#leftBytes));
    this.#leftBytes -= sound.length;
    const all = this.#held.length === 0 ? sound : Buffer.concat([this.#held, sound]);
    const sample = samples[encoding];
    const decoded = new Float64Array(Math.floor(all.length / sample.bytes));
    for (let index = 0; index < decoded.length; index += 1) decoded[index] = sample.read(all, index * sample.bytes);
    this.#held = Buffer.from(all.subarray(decoded.length * sample.bytes));
    this.#hasSamples ||= decoded.length > 0;
    return decoded;
  }
}

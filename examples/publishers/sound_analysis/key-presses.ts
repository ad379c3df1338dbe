import { blockMs, windowMs } from "./key-tones.ts";

export type KeyPress = { digit: string; startMs: number; endMs: number };

/**
 * A window needs three quarters of the tone in it, so a tone of 40 ms, which ITU-T Q.24 wants taken, is seen in six or seven windows, one of
 * 23 ms in three. The mean of the two limits.
 */
const windowsToPress = 5;
/** A pause of 40 ms, the shortest between two keys, is missed by ten windows; a tone that breaks off for 10 ms, by four. */
const windowsToRelease = 6;
/** A window sees a tone that begins up to a block after it, or ends as much before its end. */
const edgeMs = blockMs / 2;

/** Makes key presses of what each window sees: long enough to be one, and one as long as it is held. */
export class KeyPresses {
  #key: string | undefined;
  #streak = 0;
  #missed = 0;
  #held: KeyPress | undefined;

  /**
   * @param key what the window sees that ends at `endMs`.
   * @returns a key that was let go.
   */
  next(key: string | undefined, endMs: number): KeyPress | undefined {
    this.#streak = key === this.#key ? this.#streak + 1 : 1;
    this.#key = key;
    let released: KeyPress | undefined;
    if (this.#held?.digit === key && this.#held !== undefined) {
      this.#held.endMs = endMs - edgeMs;
      this.#missed = 0;
    } else {
      this.#missed += 1;
      const another = key !== undefined && this.#streak >= windowsToPress;
      if (another || this.#missed >= windowsToRelease) released = this.end();
    }
    if (this.#held === undefined && key !== undefined && this.#streak >= windowsToPress) {
      const startMs = endMs - windowMs - (this.#streak - 1) * blockMs + edgeMs;
      this.#held = { digit: key, startMs: Math.max(0, startMs), endMs: endMs - edgeMs };
      this.#missed = 0;
    }
    return released;
  }

  /** The key that is held when the recording ends. */
  end(): KeyPress | undefined {
    const held = this.#held;
    this.#held = undefined;
    return held;
  }
}

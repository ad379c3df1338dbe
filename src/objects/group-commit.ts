type Waiting = {
  decide(): void;
  settle(): void;
  fail(error: unknown): void;
  sizeChars: number;
};

/**
 * Commits together what arrives while the disk is busy: one row and one sync for all, which is what lets one object serve an account's
 * whole traffic. Alone, a decision is committed at once. There is no timer: even one of 0 ms costs more than it gathers.
 *
 * The decisions of one commit and its write are one synchronous block. The platform holds each reply until what was written
 * before it is on disk, so a caller never hears of a commit that a crash could undo.
 */
export class GroupCommit {
  readonly #commit: () => void;
  readonly #sync: () => Promise<void>;
  readonly #abort: (error: unknown) => void;
  readonly #maxChars: number;
  #waiting: Waiting[] = [];
  #isDraining = false;
  #broken: { error: unknown } | null = null;

  /**
   * @param options.commit writes what the decisions have changed.
   * @param options.abort ends the object: a write that failed half-way has left its memory at odds with its disk.
   * @param options.maxChars how much a commit may carry.
   */
  constructor(options: { commit: () => void; sync: () => Promise<void>; abort: (error: unknown) => void; maxChars: number }) {
    this.#commit = options.commit;
    this.#sync = options.sync;
    this.#abort = options.abort;
    this.#maxChars = options.maxChars;
  }

  /** @param decide a synchronous decision over the store, which must not throw for a reason of its caller's. */
  run<T>(decide: () => T, sizeChars = 0): Promise<T> {
    if (this.#broken !== null) return Promise.reject(this.#broken.error);
    return new Promise<T>((resolve, reject) => {
      let result: T;
      this.#waiting.push({
        decide: () => {
          result = decide();
        },
        settle: () => resolve(result),
        fail: reject,
        sizeChars,
      });
      if (!this.#isDraining) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#isDraining = true;
    while (this.#waiting.length > 0) {
      const batch = this.#take();
      try {
        for (const waiting of batch) waiting.decide();
        this.#commit();
        for (const waiting of batch) waiting.settle();
        await this.#sync();
      } catch (error) {
        this.#broken = { error };
        this.#abort(error);
        for (const waiting of [...batch, ...this.#waiting.splice(0)]) waiting.fail(error);
        return;
      }
    }
    this.#isDraining = false;
  }

  #take(): Waiting[] {
    let count = 0;
    let sizeChars = 0;
    for (const waiting of this.#waiting) {
      sizeChars += waiting.sizeChars;
      if (count > 0 && sizeChars > this.#maxChars) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }
}

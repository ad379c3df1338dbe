type Answered = { fingerprint: string; forgottenAtMs: number; body: Promise<string> };

/**
 * A gateway that died with a developer's keyed request runs it again, with the same SIDs, when the developer repeats it; 30 s later at the
 * earliest, and clients that repeat at all do so soon after. It may for a whole day, but no process's memory holds that: a later one is
 * worked on once more. And it is longer than a request's own date is taken, 70 s at most, so a recorded one is refused before it is forgotten.
 */
const keptMs = 120_000;

/**
 * The answers of the last two minutes by request SID, the guide's idempotency token. A retry gets the first answer, byte for byte,
 * also while the work on it is still going on. So a retry costs nothing, and a recorded request gains nobody anything.
 *
 * It is this process's memory: publishers with several processes keep it in a store that all of them see.
 */
export class AnsweredRequests {
  readonly #answered = new Map<string, Answered>();
  readonly #maxRequests: number;

  /** Beyond `maxRequests` the oldest are forgotten; their retries are worked on once more. */
  constructor(maxRequests: number) {
    this.#maxRequests = maxRequests;
  }

  /** The first answer to this SID, which `work` makes if there is none yet; undefined when the SID was used for another request. */
  once(
    { requestSid, fingerprint }: { requestSid: string; fingerprint: string },
    nowMs: number,
    work: () => Promise<string>,
  ): Promise<string> | undefined {
    const earlier = this.#answered.get(requestSid);
    if (earlier !== undefined && earlier.forgottenAtMs > nowMs) {
      if (earlier.fingerprint !== fingerprint) return undefined;
      // From the last repetition on: it has a date of its own, and could be recorded too.
      this.#answered.delete(requestSid);
      this.#answered.set(requestSid, { ...earlier, forgottenAtMs: nowMs + keptMs });
      return earlier.body;
    }
    this.#forget(nowMs);
    const body = work();
    this.#answered.set(requestSid, { fingerprint, forgottenAtMs: nowMs + keptMs, body });
    // What failed is not an answer: the retry is to try again.
    body.catch(() => this.#answered.delete(requestSid));
    return body;
  }

  /** A Map gives its entries in the order in which they were set, so the oldest stand first. */
  #forget(nowMs: number): void {
    for (const [requestSid, { forgottenAtMs }] of this.#answered) {
      if (forgottenAtMs > nowMs && this.#answered.size < this.#maxRequests) return;
      this.#answered.delete(requestSid);
    }
  }
}

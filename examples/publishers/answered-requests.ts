type Answered = { fingerprint: string; expiresAtMs: number; body: Promise<string> };

/**
 * The answers of the last minute by request SID, the guide's idempotency token. A retry gets the first answer, byte for byte,
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
    { requestSid, fingerprint, expiresAtMs }: { requestSid: string; fingerprint: string; expiresAtMs: number },
    nowMs: number,
    work: () => Promise<string>,
  ): Promise<string> | undefined {
    const earlier = this.#answered.get(requestSid);
    if (earlier !== undefined && earlier.expiresAtMs > nowMs) {
      return earlier.fingerprint === fingerprint ? earlier.body : undefined;
    }
    this.#forget(nowMs);
    const body = work();
    this.#answered.set(requestSid, { fingerprint, expiresAtMs, body });
    // What failed is not an answer: the retry is to try again.
    body.catch(() => this.#answered.delete(requestSid));
    return body;
  }

  /** A Map gives its entries in the order in which they came, so the oldest stand first. */
  #forget(nowMs: number): void {
    for (const [requestSid, { expiresAtMs }] of this.#answered) {
      if (expiresAtMs > nowMs && this.#answered.size < this.#maxRequests) return;
      this.#answered.delete(requestSid);
    }
  }
}

import { CLAIM_WAITERS_MAX } from "../domain/billing/desk-times.ts";

/** Requests that wait in the desk for another one's answer, by idempotency key. */
export class ClaimWaiters {
  readonly #byKey = new Map<string, Set<() => void>>();
  #count = 0;

  /** @returns when the key is answered or the time is over; at once, and false, when too many are waiting already. */
  async wait(key: string, delayMs: number): Promise<boolean> {
    if (this.#count >= CLAIM_WAITERS_MAX) return false;
    this.#count += 1;
    const waiters = this.#byKey.get(key) ?? new Set();
    this.#byKey.set(key, waiters);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => wake(), delayMs);
      const wake = (): void => {
        clearTimeout(timer);
        waiters.delete(wake);
        if (waiters.size === 0) this.#byKey.delete(key);
        this.#count -= 1;
        resolve();
      };
      waiters.add(wake);
    });
    return true;
  }

  wake(key: string): void {
    for (const wake of this.#byKey.get(key) ?? []) wake();
  }
}

import { SETTLED_KEPT_MS } from "../limits.ts";

/** Shared by all invocations of one commit that cost the same, so that 100,000 of them need little more than their SIDs. */
type Recorded = { price: number | "void"; atMs: number };

/** Which invocations a desk has recorded lately and at which price: what tells a repetition from something new. */
export class RecentInvocations {
  /** In the order of their recording, which is what `forget` relies on. */
  readonly #bySid = new Map<string, Recorded>();
  #last: Recorded = { price: 0, atMs: 0 };

  get(xr: string): number | "void" | undefined {
    return this.#bySid.get(xr)?.price;
  }

  remember(xr: string, price: number | "void", atMs: number): void {
    if (this.#last.price !== price || this.#last.atMs !== atMs) this.#last = { price, atMs };
    // A voided invocation moves to the end: it is remembered from its voiding on.
    if (price === "void") this.#bySid.delete(xr);
    this.#bySid.set(xr, this.#last);
  }

  forget(nowMs: number): void {
    for (const [xr, { atMs }] of this.#bySid) {
      if (atMs > nowMs - SETTLED_KEPT_MS) return;
      this.#bySid.delete(xr);
    }
  }

  get size(): number {
    return this.#bySid.size;
  }
}

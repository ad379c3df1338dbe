/** What a visit of a schema costs. A unit is about 40 ns. */
export const VISIT_COST = 16;
/** Ours: at most about 20 ms. An answer of 50 KB against an ordinary schema needs a quarter. */
export const WORK_PER_INSTANCE = 400_000;
/** Ours: more for what may be megabytes. A transcript of 8 MB, word by word, needs three quarters of what it gets, in about a second. */
const WORK_PER_BYTE = 4;

export const workLimitOf = (sizeBytes: number): number => WORK_PER_INSTANCE + sizeBytes * WORK_PER_BYTE;

/** What one schema costs when it visits every large object, and counts the characters of every large text, of an instance. */
export type BulkCost = { objects: number; texts: number };

/** What is left of the work that one validation may do: both the schema and the instance are other people's. */
export class Work {
  /** Which validation this is. */
  run = 0;
  #left = 0;
  #bulk: BulkCost = { objects: 0, texts: 0 };

  begin(bulk: BulkCost, limit: number): void {
    this.run++;
    this.#left = limit;
    this.#bulk = bulk;
  }

  /** @throws when the work is used up, which ends the validation. */
  spend(cost: number): void {
    this.#left -= cost;
    if (this.#left < 0) throw new Error("the instance takes too much work to validate");
  }

  /** A schema visits each value of an instance at most once, so all that is large is spent with the first visit. */
  spendBulk(countsCharacters: boolean): void {
    this.spend(this.#bulk.objects + (countsCharacters ? this.#bulk.texts : 0));
  }

  get isUsedUp(): boolean {
    return this.#left < 0;
  }
}

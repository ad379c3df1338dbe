/** What a visit of a schema costs. A unit is about 40 ns. */
export const VISIT_COST = 4;
/** Ours: at most about 100 ms, and 600 ms for patterns made to be slow. An answer of 50 KB against an ordinary schema needs a tenth. */
const WORK_PER_INSTANCE = 2_000_000;

/** What is left of the work that one validation may do: both the schema and the instance are other people's. */
export class Work {
  #left = 0;

  begin(): void {
    this.#left = WORK_PER_INSTANCE;
  }

  /** @throws when the work is used up, which ends the validation. */
  spend(cost: number): void {
    this.#left -= cost;
    if (this.#left < 0) throw new Error("the instance takes too much work to validate");
  }

  get isUsedUp(): boolean {
    return this.#left < 0;
  }
}

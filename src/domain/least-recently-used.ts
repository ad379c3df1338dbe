/** A map that forgets what was not asked for the longest, so that memory stays bounded: an isolate's is shared by all its requests. */
export type LeastRecentlyUsed<V> = {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
  /** All of it, without making any of it used. */
  entries(): IterableIterator<[string, V]>;
};

/** A second bound, for values of very different sizes. */
export type Weights<V> = { max: number; of(value: V): number };

/** What was set last is kept, however heavy it is. */
export function leastRecentlyUsed<V>(maxEntries: number, weights: Weights<V> = { max: Infinity, of: () => 0 }): LeastRecentlyUsed<V> {
  // A Map iterates in insertion order, so inserting again is what "used" means.
  const kept = new Map<string, V>();
  let weight = 0;
  const remove = (key: string): void => {
    const value = kept.get(key);
    if (value !== undefined) weight -= weights.of(value);
    kept.delete(key);
  };
  return {
    get(key) {
      const value = kept.get(key);
      if (value === undefined) return undefined;
      kept.delete(key);
      kept.set(key, value);
      return value;
    },
    set(key, value) {
      remove(key);
      kept.set(key, value);
      weight += weights.of(value);
      for (const oldest of kept.keys()) {
        if (oldest === key || (kept.size <= maxEntries && weight <= weights.max)) break;
        remove(oldest);
      }
    },
    delete: remove,
    entries: () => kept.entries(),
  };
}

/** A map that forgets what was not asked for the longest, so that memory stays bounded: an isolate's is shared by all its requests. */
export type LeastRecentlyUsed<V> = { get(key: string): V | undefined; set(key: string, value: V): void; delete(key: string): void };

export function leastRecentlyUsed<V>(maxEntries: number): LeastRecentlyUsed<V> {
  // A Map iterates in insertion order, so inserting again is what "used" means.
  const entries = new Map<string, V>();
  return {
    get(key) {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries) break;
        entries.delete(oldest);
      }
    },
    delete(key) {
      entries.delete(key);
    },
  };
}

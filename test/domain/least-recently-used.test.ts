import { describe, expect, it } from "vitest";
import { leastRecentlyUsed } from "../../src/domain/least-recently-used.ts";

const keysOf = (map: { entries(): IterableIterator<[string, unknown]> }): string[] => Array.from(map.entries(), ([key]) => key);

describe("a map that forgets the least recently used", () => {
  it("keeps as many as it may, and those that were asked for", () => {
    const map = leastRecentlyUsed<number>(2);
    map.set("a", 1);
    map.set("b", 2);
    map.get("a");
    map.set("c", 3);
    expect(keysOf(map)).toEqual(["a", "c"]);
  });

  it("keeps as much weight as it may, counting what is replaced and deleted", () => {
    const map = leastRecentlyUsed<string>(100, { max: 10, of: (text) => text.length });
    for (const [key, text] of [["a", "1234"], ["b", "1234"], ["a", "12"], ["c", "1234"]] as const) map.set(key, text);
    expect(keysOf(map)).toEqual(["b", "a", "c"]);
    map.set("d", "1");
    expect(keysOf(map)).toEqual(["a", "c", "d"]);
    map.delete("c");
    map.set("e", "1234567");
    expect(keysOf(map)).toEqual(["a", "d", "e"]);
  });

  it("keeps what was set last, however heavy", () => {
    const map = leastRecentlyUsed<string>(100, { max: 3, of: (text) => text.length });
    map.set("a", "1");
    map.set("b", "12345");
    expect(keysOf(map)).toEqual(["b"]);
    map.set("c", "1");
    expect(keysOf(map)).toEqual(["c"]);
  });
});

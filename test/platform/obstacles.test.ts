import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { firstOf, insertUnless, noneOf } from "../../src/platform/d1/obstacles.ts";

describe("an insert that something may stand in the way of", () => {
  it.each([
    { what: "nothing: nobody looks for an obstacle", inserted: [true], found: [], outcome: { kind: "inserted" } },
    { what: "an obstacle", inserted: [false], found: ["taken"], outcome: { kind: "obstacle", found: "taken" } },
    { what: "an obstacle that goes meanwhile: it is tried once more", inserted: [false, true], found: [null], outcome: { kind: "inserted" } },
    { what: "one that goes, and another one", inserted: [false, false], found: [null, "full"], outcome: { kind: "obstacle", found: "full" } },
    { what: "obstacles that come and go", inserted: [false, false], found: [null, null], outcome: { kind: "unsettled" } },
  ])("meets $what", async ({ inserted, found, outcome }) => {
    const [inserts, finds] = [[...inserted], [...found]];
    expect(await insertUnless(async () => inserts.shift() ?? expect.unreachable(), async () => finds.shift() ?? null)).toEqual(outcome);
    expect([inserts, finds]).toEqual([[], []]);
  });

  it("reports the first of several, and is done where none holds", async () => {
    const obstacles = { negative: "?1 < 0", small: "?1 < 10", odd: "?1 = 0 OR ?1 % 2 = 1" };
    const of = (n: number) => env.DB.prepare(`SELECT ${firstOf(obstacles)} AS first, ${noneOf(obstacles)} AS none`).bind(n).first();
    expect(await Promise.all([-1, 3, 4, 13, 12].map(of))).toEqual([
      { first: "negative", none: 0 },
      { first: "small", none: 0 },
      { first: "small", none: 0 },
      { first: "odd", none: 0 },
      { first: null, none: 1 },
    ]);
  });
});

import { assert, asyncProperty, check } from "fast-check";
import { describe, expect, test } from "vitest";
import { runWorld, scripts } from "../support/desk-script.ts";
import type { Sabotage } from "../support/desk-world.ts";

const WORLDS = 10_000;
/** So many that one which loses something is found out: the rarest promise is broken in one of 3,000. */
const WORLDS_AT_MOST = 60_000;

/** Fails on a world that broke a promise; with `only`, on one that broke this promise. */
const keptPromises = (sabotage: Sabotage, only = /./) =>
  asyncProperty(scripts, async (script) => {
    const broken = (await runWorld(script, sabotage)).find((promise) => only.test(promise));
    if (broken !== undefined) throw new Error(broken);
  });

describe("a desk, its callers, and a network that loses, repeats and delays", () => {
  test(`keep their promises in ${WORLDS} worlds`, { timeout: 120_000 }, async () => {
    await assert(keptPromises({}), { numRuns: WORLDS });
  });
});

const sabotages: [missing: string, sabotage: Sabotage, broken: RegExp][] = [
  [
    "the dedupe",
    { store: (store) => ({ recorded: (xr) => (store.recorded(xr) === "void" ? "void" : undefined) }) },
    /is recorded more than once/,
  ],
  ["the stored answer", { store: () => ({ keepAnswer: () => {} }) }, /was answered in two ways/],
  // Then a run after it settles anew, at whatever its publishers answer this time.
  ["what a message had settled", { store: () => ({ keepProgress: () => {} }) }, /message-\d was answered in two ways/],
  [
    "the tombstone",
    { store: (store) => ({ recorded: (xr) => (store.recorded(xr) === "void" ? undefined : store.recorded(xr)) }) },
    /was answered as failed and is charged/,
  ],
  ["the age of messages", { hasNoAge: true }, /is recorded more than once/],
  ["what was held", { store: () => ({ heldMicros: () => 0 }) }, /more is spent or held than was granted/],
  ["the memory of a settled hold", { store: (store) => ({ hold: (xr) => (store.hold(xr)?.settledMicros === null ? store.hold(xr) : undefined) }) }, /is recorded more than once|is held for ever|is charged/],
  ["the memory of a reversal", { store: () => ({ reversal: () => undefined }) }, /the granted total is not the sum|the books differ/],
  ["what was given back", { store: () => ({ rememberFree: () => {} }) }, /more was given back than is charged/],
  ["the range of a flush that is under way", { books: { hasNoFlushRange: true } }, /the books differ/],
  ["the month that is closed", { books: { hasNoClosedMonth: true } }, /is not what its entries come to/],
  ["the output gate", { hasNoOutputGate: true }, /was answered and is not recorded/],
];

describe("the same worlds find a desk out", () => {
  test.each(sabotages)("that lacks %s", { timeout: 300_000 }, async (_missing, sabotage, broken) => {
    const found = await check(keptPromises(sabotage, broken), { numRuns: WORLDS_AT_MOST, endOnFailure: true });
    expect(found.failed).toBe(true);
    expect(String(found.errorInstance)).toMatch(broken);
  });
});

import { describe, expect, test } from "vitest";
import { type DeskAgenda, dueTimes, earliest } from "../../src/domain/billing/desk-agenda.ts";

const idle: DeskAgenda = { pendingSinceMs: null, flushFailures: 0, flushTriedAtMs: null, keptSinceMs: null, claimExpiresAtMs: null };

describe("a desk's alarm rings", () => {
  test.each<[string, Partial<DeskAgenda>, number]>([
    ["never when there is nothing to do", {}, Infinity],
    ["a second after the first thing that D1 does not have", { pendingSinceMs: 5_000 }, 6_000],
    ["no later for a flush that went well before", { pendingSinceMs: 5_000, flushTriedAtMs: 4_000 }, 6_000],
    ["a second after the first failure", { pendingSinceMs: 5_000, flushFailures: 1, flushTriedAtMs: 6_000 }, 7_000],
    ["four seconds after the third", { pendingSinceMs: 5_000, flushFailures: 3, flushTriedAtMs: 10_000 }, 14_000],
    ["a minute after the hundredth", { pendingSinceMs: 5_000, flushFailures: 100, flushTriedAtMs: 10_000 }, 70_000],
    ["not for a flush when nothing is pending any more", { flushFailures: 3, flushTriedAtMs: 10_000 }, Infinity],
    ["when what reached D1 need not be recognised any more", { keptSinceMs: 5_000 }, 65_000],
    ["when a claim's day is over", { claimExpiresAtMs: 9_000 }, 9_000],
    ["for the first of several things", { pendingSinceMs: 5_000, keptSinceMs: 1_000, claimExpiresAtMs: 90_000 }, 6_000],
  ])("%s", (_when, agenda, atMs) => {
    expect(earliest(dueTimes({ ...idle, ...agenda }))).toBe(atMs);
  });
});

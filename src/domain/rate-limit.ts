import { leastRecentlyUsed } from "./least-recently-used.ts";

/** A token bucket for each name: `perSecond` on average, and as many at once. */
export type RateLimit = { take(name: string, nowMs: number): boolean };

const NAMES_KEPT = 10_000;

export function rateLimit(perSecond: number): RateLimit {
  const buckets = leastRecentlyUsed<{ tokens: number; atMs: number }>(NAMES_KEPT);
  return {
    take(name, nowMs) {
      const bucket = buckets.get(name) ?? { tokens: perSecond, atMs: nowMs };
      const tokens = Math.min(perSecond, bucket.tokens + ((nowMs - bucket.atMs) * perSecond) / 1_000);
      const allowed = tokens >= 1;
      buckets.set(name, { tokens: allowed ? tokens - 1 : tokens, atMs: nowMs });
      return allowed;
    },
  };
}

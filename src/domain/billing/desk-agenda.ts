import { FLUSH_AFTER_MS, FLUSH_RETRY_MAX_MS, SETTLED_KEPT_MS } from "../limits.ts";

/** What a desk has before it, from which follows when its one alarm must ring. */
export type DeskAgenda = {
  /** When the oldest segment that D1 does not have was committed. */
  pendingSinceMs: number | null;
  /** Flushes that D1 refused since the last that it took, and when the last one was tried. */
  flushFailures: number;
  flushTriedAtMs: number | null;
  /** When the oldest segment that D1 has, and that is still kept, was committed. */
  keptSinceMs: number | null;
  claimExpiresAtMs: number | null;
};

export type DeskDue = { flushAtMs: number; forgetAtMs: number; expireAtMs: number };

/** When each thing is due; `Infinity` for what there is nothing to do about. */
export function dueTimes(agenda: DeskAgenda): DeskDue {
  return {
    flushAtMs: flushAtMs(agenda),
    forgetAtMs: agenda.keptSinceMs === null ? Infinity : agenda.keptSinceMs + SETTLED_KEPT_MS,
    expireAtMs: agenda.claimExpiresAtMs ?? Infinity,
  };
}

export function earliest(due: DeskDue): number {
  return Math.min(due.flushAtMs, due.forgetAtMs, due.expireAtMs);
}

function flushAtMs({ pendingSinceMs, flushFailures, flushTriedAtMs }: DeskAgenda): number {
  if (pendingSinceMs === null) return Infinity;
  if (flushFailures === 0 || flushTriedAtMs === null) return pendingSinceMs + FLUSH_AFTER_MS;
  return flushTriedAtMs + Math.min(FLUSH_AFTER_MS * 2 ** (flushFailures - 1), FLUSH_RETRY_MAX_MS);
}

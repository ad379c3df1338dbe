import { IDEMPOTENCY_CLAIM_MS, IDEMPOTENCY_TTL_MS } from "../limits.ts";
import type { DeskStore } from "./desk.ts";

/** An idempotency key in use. */
export type Claim = {
  key: string;
  /** What tells one request from another: a keyed digest of path and parameters. */
  print: string;
  /** The first run's; every further run derives the same request SIDs from it. */
  seed: string;
  /** The seed that the present run brought: it recognises its own repeated `begin`. */
  holder: string;
  claimedAtMs: number;
  expiresAtMs: number;
  /** As the caller encrypted it; null while no run has settled. */
  answer: Uint8Array | null;
};

/** Ours: all claims of a desk together. Platform: an object holds 10 GB, of which its usage must always have room. */
export const CLAIMS_BYTES = 1024 ** 3;
/** About what a claim takes beside its answer: key, print, seeds and index entries. */
const CLAIM_BYTES = 400;
const FULL_WAIT_MIN_MS = 1_000;

/** @param answerBytes null while there is no answer. */
export const claimBytes = (answerBytes: number | null): number => CLAIM_BYTES + (answerBytes ?? 0);

/** @property seed fresh randomness of this caller, the same in all repetitions of one call. */
export type BeginRequest = { key: string; print: string; seed: string };

export type BeginReply =
  /** Run the request, with request SIDs derived from this seed. */
  | { kind: "run"; seed: string }
  | { kind: "conflict" }
  | { kind: "replay"; answer: Uint8Array }
  /** Another run has the key for so long. */
  | { kind: "wait"; waitMs: number }
  /** No further key can be kept before the first one's day is over, in so long. */
  | { kind: "full"; waitMs: number };

/** Whether a request with an idempotency key is to be run, has been, or is being run. */
export function begin(store: DeskStore, nowMs: number, { key, print, seed }: BeginRequest): BeginReply {
  const claim = store.claim(key);
  if (claim === undefined || claim.expiresAtMs <= nowMs) {
    // Before anything runs: one that has run must be able to store its answer, so that runs under way may go over by as much as theirs.
    if (store.claimsBytes() >= CLAIMS_BYTES) return { kind: "full", waitMs: Math.max((store.nextClaimExpiry() ?? nowMs) - nowMs, FULL_WAIT_MIN_MS) };
    store.keepClaim({ key, print, seed, holder: seed, claimedAtMs: nowMs, expiresAtMs: nowMs + IDEMPOTENCY_TTL_MS, answer: null });
    return { kind: "run", seed };
  }
  if (claim.print !== print) return { kind: "conflict" };
  if (claim.answer !== null) return { kind: "replay", answer: claim.answer };
  const waitMs = claim.claimedAtMs + IDEMPOTENCY_CLAIM_MS - nowMs;
  if (waitMs > 0) return claim.holder === seed ? { kind: "run", seed: claim.seed } : { kind: "wait", waitMs };
  store.keepClaim({ ...claim, holder: seed, claimedAtMs: nowMs });
  return { kind: "run", seed: claim.seed };
}

/** A claim with this print is nobody's: every request with its key is a conflict. */
const FORGOTTEN = "";

/** Takes an answer away for good. The key stays used until its day is over: running its request again would charge it again. */
export function forgetAnswer(store: DeskStore, key: string): void {
  const claim = store.claim(key);
  // A run that is under way has nothing to forget yet, and must be able to settle.
  if (claim !== undefined && claim.answer !== null) store.keepClaim({ ...claim, print: FORGOTTEN, answer: new Uint8Array(0) });
}

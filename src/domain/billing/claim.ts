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
  /** Of a request that goes on after it has settled: what it settled, from which a further run goes on. As the caller encrypted it; empty when forgotten. */
  progress: Uint8Array | null;
  /** As the caller encrypted it; null while no run has settled. */
  answer: Uint8Array | null;
};

/** Ours: all claims of a desk together. Platform: an object holds 10 GB, of which its usage must always have room. */
export const CLAIMS_BYTES = 1024 ** 3;
/** About what a claim takes beside its answer: key, print, seeds and index entries. */
const CLAIM_BYTES = 400;
const FULL_WAIT_MIN_MS = 1_000;

/** @param keptBytes of its answer and its progress; null while there is neither. */
export const claimBytes = (keptBytes: number | null): number => CLAIM_BYTES + (keptBytes ?? 0);

/**
 * @property seed fresh randomness of this caller, the same in all repetitions of one call.
 * @property claimMs how long a run has the key for itself; all that use the key say the same.
 */
export type BeginRequest = { key: string; print: string; seed: string; claimMs?: number };

export type BeginReply =
  /** Run the request, with request SIDs derived from this seed; with `progress`, go on from where an earlier run had come. */
  | { kind: "run"; seed: string; progress?: Uint8Array }
  | { kind: "conflict" }
  | { kind: "replay"; answer: Uint8Array }
  /** Another run has the key for so long. */
  | { kind: "wait"; waitMs: number }
  /** No further key can be kept before the first one's day is over, in so long. */
  | { kind: "full"; waitMs: number };

/** Whether a request with an idempotency key is to be run, has been, or is being run. */
export function begin(store: DeskStore, nowMs: number, { key, print, seed, claimMs = IDEMPOTENCY_CLAIM_MS }: BeginRequest): BeginReply {
  const claim = store.claim(key);
  if (claim === undefined || claim.expiresAtMs <= nowMs) {
    // Before anything runs: one that has run must be able to store its answer, so that runs under way may go over by as much as theirs.
    if (store.claimsBytes() >= CLAIMS_BYTES) return { kind: "full", waitMs: Math.max((store.nextClaimExpiry() ?? nowMs) - nowMs, FULL_WAIT_MIN_MS) };
    store.keepClaim({ key, print, seed, holder: seed, claimedAtMs: nowMs, expiresAtMs: nowMs + IDEMPOTENCY_TTL_MS, progress: null, answer: null });
    return { kind: "run", seed };
  }
  if (claim.print !== print) return { kind: "conflict" };
  if (claim.answer !== null) return { kind: "replay", answer: claim.answer };
  const waitMs = claim.claimedAtMs + claimMs - nowMs;
  const run: BeginReply = { kind: "run", seed: claim.seed, ...(claim.progress !== null && { progress: claim.progress }) };
  if (waitMs > 0) return claim.holder === seed ? run : { kind: "wait", waitMs };
  store.keepClaim({ ...claim, holder: seed, claimedAtMs: nowMs });
  return run;
}

/** The claim under which a run may settle or finish; undefined when its day is over, somebody else has the key now, or it was forgotten. */
export function claimOfRun(store: DeskStore, { key, seed }: { key: string; seed: string }): Claim | undefined {
  const claim = store.claim(key);
  return claim !== undefined && claim.seed === seed && claim.print !== FORGOTTEN ? claim : undefined;
}

/** How a run ended that went on after it had settled. */
export type FinishRequest = {
  key: string;
  /** The seed that `begin` handed out. */
  seed: string;
  /** The seed that this run brought itself: only the run that has the key may give it back. */
  holder: string;
  /** Null when the run came to no answer: the key is free at once, and the next run goes on from what was settled. */
  answer: Uint8Array | null;
  /** What its account should know of: `Alert`s as JSON, each with the SID under which it is kept once. */
  alerts: string[];
};

export type FinishReply =
  | { kind: "ok" }
  /** Another run came to an answer first, and that is the answer. */
  | { kind: "replay"; answer: Uint8Array }
  /** The key is not this run's any more: nothing was kept of its answer. */
  | { kind: "gone" };

/** Stores the answer of a run, or gives its key back; its alerts are kept either way, since what they tell of has happened. */
export function finish(store: DeskStore, request: FinishRequest): FinishReply {
  for (const alert of request.alerts) store.keepAlert(alert);
  const claim = claimOfRun(store, request);
  if (claim === undefined) return { kind: "gone" };
  if (claim.answer !== null) return { kind: "replay", answer: claim.answer };
  if (request.answer !== null && isForgotten(claim)) store.keepClaim({ ...claim, ...TAKEN_AWAY });
  else if (request.answer !== null) store.keepAnswer(request.key, request.answer);
  else if (claim.holder === request.holder) store.keepClaim({ ...claim, claimedAtMs: 0 });
  return { kind: "ok" };
}

/** A claim with this print is nobody's: every request with its key is a conflict. */
const FORGOTTEN = "";

const TAKEN_AWAY = { print: FORGOTTEN, progress: null, answer: new Uint8Array(0) };

/** Nothing is left of what its run had settled, but that it had. */
const isForgotten = ({ progress }: Claim): boolean => progress?.byteLength === 0;

/**
 * Takes what is kept of an answer away for good. The key stays used until its day is over: running its request again would charge it again.
 * What has settled and not ended yet can still come to its end, with nothing of its results, and then nothing is kept of that either.
 */
export function forgetAnswer(store: DeskStore, key: string): void {
  const claim = store.claim(key);
  // A run that has not settled has nothing to forget yet, and must be able to settle.
  if (claim === undefined || (claim.answer === null && claim.progress === null)) return;
  if (claim.answer === null) store.keepProgress(key, new Uint8Array(0));
  else store.keepClaim({ ...claim, ...TAKEN_AWAY });
}

import { CREDIT_EXHAUSTED } from "../billing/credit.ts";
import { DAILY_CAP_REACHED } from "../billing/daily-cap.ts";
import type { InvocationFailure } from "../failure.ts";
import { CALLBACK_CHECK_MS, CALLBACK_READ_MS, DISPATCH_DELAYS_MS, DISPATCH_GUARD_MS, RESULT_KEPT_MS, WAKE_UP_GUARD_MS } from "./recording-times.ts";

/**
 * Where one add-on's work on one recording is. Guide, "Recording analysis": the audio goes out, the publisher accepts it, and calls back
 * once within its time.
 * - `queued`: to be sent, now or after a failure; before the first time its price is held
 * - `sending`: on its way to the publisher
 * - `in_progress`: accepted, and not called back yet
 * - `received`: called back; what came is to be checked
 * - `settling`: its outcome is decided, and the account's desk is to record it
 * - the rest are ends
 */
export type Phase = "queued" | "sending" | "in_progress" | "received" | "settling" | "completed" | "failed" | "canceled";

/** What must happen later, each at its time. An object has one alarm, so that these are rows of it. */
export type DueKind = "dispatch" | "deadline" | "check" | "check_limit" | "settle" | "publish" | "relay" | "retention";

export type RecordingInvocation = {
  v: 1;
  phase: Phase;
  /** Whether its account's desk knows it: its price is held there, or could not be. */
  isHeld: boolean;
  /** Attempts to send the audio that were begun. */
  dispatches: number;
  deadlineAtMs: number | null;
  callback: Callback | null;
  outcome: RecordingOutcome | null;
};

/** What a publisher called back with: where it is kept, and how it is told from other bytes. */
export type Callback = { attempt: string; md5: string; sizeBytes: number };

/**
 * How it ended; a canceled one has no failure, since nobody failed. `refusal`: the publisher said no with a JSON object, which is kept as a
 * payload.
 */
export type RecordingOutcome = { failure: InvocationFailure | null; priceMicros: number; canceled: boolean; refusal: boolean };

/** What came of sending the audio. */
export type Dispatched =
  | { kind: "accepted" }
  | { kind: "failed"; failure: InvocationFailure; isRefusal: boolean }
  /** A server error or a broken connection: the same again later. */
  | { kind: "unavailable"; failure: InvocationFailure };

export type InvocationEvent =
  /** @property deadlineMs how long sending may take. */
  | { kind: "begin_dispatch"; deadlineMs: number }
  | { kind: "dispatched"; number: number; result: Dispatched; callbackTimeoutMs: number }
  /** @property uploadedAtMs when the last byte had come. */
  | { kind: "received"; callback: Callback; uploadedAtMs: number }
  | { kind: "checked"; failure: InvocationFailure | null; priceMicros: number }
  /** What it may cost is held, or its credit or daily cap does not cover it. */
  | { kind: "held"; refusedFor: "credit" | "cap" | null }
  /** @property isCanceled what was settled: meanwhile it may have been canceled. */
  | { kind: "settled"; isCanceled: boolean }
  | { kind: "cancel" }
  /** The alarm rang for this row. */
  | { kind: "due"; due: DueKind };

export type InvocationReply =
  | { kind: "none" }
  /** Send the audio: this is the attempt's number. */
  | { kind: "go"; number: number }
  /** What came of sending counts. */
  | { kind: "taken" }
  | { kind: "received" }
  /** The very same callback again. */
  | { kind: "repeated" }
  | { kind: "conflict" }
  | { kind: "gone" };

/** What follows: the state after the event, rows to be set (null: removed), and what the sender of the event is told. */
export type Transition = { state: RecordingInvocation; due: Partial<Record<DueKind, number | null>>; reply: InvocationReply };

export const NEW_INVOCATION: RecordingInvocation = { v: 1, phase: "queued", isHeld: false, dispatches: 0, deadlineAtMs: null, callback: null, outcome: null };

const NONE: InvocationReply = { kind: "none" };
const SUCCESS = { failure: null, canceled: false, refusal: false } as const;

/** Decides what an event changes; an event that has come too late, or again, changes nothing. */
export function next(state: RecordingInvocation, event: InvocationEvent, nowMs: number): Transition {
  switch (event.kind) {
    case "begin_dispatch":
      return beginDispatch(state, event.deadlineMs, nowMs);
    case "dispatched":
      return dispatched(state, event, nowMs);
    case "received":
      return received(state, event, nowMs);
    case "checked":
      if (state.phase !== "received") return unchanged(state);
      return ended(state, event.failure === null ? { ...SUCCESS, priceMicros: event.priceMicros } : failedWith(event.failure), nowMs);
    case "settled":
      return settled(state, event.isCanceled, nowMs);
    case "held":
      return held(state, event.refusedFor, nowMs);
    case "cancel":
      // What is not settled yet is taken back, also if its desk has charged it already.
      return isDone(state) || state.outcome?.canceled === true ? unchanged(state) : ended(state, { failure: null, priceMicros: 0, canceled: true, refusal: false }, nowMs);
    case "due":
      return struck(state, event.due, nowMs);
  }
}

function beginDispatch(state: RecordingInvocation, deadlineMs: number, nowMs: number): Transition {
  if (state.phase !== "queued" || !state.isHeld) return unchanged(state);
  const dispatches = state.dispatches + 1;
  // Whoever sends it may die: then the row strikes, and it counts as one more failure.
  return { state: { ...state, phase: "sending", dispatches }, due: { dispatch: nowMs + deadlineMs + DISPATCH_GUARD_MS }, reply: { kind: "go", number: dispatches } };
}

function dispatched(state: RecordingInvocation, event: Extract<InvocationEvent, { kind: "dispatched" }>, nowMs: number): Transition {
  // A callback may come before the answer to the dispatch was read; a late answer of an attempt that was given up tells nothing any more.
  if (state.phase !== "sending" || event.number !== state.dispatches) return unchanged(state);
  const { result } = event;
  const taken = (transition: Transition): Transition => ({ ...transition, reply: { kind: "taken" } });
  if (result.kind === "unavailable") return taken(retried(state, result.failure, nowMs));
  if (result.kind === "failed") return taken(ended(state, { ...failedWith(result.failure), refusal: result.isRefusal }, nowMs));
  const deadlineAtMs = nowMs + event.callbackTimeoutMs;
  return taken({ state: { ...state, phase: "in_progress", deadlineAtMs }, due: { dispatch: null, deadline: deadlineAtMs + CALLBACK_READ_MS, publish: nowMs }, reply: NONE });
}

function retried(state: RecordingInvocation, failure: InvocationFailure, nowMs: number): Transition {
  const delayMs = DISPATCH_DELAYS_MS[state.dispatches - 1];
  if (delayMs === undefined) return ended(state, failedWith(failure), nowMs);
  return { state: { ...state, phase: "queued" }, due: { dispatch: nowMs + delayMs }, reply: NONE };
}

/** The first callback wins; the end of its upload is what counts. */
function received(state: RecordingInvocation, { callback, uploadedAtMs }: Extract<InvocationEvent, { kind: "received" }>, nowMs: number): Transition {
  if (state.outcome?.canceled === true) return { ...unchanged(state), reply: { kind: "gone" } };
  if (state.callback !== null) return { ...unchanged(state), reply: { kind: state.callback.md5 === callback.md5 ? "repeated" : "conflict" } };
  const isLate = state.deadlineAtMs !== null && uploadedAtMs > state.deadlineAtMs;
  if (isOver(state) || isLate) return { ...unchanged(state), reply: { kind: "gone" } };
  // Who calls back has accepted, whether or not that has been read yet: lists show it so.
  const due = { dispatch: null, deadline: null, check: nowMs, check_limit: nowMs + CALLBACK_CHECK_MS, ...(state.phase !== "in_progress" && { publish: nowMs }) };
  return { state: { ...state, phase: "received", callback }, due, reply: { kind: "received" } };
}

/** Guide: credit is deducted for usage; what it does not cover is not even begun. */
function held(state: RecordingInvocation, refusedFor: "credit" | "cap" | null, nowMs: number): Transition {
  if (state.phase !== "queued" || state.isHeld) return unchanged(state);
  const known: RecordingInvocation = { ...state, isHeld: true };
  return refusedFor === null ? unchanged(known) : ended(known, failedWith(refusedFor === "cap" ? DAILY_CAP_REACHED : CREDIT_EXHAUSTED), nowMs);
}

function settled(state: RecordingInvocation, isCanceled: boolean, nowMs: number): Transition {
  const { outcome } = state;
  if (state.phase !== "settling" || outcome === null || outcome.canceled !== isCanceled) return unchanged(state);
  const phase = outcome.canceled ? "canceled" : outcome.failure === null ? "completed" : "failed";
  const due = { settle: null, publish: nowMs, retention: nowMs + RESULT_KEPT_MS, ...(!outcome.canceled && { relay: nowMs }) };
  return { state: { ...state, phase }, due, reply: NONE };
}

/** A row that stays is set anew, so that a wake-up that was lost is repeated. */
function struck(state: RecordingInvocation, due: DueKind, nowMs: number): Transition {
  const again = (kind: DueKind): Transition => ({ state, due: { [kind]: nowMs + WAKE_UP_GUARD_MS }, reply: NONE });
  const over = (kind: DueKind): Transition => ({ state, due: { [kind]: null }, reply: NONE });
  switch (due) {
    case "dispatch":
      if (state.phase === "sending") return retried(state, INTERRUPTED, nowMs);
      return state.phase === "queued" ? again(due) : over(due);
    case "deadline":
      if (state.phase !== "in_progress" || state.deadlineAtMs === null) return over(due);
      // What was uploaded in time may still be read back.
      return nowMs >= state.deadlineAtMs + CALLBACK_READ_MS ? ended(state, failedWith(TIMED_OUT), nowMs) : { state, due: { deadline: state.deadlineAtMs + CALLBACK_READ_MS }, reply: NONE };
    case "check":
      return state.phase === "received" ? again(due) : over(due);
    case "check_limit":
      return state.phase === "received" ? ended(state, failedWith(UNCHECKED), nowMs) : over(due);
    case "settle":
      return state.phase === "settling" ? again(due) : over(due);
    case "publish":
    case "relay":
    case "retention":
      return again(due);
  }
}

function ended(state: RecordingInvocation, outcome: RecordingOutcome, nowMs: number): Transition {
  const due = { dispatch: null, deadline: null, check: null, check_limit: null, settle: nowMs };
  return { state: { ...state, phase: "settling", outcome }, due, reply: NONE };
}

const unchanged = (state: RecordingInvocation): Transition => ({ state, due: {}, reply: NONE });

/** Its outcome is decided. */
export const isOver = (state: RecordingInvocation): boolean => state.phase === "settling" || isDone(state);

/** Its outcome is recorded. */
export const isDone = ({ phase }: RecordingInvocation): boolean => phase === "completed" || phase === "failed" || phase === "canceled";

const failedWith = (failure: InvocationFailure): RecordingOutcome => ({ failure, priceMicros: 0, canceled: false, refusal: false });

const TIMED_OUT: InvocationFailure = { kind: "timed_out", detail: "The publisher had not called back when its time was over." };
const INTERRUPTED: InvocationFailure = { kind: "internal", detail: "The audio was being sent when that was interrupted." };
const UNCHECKED: InvocationFailure = { kind: "internal", detail: "What the publisher called back with could not be checked in time." };

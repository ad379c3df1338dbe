import type { Callback, Dispatched, Phase, RecordingOutcome } from "../domain/recording/recording-invocation.ts";
import type { RecordingOrder } from "../domain/recording/recording-order.ts";

/** Send this audio: the attempt's number, and what the callback's URL ends with. */
export type DispatchOrder = { kind: "go"; number: number; order: RecordingOrder; startedAtMs: number; callbackSecret: string } | { kind: "stop" };

/**
 * What came of sending the audio once.
 * @property refusalBytes of the JSON object with which the publisher refused, which the caller has stored.
 */
export type DispatchedAttempt = { number: number; result: Dispatched; isSent: boolean; status: number | null; refusalBytes: number | null };

/** Check this callback. */
export type CheckOrder = { kind: "go"; order: RecordingOrder; callback: Callback } | { kind: "stop" };

/** Whether a callback may be sent. */
export type CallbackOpening = { kind: "open" | "gone"; addOnSid: string } | { kind: "not_found" };

export type InvocationInspection = {
  order: RecordingOrder;
  phase: Phase;
  outcome: RecordingOutcome | null;
  relay: {
    status: "none" | "pending" | "delivered" | "stopped" | "dead";
    attempts: { number: number; atMs: number; status: number | null; detail: string }[];
    nextAtMs: number | null;
  };
};

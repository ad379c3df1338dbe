import type { Callback, Phase, RecordingOutcome } from "../domain/recording/recording-invocation.ts";
import type { RecordingOrder } from "../domain/recording/recording-order.ts";

/** Send this audio: the attempt's number, and what the callback's URL ends with. */
export type DispatchOrder = { kind: "go"; number: number; order: RecordingOrder; callbackSecret: string } | { kind: "stop" };

/** Check this callback. */
export type CheckOrder = { kind: "go"; order: RecordingOrder; callback: Callback } | { kind: "stop" };

/** Whether a callback may be sent, and by whom. */
export type CallbackOpening = { kind: "open" | "gone"; publisherSid: string } | { kind: "not_found" };

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

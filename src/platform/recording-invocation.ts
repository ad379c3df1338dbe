import type { InvocationFailure } from "../domain/failure.ts";
import type { Callback } from "../domain/recording/recording-invocation.ts";
import type { RecordingOrder } from "../domain/recording/recording-order.ts";
import type { Env } from "../env.ts";
import type { CallbackOpening, CheckOrder, DispatchedAttempt, DispatchOrder, InvocationInspection } from "../invocation/recording-ports.ts";

/** All that can be asked of a recording's invocation. */
export type RecordingInvocationClient = {
  start(order: RecordingOrder): Promise<void>;
  beginDispatch(): Promise<DispatchOrder>;
  dispatched(attempt: DispatchedAttempt): Promise<boolean>;
  openCallback(secretSha256: string, publisherSid: string): Promise<CallbackOpening>;
  receive(callback: Callback, uploadedAtMs: number): Promise<{ kind: "received" | "repeated" | "conflict" | "gone" }>;
  beginCheck(): Promise<CheckOrder>;
  checked(failure: InvocationFailure | null, priceMicros: number): Promise<void>;
  cancel(): Promise<void>;
  forget(): Promise<void>;
  inspect(): Promise<InvocationInspection | null>;
  redeliver(): Promise<boolean>;
};

/** The one place that names such an object: by its request SID. Each call takes a new stub, since one that has thrown may go on throwing. */
export function invocationOf(namespace: Env["RECORDING_INVOCATION"], xr: string): RecordingInvocationClient {
  const stub = () => namespace.getByName(xr);
  return {
    start: async (order) => stub().start(order),
    beginDispatch: async () => stub().beginDispatch(),
    dispatched: async (attempt) => stub().dispatched(attempt),
    openCallback: async (secretSha256, publisherSid) => stub().openCallback(secretSha256, publisherSid),
    receive: async (callback, uploadedAtMs) => stub().receive(callback, uploadedAtMs),
    beginCheck: async () => stub().beginCheck(),
    checked: async (failure, priceMicros) => stub().checked(failure, priceMicros),
    cancel: async () => stub().cancel(),
    forget: async () => stub().forget(),
    inspect: async () => stub().inspect(),
    redeliver: async () => stub().redeliver(),
  };
}

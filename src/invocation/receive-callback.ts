import type { JsonFault } from "../domain/recording/json-scan.ts";
import { callbackKey } from "../domain/recording/keys.ts";
import type { Callback } from "../domain/recording/recording-invocation.ts";
import type { CallbackStore } from "./callback-store.ts";

/** What a publisher sends back; `attempt` is this request's own. */
export type IncomingCallback = { xr: string; attempt: string; body: ReadableStream };

export type ReceivedCallback = { kind: "received" | "repeated" | "conflict" | "gone" } | { kind: "malformed"; fault: JsonFault };

export type CallbackPorts = {
  callbacks: Pick<CallbackStore, "put" | "scan" | "delete">;
  invocation: { receive(callback: Callback, uploadedAtMs: number): Promise<{ kind: "received" | "repeated" | "conflict" | "gone" }> };
  nowMs(): number;
  /** A body that should have been deleted and could not be. */
  reportLeft(key: string, error: unknown): void;
};

/**
 * Takes a callback: stored under a key of its own, then looked at, then claimed in the invocation's one step. Nothing is claimed before, so
 * nothing has to be given back: a body that is refused leaves the URL as it was.
 */
export async function receiveCallback({ xr, attempt, body }: IncomingCallback, ports: CallbackPorts): Promise<ReceivedCallback> {
  const key = callbackKey(xr, attempt);
  const stored = await judgedBody(key, body, ports);
  if (stored.kind === "malformed") return stored;
  // When no reply comes, the claim may have been won, so the body stays; what is not the winner's goes when the results do.
  const { kind } = await ports.invocation.receive({ attempt, md5: stored.md5, sizeBytes: stored.sizeBytes }, stored.uploadedAtMs);
  if (kind !== "received") await discard(key, ports);
  return { kind };
}

type JudgedBody = { kind: "stored"; md5: string; sizeBytes: number; uploadedAtMs: number } | Extract<ReceivedCallback, { kind: "malformed" }>;

async function judgedBody(key: string, body: ReadableStream, ports: CallbackPorts): Promise<JudgedBody> {
  try {
    const stored = await ports.callbacks.put(key, body);
    // The publisher's time counts to here; that it is read back is ours.
    const uploadedAtMs = ports.nowMs();
    const scanned = await ports.callbacks.scan(key);
    if (scanned === null) throw new Error(`${key} is not there after it was stored`);
    if (scanned.ok) return { kind: "stored", ...stored, uploadedAtMs };
    await discard(key, ports);
    return { kind: "malformed", fault: scanned.error };
  } catch (error) {
    await discard(key, ports);
    throw error;
  }
}

/** The answer is decided already, whether or not this succeeds. */
async function discard(key: string, { callbacks, reportLeft }: CallbackPorts): Promise<void> {
  await callbacks.delete(key).catch((error: unknown) => reportLeft(key, error));
}

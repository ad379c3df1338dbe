import { isUsable, unmetRequirement, type InstalledAddOn, type UnusableAddOn } from "../domain/catalog/install.ts";
import type { CompiledVersion } from "../domain/catalog/compiled-version.ts";
import type { InvocationFailure } from "../domain/failure.ts";
import { dispatchOutcome } from "../domain/recording/dispatch-outcome.ts";
import type { Dispatched } from "../domain/recording/recording-invocation.ts";
import type { RecordingOrder } from "../domain/recording/recording-order.ts";
import { dispatchDeadlineMs } from "../domain/recording/recording-times.ts";
import { recordingFields, recordingRequest, type RecordingRequest } from "../domain/recording/recording-request.ts";
import { fieldsOf } from "../domain/request/fields.ts";
import { requestValidationFailure } from "../domain/request/request-validation.ts";
import type { PublisherAttempt } from "../domain/response/publisher-answer.ts";
import type { Clock } from "./ports.ts";

/** Ours: what a publisher may say when it refuses audio. */
const REFUSAL_BYTES = 64 * 1024;

export type DispatchPorts = {
  clock: Clock;
  /** The network to publishers; the audio is read from storage afresh for every attempt. It throws when storage fails, and for nothing else. */
  send(request: RecordingRequest, audio: RecordingOrder["audio"], limits: { signal: AbortSignal; maxBytes: number }): Promise<PublisherAttempt | { kind: "no_audio" }>;
  randomHex(bytes: number): string;
};

/**
 * @property isSent whether the publisher has seen anything of it.
 * @property refusal the JSON text with which it refused.
 */
export type DispatchResult = { result: Dispatched; isSent: boolean; status: number | null; refusal: string | null };

const stop = (failure: InvocationFailure): DispatchResult => ({ result: { kind: "failed", failure, isRefusal: false }, isSent: false, status: null, refusal: null });

/**
 * Sends a recording to one add-on once: fields → request validation → request → signature → send, as `invokeAddOn` does; only that the answer
 * accepts the audio, and the result comes by callback.
 * @param startedAtMs of the invocation: every attempt has the same template fields.
 * @param installed as it is now; it runs the version that it had when the recording was made.
 */
export async function dispatchRecording(
  order: RecordingOrder,
  startedAtMs: number,
  installed: InstalledAddOn | UnusableAddOn | null,
  version: CompiledVersion | null,
  callbackUrl: string,
  ports: DispatchPorts,
): Promise<DispatchResult> {
  const window = { startedAtMs: ports.clock.nowMs(), ttlMs: order.callbackTimeoutMs };
  // Both sides read this, and the install's name is its developer's.
  if (installed === null) return stop({ kind: "not_installed", detail: `The installed add-on ${order.configurationSid} was removed.` });
  const unmet = unmetRequirement(order.uniqueName, installed, order.integrationPoint, window.startedAtMs);
  if (unmet !== null || !isUsable(installed) || version === null) {
    return stop(unmet ?? { kind: "internal", detail: `The version ${order.versionSid} cannot be run by this gateway.` });
  }
  const pinned = { ...installed, version, configuration: withoutRelay(installed.configuration) };
  const fields = fieldsOf(pinned, order.xr, new Map(), new Map(), startedAtMs);
  if (!fields.ok) return stop(fields.error);
  const all = new Map([...fields.value, ...recordingFields(order, callbackUrl)]);
  const refused = requestValidationFailure(version, all);
  if (refused !== null) return stop(refused);
  const request = await recordingRequest(pinned, order, all, window, `dipswitch-${ports.randomHex(16)}`);
  if (!request.ok) return stop(request.error);

  const time = new AbortController();
  const deadlineMs = dispatchDeadlineMs(order.audio.sizeBytes);
  const cancel = ports.clock.after(deadlineMs, () => time.abort());
  try {
    const attempt = await ports.send(request.value, order.audio, { signal: time.signal, maxBytes: REFUSAL_BYTES });
    // Its recording was deleted meanwhile: nothing to send again, and nothing that the publisher did.
    if (attempt.kind === "no_audio") return stop({ kind: "internal", detail: "The audio is not kept any more." });
    return { ...dispatchOutcome(attempt, deadlineMs), isSent: true, status: "status" in attempt ? attempt.status : null };
  } finally {
    cancel();
  }
}

/** Where the developer hears of results is the gateway's business and no template field. */
function withoutRelay({ callback_url: _url, callback_method: _method, ...configuration }: InstalledAddOn["configuration"]): InstalledAddOn["configuration"] {
  return configuration;
}

import { hexOf, utf8 } from "../domain/bytes.ts";
import { refusalKey } from "../domain/recording/keys.ts";
import type { InvocationFailure } from "../domain/failure.ts";
import { dispatchRecording, type DispatchResult } from "../invocation/dispatch-recording.ts";
import type { DispatchOrder } from "../invocation/recording-ports.ts";
import { audioClient } from "../platform/audio-client.ts";
import { compiledVersionOf } from "../platform/d1/compiled-versions.ts";
import { errorOf, log } from "../platform/log.ts";
import { randomBytes } from "../platform/randomness.ts";
import { invocationOf } from "../platform/recording-invocation.ts";
import type { Gateway } from "../wiring.ts";

/** Sends the audio of an invocation whose turn it is, and tells it what came of that. */
export async function sendAudio(gateway: Gateway, xr: string): Promise<void> {
  const invocation = invocationOf(gateway.invocations, xr);
  const begun = await invocation.beginDispatch();
  if (begun.kind === "stop") return;
  const { number } = begun;
  let isSent = false;
  try {
    const sent = await send(gateway, begun);
    isSent = sent.isSent;
    const { result, status, refusal } = sent;
    const refusalBytes = refusal === null ? null : utf8(refusal);
    // Before it is told of: a payload that is listed must be there.
    if (refusalBytes !== null) await gateway.recordings.put(refusalKey(xr, number), refusalBytes, { httpMetadata: { contentType: "application/json" } });
    const isTaken = await invocation.dispatched({ number, result, isSent, status, refusalBytes: refusalBytes?.byteLength ?? null });
    // Its results were deleted meanwhile, or its recording.
    if (!isTaken && refusalBytes !== null) await gateway.recordings.delete(refusalKey(xr, number));
  } catch (error) {
    log({ event: "dispatch_failed", request_sid: xr, ...errorOf(error) });
    // Else it would count as being sent until the consumer's longest time is over.
    await invocation.dispatched({ number, result: { kind: "unavailable", failure: NOT_SENT }, isSent, status: null, refusalBytes: null });
  }
}

/** It may be active again before the last attempt. */
const NOT_ACTIVE: InvocationFailure = { kind: "account_not_active", detail: "The account was not active, so its audio was not sent." };
const NOT_SENT: InvocationFailure = { kind: "internal", detail: "The audio could not be sent for a reason of the gateway's own." };

async function send(gateway: Gateway, { order, startedAtMs, callbackSecret }: Extract<DispatchOrder, { kind: "go" }>): Promise<DispatchResult> {
  // A refusal is final, so it must not come from a snapshot that is older than the install.
  const account = await gateway.recheckAccount(order.accountSid);
  if (account?.status !== "active") return { result: { kind: "unavailable", failure: NOT_ACTIVE }, isSent: false, status: null, refusal: null };
  const installed = [...(account?.installed.values() ?? [])].find(({ sid }) => sid === order.configurationSid) ?? null;
  const callbackUrl = `${gateway.settings.publicUrl}/v1/AddOnResults/${order.xr}/Callback/${callbackSecret}`;
  return dispatchRecording(order, startedAtMs, installed, await compiledVersionOf(gateway.d1, order.versionSid), callbackUrl, {
    clock: gateway.clock,
    send: audioClient(gateway.recordings, gateway.urlPolicy),
    randomHex: (bytes) => hexOf(randomBytes(bytes)),
  });
}

import { hexOf, utf8 } from "../domain/bytes.ts";
import { installOfSid } from "../domain/catalog/install.ts";
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
  let known: DispatchResult | null = null;
  let refusalBytes: number | null = null;
  try {
    known = await send(gateway, begun);
    const { result, isSent, status, refusal } = known;
    // Before it is told of: a payload that is listed must be there.
    if (refusal !== null) refusalBytes = (await gateway.recordings.put(refusalKey(xr, number), utf8(refusal), { httpMetadata: { contentType: "application/json" } })).size;
    const isTaken = await invocation.dispatched({ number, result, isSent, status, refusalBytes });
    // Its results were deleted meanwhile, or its recording.
    if (!isTaken && refusalBytes !== null) await gateway.recordings.delete(refusalKey(xr, number));
  } catch (error) {
    log({ event: "dispatch_failed", request_sid: xr, ...errorOf(error) });
    // Else it would count as being sent until its time is over. What the publisher has answered stands, whatever failed after it.
    const { result, isSent, status } = known ?? NOT_SENT;
    await invocation.dispatched({ number, result, isSent, status, refusalBytes });
  }
}

/** It may be active again before the last attempt. */
const NOT_ACTIVE: InvocationFailure = { kind: "account_not_active", detail: "The account was not active, so its audio was not sent." };
const NOT_SENT: DispatchResult = {
  result: { kind: "unavailable", failure: { kind: "internal", detail: "The audio could not be sent for a reason of the gateway's own." } },
  isSent: false,
  status: null,
  refusal: null,
};

async function send(gateway: Gateway, { order, startedAtMs, callbackSecret }: Extract<DispatchOrder, { kind: "go" }>): Promise<DispatchResult> {
  // A refusal is final, so it must not come from a snapshot that is older than the install.
  const account = await gateway.recheckAccount(order.accountSid);
  if (account?.status !== "active") return { result: { kind: "unavailable", failure: NOT_ACTIVE }, isSent: false, status: null, refusal: null };
  const installed = installOfSid(account.installed, order.configurationSid);
  const callbackUrl = `${gateway.settings.publicUrl}/v1/AddOnResults/${order.xr}/Callback/${callbackSecret}`;
  return dispatchRecording(order, startedAtMs, installed, await compiledVersionOf(gateway.d1, order.versionSid), callbackUrl, {
    clock: gateway.clock,
    send: audioClient(gateway.recordings, gateway.urlPolicy),
    randomHex: (bytes) => hexOf(randomBytes(bytes)),
  });
}

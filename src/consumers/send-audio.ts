import { hexOf, utf8 } from "../domain/bytes.ts";
import { refusalKey } from "../domain/recording/keys.ts";
import { dispatchRecording } from "../invocation/dispatch-recording.ts";
import { audioClient } from "../platform/audio-client.ts";
import { compiledVersionOf } from "../platform/d1/compiled-versions.ts";
import { randomBytes } from "../platform/randomness.ts";
import { invocationOf } from "../platform/recording-invocation.ts";
import type { Gateway } from "../wiring.ts";

/** Sends the audio of an invocation whose turn it is, and tells it what came of that. */
export async function sendAudio(gateway: Gateway, xr: string): Promise<void> {
  const invocation = invocationOf(gateway.invocations, xr);
  const begun = await invocation.beginDispatch();
  if (begun.kind === "stop") return;
  const { order, number, callbackSecret } = begun;
  const account = await gateway.snapshots.get(order.accountSid);
  const installed = [...(account?.installed.values() ?? [])].find(({ sid }) => sid === order.configurationSid) ?? null;
  const callbackUrl = `${gateway.settings.publicUrl}/v1/AddOnResults/${xr}/Callback/${callbackSecret}`;
  const { result, status, refusal } = await dispatchRecording(order, installed, await compiledVersionOf(gateway.d1, order.versionSid), callbackUrl, {
    clock: gateway.clock,
    send: audioClient(gateway.recordings, gateway.urlPolicy),
    randomHex: (bytes) => hexOf(randomBytes(bytes)),
  });
  const refusalBytes = refusal === null ? null : utf8(refusal);
  // Before it is told of: a payload that is listed must be there.
  if (refusalBytes !== null) await gateway.recordings.put(refusalKey(xr), refusalBytes, { httpMetadata: { contentType: "application/json" } });
  await invocation.dispatched(number, status, result, refusalBytes?.byteLength ?? null);
}

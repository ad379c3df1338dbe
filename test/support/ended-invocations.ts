import type { RecordingOrder } from "../../src/domain/recording/recording-order.ts";
import type { InvocationInspection } from "../../src/invocation/recording-ports.ts";
import { until, type TestGateway } from "./gateway.ts";
import type { StoredResult } from "./stored-results.ts";

type Invocation = { start(order: RecordingOrder): Promise<void>; cancel(): Promise<void>; inspect(): Promise<InvocationInspection | null> };

/** Gives a stored result its invocation, which nobody has sent yet. */
export async function startInvocation(gateway: TestGateway, result: StoredResult, relayUrl: string | null): Promise<Invocation> {
  const objects = await gateway.miniflare.getDurableObjectNamespace("RECORDING_INVOCATION");
  const invocation = objects.get(objects.idFromName(result.xr)) as unknown as Invocation;
  await invocation.start({
    v: 1,
    xr: result.xr,
    accountSid: result.accountSid,
    recordingSid: result.recordingSid,
    recordingCreatedAtMs: result.createdAtMs,
    integrationPoint: "recording-verb",
    channel: 1,
    addOnSid: result.addOnSid,
    installSid: `XD${"0".repeat(32)}`,
    configurationSid: result.configurationSid,
    versionSid: `XC${"0".repeat(32)}`,
    uniqueName: "sound",
    publisherSid: `AC${"0".repeat(32)}`,
    relayUrl,
    callbackTimeoutMs: 60_000,
    durationMs: 1_000,
    unitPriceMicros: 0,
    fullPriceMicros: 0,
    dailyCapMicros: null,
    audio: { key: "none", sizeBytes: 0, sha256: "", mediaType: "audio/wav", channels: 1 },
  });
  return invocation;
}

/** One that is over: it was canceled before anything was sent, so nobody was told. */
export async function endInvocation(gateway: TestGateway, result: StoredResult, relayUrl: string | null): Promise<Invocation> {
  const invocation = await startInvocation(gateway, result, relayUrl);
  await invocation.cancel();
  await until("the invocation is over", async () => (await invocation.inspect())?.phase === "canceled");
  return invocation;
}

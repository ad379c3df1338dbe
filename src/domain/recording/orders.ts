import type { CompiledVersion } from "../catalog/compiled-version.ts";
import { isUsable, type InstalledAddOn, type UnusableAddOn } from "../catalog/install.ts";
import type { IntegrationPoint } from "../catalog/add-on-type.ts";
import { requestSidFromSeed } from "../sid.ts";
import { fullPriceOfRecording } from "./price-of-recording.ts";
import { CALLBACK_TIMES_DURATION } from "./recording-times.ts";
import type { RecordingAudio, RecordingOrder } from "./recording-order.ts";

/** A recording, as far as its add-ons are concerned: what they get is the whole of it, or each channel. */
export type StartedRecording = {
  sid: string;
  /** When it came: one that was deleted and is sent again is analysed, and charged, anew. */
  createdAtMs: number;
  accountSid: string;
  integrationPoint: IntegrationPoint;
  durationMs: number;
  whole: RecordingAudio;
  /** Of a two-channel recording that can be split; made only when an add-on wants them. */
  channels(): Promise<readonly [RecordingAudio, RecordingAudio]>;
};

/** Guide: publishers get single-channel audio, unless they ask for it mixed. */
const wantsSplit = ({ definition }: CompiledVersion, { whole }: StartedRecording): boolean => whole.channels === 2 && definition.request.channels !== "mixed";

/**
 * One order for each add-on that is enabled where the recording was made, and for each channel of it. The same recording makes the same
 * request SIDs again, so that starting it twice starts nothing twice.
 * @param callbackMinMs the least time that a publisher has.
 */
export async function ordersOf(
  recording: StartedRecording,
  installed: Iterable<InstalledAddOn | UnusableAddOn>,
  callbackMinMs: number,
): Promise<RecordingOrder[]> {
  const orders: RecordingOrder[] = [];
  for (const addOn of installed) {
    if (!addOn.enabledAt.has(recording.integrationPoint)) continue;
    const parts = isUsable(addOn) && wantsSplit(addOn.version, recording) ? ([...(await recording.channels())] as const) : [recording.whole];
    for (const [index, audio] of parts.entries()) {
      const channel = parts.length === 1 ? null : index === 0 ? 1 : 2;
      orders.push(await orderOf(recording, addOn, channel, audio, callbackMinMs));
    }
  }
  return orders;
}

/** One that cannot be run here is ordered too: its dispatch fails, and so its account sees that it did. */
async function orderOf(
  recording: StartedRecording,
  addOn: InstalledAddOn | UnusableAddOn,
  channel: 1 | 2 | null,
  audio: RecordingAudio,
  callbackMinMs: number,
): Promise<RecordingOrder> {
  const { version } = addOn;
  const times = (isUsable(addOn) ? addOn.version.definition.callback_timeout?.times_duration : undefined) ?? CALLBACK_TIMES_DURATION;
  const relayUrl = isUsable(addOn) ? addOn.configuration["callback_url"] : undefined;
  return {
    v: 1,
    xr: await requestSidFromSeed(`${recording.sid}/${recording.createdAtMs}`, `${addOn.sid}/${channel ?? "mixed"}`),
    accountSid: recording.accountSid,
    recordingSid: recording.sid,
    recordingCreatedAtMs: recording.createdAtMs,
    integrationPoint: recording.integrationPoint,
    channel,
    addOnSid: addOn.addOnSid,
    installSid: addOn.installSid,
    configurationSid: addOn.sid,
    versionSid: version.sid,
    uniqueName: addOn.uniqueName,
    publisherSid: addOn.publisher.sid,
    relayUrl: typeof relayUrl === "string" && relayUrl !== "" ? relayUrl : null,
    callbackTimeoutMs: Math.max(callbackMinMs, Math.ceil(times * recording.durationMs)),
    durationMs: recording.durationMs,
    unitPriceMicros: version.unitPriceMicros,
    fullPriceMicros: isUsable(addOn) ? fullPriceOfRecording(addOn.version.definition.pricing, version.unitPriceMicros, recording.durationMs) : 0,
    dailyCapMicros: addOn.dailyCapMicros,
    audio,
  };
}

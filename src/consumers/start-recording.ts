import type { WavPlace } from "../domain/recording/measured-audio.ts";
import { audioKey, channelKey } from "../domain/recording/keys.ts";
import { ordersOf, type StartedRecording } from "../domain/recording/orders.ts";
import type { RecordingAudio } from "../domain/recording/recording-order.ts";
import { RECORDING_SOURCES } from "../domain/recording/recording-source.ts";
import { beginUpload, endUpload } from "../platform/d1/audio-uploads.ts";
import { getRecordingToStart, setStarted, type RecordingToStart } from "../platform/d1/recordings-to-start.ts";
import { splitAudio } from "../platform/r2/split-audio.ts";
import { invocationOf } from "../platform/recording-invocation.ts";
import type { Gateway } from "../wiring.ts";

/** Starts the add-ons of a recording. Done again, it starts the same ones, which are started already. */
export async function startRecording(gateway: Gateway, recordingSid: string): Promise<void> {
  const row = await getRecordingToStart(gateway.d1, recordingSid);
  if (row === null) return;
  // What was enabled a moment ago counts for what was recorded now.
  const account = await gateway.recheckAccount(row.account_sid);
  const addOns = account?.status === "active" ? account.installed.values() : [];
  // Noted before a channel is stored: who deletes the recording meanwhile does not see what comes after that.
  const channels = row.channels === 2 ? { account_sid: row.account_sid, recording_sid: recordingSid, begun_at: Date.now() } : null;
  if (channels !== null) await beginUpload(gateway.d1, channels);
  const orders = await ordersOf(startedOf(gateway, row), addOns, gateway.settings.callbackMinMs);
  const invocations = orders.map((order) => ({ order, invocation: invocationOf(gateway.invocations, order.xr) }));
  await Promise.all(invocations.map(({ order, invocation }) => invocation.start(order)));
  const isThere = await setStarted(gateway.d1, row);
  if (channels !== null && isThere) await endUpload(gateway.d1, channels);
  if (isThere) return;
  // Deleted while they were started: whoever deleted it knew neither of them nor of its channels.
  await Promise.all(invocations.map(({ invocation }) => invocation.cancel()));
  const recording = { accountSid: row.account_sid, recordingSid, createdAtMs: row.created_at };
  await gateway.recordings.delete([channelKey(recording, 1), channelKey(recording, 2)]);
  if (channels !== null) await endUpload(gateway.d1, channels);
}

function startedOf(gateway: Gateway, row: RecordingToStart): StartedRecording {
  const { sid, account_sid: accountSid, size_bytes: sizeBytes, sha256, media_type: mediaType, channels } = row;
  const key = audioKey(accountSid, sid);
  let split: Promise<readonly [RecordingAudio, RecordingAudio]> | null = null;
  return {
    sid,
    createdAtMs: row.created_at,
    accountSid,
    integrationPoint: RECORDING_SOURCES[row.source],
    durationMs: row.duration_ms,
    whole: { key, sizeBytes, sha256, mediaType, channels },
    channels() {
      if (row.wav === null) throw new Error(`${sid} has two channels and is no WAV file`);
      const place: WavPlace = JSON.parse(row.wav);
      split ??= splitAudio(gateway.recordings, { accountSid, recordingSid: sid, createdAtMs: row.created_at, key, ...place });
      return split;
    },
  };
}

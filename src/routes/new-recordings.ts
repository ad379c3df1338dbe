import { OpenAPIHono } from "@hono/zod-openapi";
import { audioKey } from "../domain/recording/keys.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { incomingAudio } from "../http/incoming-audio.ts";
import { newRecordingOf, newRecordingParameters, type NewRecordingParameters } from "../http/new-recording.ts";
import { recording, recordingAnswer } from "../http/recording.ts";
import { refuse } from "../http/refused.ts";
import { declare, json, z } from "../http/route.ts";
import { beginUpload, endUpload } from "../platform/d1/audio-uploads.ts";
import { findRecording, insertRecording, type RecordingRow } from "../platform/d1/recordings.ts";
import { errorOf, log } from "../platform/log.ts";
import { storeAudio } from "../platform/r2/audio-store.ts";
import { discard, RECORDING_BYTES, type AudioOutcome } from "../platform/r2/audio-upload.ts";
import { newSid } from "../platform/randomness.ts";

/** Ours: the largest recording at 14 Mbit/s. */
const DOWNLOAD_MS = 5 * 60_000;
/** Ours: where audio was stored this long ago and has no row, its request has died. */
const LEFTOVER_AFTER_MS = 60_000;

/** Without a type of its own: with a second one, Hono would not know the form's any more. */
const AUDIO: object = { "audio/*": { schema: z.string().openapi({ format: "binary" }) } };

export const newRecordingRoutes = new OpenAPIHono<AppEnv>().openapi(
  declare("account", {
    method: "post",
    path: "/v1/Recordings",
    summary: "Stores a recording, and has the add-ons of its account hear it.",
    description: "The audio is the body, with its Content-Type, or it is fetched from RecordingUrl. The same RecordingSid again is the recording that is there already.",
    request: {
      query: newRecordingParameters,
      body: {
        content: { "application/x-www-form-urlencoded": { schema: newRecordingParameters }, ...AUDIO },
        required: false,
      },
    },
    responses: { 200: json(recording, "The recording, which was stored before"), 201: json(recording, "The new recording; its add-ons are about to be started") },
  }),
  async (c) => {
    const { db, recordings } = c.var.gateway;
    const given: NewRecordingParameters = { ...c.req.valid("query"), ...c.req.valid("form") };
    const { accountSid, callSid, source, recordingSid } = await newRecordingOf(c, given);
    const sid = recordingSid ?? newSid("RE");
    const key = audioKey(accountSid, sid);
    // Looked for before the row is: audio of a request that gets its row in between is then no leftover.
    const leftover = recordingSid === undefined ? null : await recordings.head(key);
    const there = recordingSid === undefined ? null : await storedRecording(c, accountSid, sid);
    if (there !== null) {
      const { body, bodyUsed } = c.req.raw;
      if (body !== null && !bodyUsed) await discard(body);
      return c.json(recordingAnswer(c, there), 200);
    }
    if (leftover !== null && leftover.uploaded.getTime() > Date.now() - LEFTOVER_AFTER_MS) refuseOvertaken(sid);

    const outcome = await receive(c, given, { accountSid, sid, leftover });
    if (outcome.kind === "overtaken") return c.json(recordingAnswer(c, (await storedRecording(c, accountSid, sid)) ?? refuseOvertaken(sid)), 200);
    const { sizeBytes, sha256, mediaType, measured } = outcome;
    const { channels, durationMs, wav } = measured;
    const nowMs = Date.now();
    const row: RecordingRow = { sid, accountSid, callSid, source, mediaType, channels, durationMs, sizeBytes, sha256, wav: wav && JSON.stringify(wav), startDueAt: nowMs, createdAt: nowMs, updatedAt: nowMs };
    // When this fails, or its reply is lost, the upload's own row tells whose audio it is, or that it is nobody's.
    if (!(await insertRecording(db, row, outcome.begunAtMs))) {
      // Another account was faster with this SID: what was stored here is nobody's.
      if ((await findRecording(db, sid))?.accountSid !== accountSid) await recordings.delete(key);
      return c.json(recordingAnswer(c, (await storedRecording(c, accountSid, sid)) ?? refuseOvertaken(sid)), 200);
    }
    await wakeUp(c, sid);
    return c.json(recordingAnswer(c, row), 201);
  },
);

/** An account's recording, if it is stored; a SID that is another account's can only have been guessed. */
async function storedRecording(c: AppContext, accountSid: string, sid: string): Promise<RecordingRow | null> {
  const row = await findRecording(c.var.gateway.db, sid);
  if (row === undefined) return null;
  return row.accountSid === accountSid ? row : refuse({ kind: "conflict", message: `RecordingSid ${sid} cannot be used` });
}

const refuseOvertaken = (sid: string): never => refuse({ kind: "conflict", message: `The recording ${sid} is being stored by another request: send it again in a minute` });

type Received = Extract<AudioOutcome, { kind: "stored" }> & { mediaType: string; begunAtMs: number };

type NewAudio = { accountSid: string; sid: string; leftover: R2Object | null };

async function receive(c: AppContext, given: NewRecordingParameters, { accountSid, sid, leftover }: NewAudio): Promise<Received | { kind: "overtaken" }> {
  const { clock, d1, recordings } = c.var.gateway;
  const deadline = new AbortController();
  const cancel = clock.after(DOWNLOAD_MS, () => deadline.abort());
  try {
    const audio = await incomingAudio(c, given, deadline.signal);
    const upload = { account_sid: accountSid, recording_sid: sid, begun_at: Date.now() };
    await beginUpload(d1, upload);
    const outcome = await storeAudio(recordings, { ...audio, key: audioKey(accountSid, sid), maxBytes: RECORDING_BYTES, leftover });
    if (outcome.kind === "stored") return { ...outcome, mediaType: audio.mediaType, begunAtMs: upload.begun_at };
    if (outcome.kind === "overtaken") return outcome;
    await endUpload(d1, upload);
    return refuseAudio(outcome, given.RecordingUrl === undefined ? "body" : "RecordingUrl");
  } finally {
    cancel();
  }
}

function refuseAudio(outcome: Exclude<AudioOutcome, { kind: "stored" | "overtaken" }>, parameter: "body" | "RecordingUrl"): never {
  if (outcome.kind === "too_large") refuse({ kind: "too_large", message: `The audio must be at most ${RECORDING_BYTES} bytes` });
  if (outcome.kind === "refused") refuse({ kind: "invalid", parameter, message: outcome.detail });
  const message = parameter === "body" ? "The body ended before all of the audio had come" : `RecordingUrl broke off, or took more than ${DOWNLOAD_MS / 1_000} s`;
  refuse({ kind: "invalid", parameter, message });
}

/** A message that is lost is found by the row's due time: the recording is safe, and so is its answer. */
async function wakeUp(c: AppContext, recordingSid: string): Promise<void> {
  try {
    await c.var.gateway.dispatch.send({ v: 1, kind: "start", recording: recordingSid });
  } catch (error) {
    log({ event: "wake_up_lost", request_sid: c.var.requestSid, recording_sid: recordingSid, ...errorOf(error) });
  }
}

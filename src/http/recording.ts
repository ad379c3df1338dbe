import { RECORDING_SOURCES } from "../domain/recording/recording-source.ts";
import { getRecording, type RecordingRow } from "../platform/d1/recordings.ts";
import type { AppContext } from "./context.ts";
import { rfc2822Date } from "./dates.ts";
import { required } from "./refused.ts";
import { z } from "./route.ts";

export const recording = z
  .object({
    sid: z.string(),
    account_sid: z.string(),
    api_version: z.literal("2010-04-01"),
    call_sid: z.string().nullable(),
    conference_sid: z.null(),
    channels: z.int(),
    duration: z.string().openapi({ description: "In seconds" }),
    source: z.string().openapi({ enum: Object.keys(RECORDING_SOURCES) }),
    status: z.literal("completed"),
    error_code: z.null(),
    price: z.null(),
    price_unit: z.literal("USD"),
    start_time: z.null().openapi({ description: "Not known: only when it came" }),
    encryption_details: z.null(),
    media_url: z.url(),
    date_created: z.string(),
    date_updated: z.string(),
    uri: z.string(),
    subresource_uris: z.object({ add_on_results: z.string() }),
  })
  .openapi("Recording");

/** A recording of the account that the path is about. */
export async function requireRecording(c: AppContext, sid: string): Promise<RecordingRow> {
  return required(await getRecording(c.var.gateway.db, c.var.accountSid, sid), "recording", sid);
}

/** What the public API has and this gateway has not is null. */
export function recordingAnswer(c: AppContext, row: RecordingRow): z.infer<typeof recording> {
  const path = `/2010-04-01/Accounts/${row.accountSid}/Recordings/${row.sid}`;
  return {
    sid: row.sid,
    account_sid: row.accountSid,
    api_version: "2010-04-01",
    call_sid: row.callSid,
    conference_sid: null,
    channels: row.channels,
    // Whole seconds, as everywhere in the public API; what is shorter than half a second is not nothing.
    duration: String(Math.max(1, Math.round(row.durationMs / 1_000))),
    source: row.source,
    status: "completed",
    error_code: null,
    price: null,
    price_unit: "USD",
    start_time: null,
    encryption_details: null,
    media_url: `${c.var.gateway.settings.publicUrl}${path}`,
    date_created: rfc2822Date(row.createdAt),
    date_updated: rfc2822Date(row.updatedAt),
    uri: `${path}.json`,
    subresource_uris: { add_on_results: `${path}/AddOnResults.json` },
  };
}

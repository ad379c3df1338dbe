import { OpenAPIHono } from "@hono/zod-openapi";
import { audioPrefix } from "../domain/recording/keys.ts";
import { utcDateOf } from "../domain/utc-date.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { classicList, classicListSchema, pageParameters, pageRequest } from "../http/paging.ts";
import { recording, recordingAnswer, requireRecording } from "../http/recording.ts";
import { refuse } from "../http/refused.ts";
import { booleanParameter, declare, json, noContent, z } from "../http/route.ts";
import { deleteRecordingRows, dependentsOf, listRecordings, type RecordingFilter, type RecordingRow } from "../platform/d1/recordings.ts";
import { deleteAll, deleteUnder } from "../platform/r2/delete-under.ts";
import { invocationOf } from "../platform/recording-invocation.ts";

const ofAccount = z.object({ AccountSid: z.string() });
const ofRecording = z.object({ AccountSid: z.string(), Sid: z.string() });

const day = z.string().optional().openapi({ description: "A date such as 2026-01-31, in UTC; a time in it does not count" });
const includeSoftDeleted = booleanParameter.optional().openapi({ type: "boolean", description: "What is deleted is gone, so it makes no difference" });

const filters = z.object({
  ...pageParameters,
  DateCreated: day,
  "DateCreated<": day,
  "DateCreated>": day,
  CallSid: z.string().optional(),
  ConferenceSid: z.string().optional().openapi({ description: "No recording here has one" }),
  IncludeSoftDeleted: includeSoftDeleted,
});

/** An account's recordings. Their audio is a resource of its own. */
export const recordingRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", {
      method: "get",
      path: "/2010-04-01/Accounts/{AccountSid}/Recordings",
      summary: "Lists an account's recordings.",
      request: { params: ofAccount, query: filters },
      responses: { 200: json(classicListSchema("recordings", recording), "A page of recordings") },
    }),
    async (c) => {
      const query = c.req.valid("query");
      const request = pageRequest(query, "RE");
      const filter = filterOf(query);
      const page =
        query.ConferenceSid === undefined ? await listRecordings(c.var.gateway.db, c.var.accountSid, filter, request) : { items: [], request, next: null, previous: null };
      return c.json(classicList(c, "recordings", page, page.items.map((row) => recordingAnswer(c, row))), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/2010-04-01/Accounts/{AccountSid}/Recordings/{Sid}",
      summary: "Fetches a recording. Here `.json` is needed: without it, or with `.wav`, it is the audio.",
      request: { params: ofRecording, query: z.object({ IncludeSoftDeleted: includeSoftDeleted }) },
      responses: { 200: json(recording, "The recording") },
    }),
    async (c) => c.json(recordingAnswer(c, await requireRecording(c, c.req.valid("param").Sid)), 200),
  )
  .openapi(
    declare("account", {
      method: "delete",
      path: "/2010-04-01/Accounts/{AccountSid}/Recordings/{Sid}",
      summary: "Deletes a recording with its audio and its add-ons' results. What is under way is canceled, and not billed.",
      request: { params: ofRecording },
      responses: noContent("Nothing of it is left"),
    }),
    async (c) => {
      await deleteRecording(c, await requireRecording(c, c.req.valid("param").Sid));
      return c.body(null, 204);
    },
  );

/** The rows go last: until then, who asks again after a failure finds what is left. */
async function deleteRecording(c: AppContext, row: RecordingRow): Promise<void> {
  const { gateway } = c.var;
  const { accountSid, sid } = row;
  const dependents = await dependentsOf(gateway.db, row);
  // Somebody else has deleted it meanwhile.
  if (dependents === null) return;
  const { xrs, keys } = dependents;
  const cancel = (ofThese: string[]): Promise<unknown> => Promise.all(ofThese.map((xr) => invocationOf(gateway.invocations, xr).cancel()));
  await cancel(xrs);
  await deleteUnder(gateway.recordings, audioPrefix(accountSid, sid));
  await deleteAll(gateway.recordings, keys);
  const unlisted = await deleteRecordingRows(gateway.db, row);
  await cancel(unlisted.filter((xr) => !xrs.includes(xr)));
}

const DAY_MS = 24 * 3_600_000;

/** Public API: dates are days in GMT, and those that bound a list are in it. */
function filterOf(query: z.infer<typeof filters>): RecordingFilter {
  const on = dayOf("DateCreated", query.DateCreated);
  const until = dayOf("DateCreated<", query["DateCreated<"]) ?? on;
  const from = dayOf("DateCreated>", query["DateCreated>"]) ?? on;
  return {
    callSid: query.CallSid,
    fromMs: on === undefined || from === undefined ? from : Math.max(on, from),
    beforeMs: until === undefined ? undefined : Math.min(until, on ?? until) + DAY_MS,
  };
}

/** @returns when the day begins. */
function dayOf(parameter: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const atMs = utcDateOf(text);
  if (atMs === null) return refuse({ kind: "invalid", parameter, message: `${parameter} must be a date such as 2026-01-31` });
  return atMs - (atMs % DAY_MS);
}

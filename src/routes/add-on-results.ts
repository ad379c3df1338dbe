import { OpenAPIHono } from "@hono/zod-openapi";
import { addOnResultUri, requireAddOnResult } from "../http/add-on-result.ts";
import type { AppEnv } from "../http/context.ts";
import { rfc2822Date } from "../http/dates.ts";
import { classicList, classicListSchema, pageParameters, pageRequest } from "../http/paging.ts";
import { requireRecording } from "../http/recording.ts";
import { declare, json, noContent, z } from "../http/route.ts";
import { listAddOnResults, type AddOnResultRow } from "../platform/d1/add-on-results.ts";
import { deleteAddOnResult } from "../platform/delete-add-on-result.ts";
import { invocationOf } from "../platform/recording-invocation.ts";

const addOnResult = z
  .object({
    sid: z.string(),
    account_sid: z.string(),
    reference_sid: z.string().openapi({ description: "The recording" }),
    status: z.enum(["queued", "in-progress", "completed", "failed", "canceled"]),
    add_on_sid: z.string(),
    add_on_configuration_sid: z.string().openapi({ description: "The installed add-on" }),
    date_created: z.string(),
    date_updated: z.string(),
    date_completed: z.string().nullable(),
    subresource_uris: z.object({ payloads: z.string() }),
  })
  .openapi("AddOnResult");

const ofRecording = z.object({ AccountSid: z.string(), ReferenceSid: z.string() });
const ofResult = ofRecording.extend({ Sid: z.string() });

/** What add-ons made of a recording: one result for each invocation, so two where a recording was split into its channels. */
export const addOnResultRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", {
      method: "get",
      path: "/2010-04-01/Accounts/{AccountSid}/Recordings/{ReferenceSid}/AddOnResults",
      summary: "Lists a recording's add-on results, newest first.",
      request: { params: ofRecording, query: z.object(pageParameters) },
      responses: { 200: json(classicListSchema("add_on_results", addOnResult), "A page of add-on results") },
    }),
    async (c) => {
      const request = pageRequest(c.req.valid("query"), "XR");
      const { accountSid, sid: recordingSid } = await requireRecording(c, c.req.valid("param").ReferenceSid);
      const page = await listAddOnResults(c.var.gateway.db, { accountSid, recordingSid }, request);
      return c.json(classicList(c, "add_on_results", page, page.items.map(addOnResultAnswer)), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/2010-04-01/Accounts/{AccountSid}/Recordings/{ReferenceSid}/AddOnResults/{Sid}",
      summary: "Fetches an add-on result.",
      request: { params: ofResult },
      responses: { 200: json(addOnResult, "The add-on result") },
    }),
    async (c) => {
      const { ReferenceSid, Sid } = c.req.valid("param");
      return c.json(addOnResultAnswer(await requireAddOnResult(c, ReferenceSid, Sid)), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "delete",
      path: "/2010-04-01/Accounts/{AccountSid}/Recordings/{ReferenceSid}/AddOnResults/{Sid}",
      summary: "Deletes an add-on result with its payloads. What is under way is canceled, and not billed.",
      request: { params: ofResult },
      responses: noContent("The add-on result is deleted"),
    }),
    async (c) => {
      const { d1, recordings, invocations } = c.var.gateway;
      const { ReferenceSid, Sid } = c.req.valid("param");
      const { sid } = await requireAddOnResult(c, ReferenceSid, Sid);
      await deleteAddOnResult({ d1, recordings, invocation: invocationOf(invocations, sid) }, sid);
      return c.body(null, 204);
    },
  );

function addOnResultAnswer(row: AddOnResultRow) {
  return {
    sid: row.sid,
    account_sid: row.accountSid,
    reference_sid: row.recordingSid,
    status: row.status,
    add_on_sid: row.addOnSid,
    add_on_configuration_sid: row.configurationSid,
    date_created: rfc2822Date(row.createdAt),
    date_updated: rfc2822Date(row.updatedAt),
    date_completed: row.completedAt === null ? null : rfc2822Date(row.completedAt),
    subresource_uris: { payloads: `${addOnResultUri(row.accountSid, row.recordingSid, row.sid)}/Payloads.json` },
  };
}

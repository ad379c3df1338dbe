import { OpenAPIHono } from "@hono/zod-openapi";
import { addOnResultUri, requireAddOnResult, requirePayload } from "../http/add-on-result.ts";
import type { AppEnv } from "../http/context.ts";
import { rfc2822Date } from "../http/dates.ts";
import { classicList, classicListSchema, pageParameters, pageRequest } from "../http/paging.ts";
import { declare, json, noContent, z } from "../http/route.ts";
import { deletePayloadRow, listPayloads, type PayloadRow } from "../platform/d1/payloads.ts";

const payload = z
  .object({
    sid: z.string(),
    add_on_result_sid: z.string(),
    account_sid: z.string(),
    label: z.string().openapi({ description: "`channel-1` or `channel-2` where the recording was split into its channels" }),
    add_on_sid: z.string(),
    add_on_configuration_sid: z.string().openapi({ description: "The installed add-on" }),
    content_type: z.string(),
    date_created: z.string(),
    date_updated: z.string(),
    reference_sid: z.string().openapi({ description: "The recording" }),
    subresource_uris: z.object({ data: z.string() }),
  })
  .openapi("Payload");

const ofResult = z.object({ AccountSid: z.string(), ReferenceSid: z.string(), AddOnResultSid: z.string() });
const ofPayload = ofResult.extend({ Sid: z.string() });

/** What a publisher answered about a recording; its bytes are the payload's data. */
export const payloadRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", {
      method: "get",
      path: "/2010-04-01/Accounts/{AccountSid}/Recordings/{ReferenceSid}/AddOnResults/{AddOnResultSid}/Payloads",
      summary: "Lists an add-on result's payloads.",
      request: { params: ofResult, query: z.object(pageParameters) },
      responses: { 200: json(classicListSchema("payloads", payload), "A page of payloads") },
    }),
    async (c) => {
      const { gateway, accountSid } = c.var;
      const { ReferenceSid: recordingSid, AddOnResultSid } = c.req.valid("param");
      const request = pageRequest(c.req.valid("query"), "XH");
      const { sid: addOnResultSid } = await requireAddOnResult(c, recordingSid, AddOnResultSid);
      const page = await listPayloads(gateway.db, { accountSid, recordingSid, addOnResultSid }, request);
      return c.json(classicList(c, "payloads", page, page.items.map(payloadAnswer)), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/2010-04-01/Accounts/{AccountSid}/Recordings/{ReferenceSid}/AddOnResults/{AddOnResultSid}/Payloads/{Sid}",
      summary: "Fetches a payload, without its data.",
      request: { params: ofPayload },
      responses: { 200: json(payload, "The payload") },
    }),
    async (c) => {
      const { ReferenceSid, AddOnResultSid, Sid } = c.req.valid("param");
      return c.json(payloadAnswer(await requirePayload(c, ReferenceSid, AddOnResultSid, Sid)), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "delete",
      path: "/2010-04-01/Accounts/{AccountSid}/Recordings/{ReferenceSid}/AddOnResults/{AddOnResultSid}/Payloads/{Sid}",
      summary: "Deletes a payload with its data.",
      request: { params: ofPayload },
      responses: noContent("The payload is deleted"),
    }),
    async (c) => {
      const { db, recordings } = c.var.gateway;
      const { ReferenceSid, AddOnResultSid, Sid } = c.req.valid("param");
      const row = await requirePayload(c, ReferenceSid, AddOnResultSid, Sid);
      // The row goes last: a deletion that broke off can be asked for again.
      await recordings.delete(row.key);
      await deletePayloadRow(db, row);
      return c.body(null, 204);
    },
  );

function payloadAnswer(row: PayloadRow) {
  return {
    sid: row.sid,
    add_on_result_sid: row.addOnResultSid,
    account_sid: row.accountSid,
    label: row.label,
    add_on_sid: row.addOnSid,
    add_on_configuration_sid: row.configurationSid,
    content_type: row.contentType,
    date_created: rfc2822Date(row.createdAt),
    date_updated: rfc2822Date(row.updatedAt),
    reference_sid: row.recordingSid,
    subresource_uris: { data: `${addOnResultUri(row.accountSid, row.recordingSid, row.addOnResultSid)}/Payloads/${row.sid}/Data.json` },
  };
}

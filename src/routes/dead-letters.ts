import { OpenAPIHono } from "@hono/zod-openapi";
import { addOnResultUri, recordingUri } from "../http/add-on-result.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { isoDate } from "../http/dates.ts";
import { pageParameters, pageRequest, v1List, v1ListSchema } from "../http/paging.ts";
import { refuse, required } from "../http/refused.ts";
import { declare, json, z } from "../http/route.ts";
import { getDeadLetter, listDeadLetters, markRedelivered, type DeadLetterRow } from "../platform/d1/dead-letters.ts";
import { invocationOf } from "../platform/recording-invocation.ts";

const deadLetter = z
  .object({
    sid: z.string(),
    account_sid: z.string(),
    add_on_result_sid: z.string(),
    recording_sid: z.string(),
    attempts: z.int(),
    last_status: z.int().nullable().openapi({ description: "The HTTP status of the last attempt; null when there was no answer" }),
    last_detail: z.string(),
    date_redelivered: z.string().nullable(),
    date_created: z.string(),
    date_updated: z.string(),
    url: z.string(),
    links: z.object({ add_on_result: z.string(), recording: z.string(), relay: z.string() }),
  })
  .openapi("DeadLetter");

const ofDeadLetter = z.object({ Sid: z.string() });

/** Results of recordings that the developer's URL did not take, in all of its attempts. */
export const deadLetterRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/DeadLetters",
      summary: "Lists the results that the account's URLs did not take, newest first.",
      request: { query: z.object(pageParameters) },
      responses: { 200: json(v1ListSchema("dead_letters", deadLetter), "A page of dead letters") },
    }),
    async (c) => {
      const page = await listDeadLetters(c.var.gateway.db, c.var.accountSid, pageRequest(c.req.valid("query"), "DL"));
      return c.json(v1List(c, "dead_letters", page, page.items.map((row) => deadLetterAnswer(row, c))), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/DeadLetters/{Sid}",
      summary: "Fetches a dead letter.",
      request: { params: ofDeadLetter },
      responses: { 200: json(deadLetter, "The dead letter") },
    }),
    async (c) => c.json(deadLetterAnswer(await requireDeadLetter(c, c.req.valid("param").Sid), c), 200),
  )
  .openapi(
    declare("account", {
      method: "post",
      path: "/v1/DeadLetters/{Sid}/Redeliver",
      summary: "Sends a dead letter again, at once.",
      request: { params: ofDeadLetter },
      responses: { 202: json(deadLetter, "It is being sent; its relay says what comes of it") },
    }),
    async (c) => {
      const { gateway, accountSid } = c.var;
      const { sid, addOnResultSid } = await requireDeadLetter(c, c.req.valid("param").Sid);
      const isSent = await invocationOf(gateway.invocations, addOnResultSid).redeliver();
      if (!isSent) refuse({ kind: "conflict", message: `${sid} cannot be sent again: its result is not kept any more, or the installed add-on names no URL` });
      const row = required(await markRedelivered(gateway.db, accountSid, sid, Date.now()), "dead letter", sid);
      return c.json(deadLetterAnswer(row, c), 202);
    },
  );

async function requireDeadLetter(c: AppContext, sid: string): Promise<DeadLetterRow> {
  return required(await getDeadLetter(c.var.gateway.db, c.var.accountSid, sid), "dead letter", sid);
}

function deadLetterAnswer(row: DeadLetterRow, c: AppContext) {
  const { publicUrl } = c.var.gateway.settings;
  return {
    sid: row.sid,
    account_sid: row.accountSid,
    add_on_result_sid: row.addOnResultSid,
    recording_sid: row.recordingSid,
    attempts: row.attempts,
    last_status: row.lastStatus,
    last_detail: row.lastDetail,
    date_redelivered: row.redeliveredAt === null ? null : isoDate(row.redeliveredAt),
    date_created: isoDate(row.createdAt),
    date_updated: isoDate(row.updatedAt),
    url: `${publicUrl}/v1/DeadLetters/${row.sid}`,
    links: {
      add_on_result: `${publicUrl}${addOnResultUri(row.accountSid, row.recordingSid, row.addOnResultSid)}.json`,
      recording: `${publicUrl}${recordingUri(row.accountSid, row.recordingSid)}.json`,
      relay: `${publicUrl}/v1/Relays/${row.addOnResultSid}`,
    },
  };
}

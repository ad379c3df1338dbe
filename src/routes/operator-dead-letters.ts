import { OpenAPIHono } from "@hono/zod-openapi";
import type { AppContext, AppEnv } from "../http/context.ts";
import { isoDate } from "../http/dates.ts";
import { pageParameters, pageRequest, v1List, v1ListSchema } from "../http/paging.ts";
import { required } from "../http/refused.ts";
import { declare, json, z } from "../http/route.ts";
import { getDeadMessage, listDeadMessages, markMessageRedelivered, type DeadMessageRow } from "../platform/d1/dead-messages.ts";

const deadMessage = z
  .object({
    sid: z.string(),
    message: z.string().openapi({ description: "As it was queued: what was to be done, and the SID of what it was to be done with" }),
    deaths: z.int().openapi({ description: "How often it was given up" }),
    date_redelivered: z.string().nullable(),
    date_created: z.string(),
    date_updated: z.string(),
    url: z.string(),
  })
  .openapi("OperatorDeadLetter");

const ofDeadMessage = z.object({ Sid: z.string() });

/** The gateway's own messages that its queue gave up. What they should have woken up is asked again by its due row, too. */
export const operatorDeadLetterRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("operator", {
      method: "get",
      path: "/v1/Operator/DeadLetters",
      summary: "Lists the messages that the queue gave up, newest first.",
      request: { query: z.object(pageParameters) },
      responses: { 200: json(v1ListSchema("dead_letters", deadMessage), "A page of messages") },
    }),
    async (c) => {
      const page = await listDeadMessages(c.var.gateway.db, pageRequest(c.req.valid("query"), "DL"));
      return c.json(v1List(c, "dead_letters", page, page.items.map((row) => deadMessageAnswer(row, c))), 200);
    },
  )
  .openapi(
    declare("operator", {
      method: "get",
      path: "/v1/Operator/DeadLetters/{Sid}",
      summary: "Fetches a message that the queue gave up.",
      request: { params: ofDeadMessage },
      responses: { 200: json(deadMessage, "The message") },
    }),
    async (c) => {
      const { Sid: sid } = c.req.valid("param");
      return c.json(deadMessageAnswer(required(await getDeadMessage(c.var.gateway.db, sid), "dead letter", sid), c), 200);
    },
  )
  .openapi(
    declare("operator", {
      method: "post",
      path: "/v1/Operator/DeadLetters/{Sid}/Redeliver",
      summary: "Queues a message again.",
      request: { params: ofDeadMessage },
      responses: { 202: json(deadMessage, "It is queued") },
    }),
    async (c) => {
      const { gateway } = c.var;
      const { Sid: sid } = c.req.valid("param");
      const { message } = required(await getDeadMessage(gateway.db, sid), "dead letter", sid);
      await gateway.dispatch.send(JSON.parse(message));
      return c.json(deadMessageAnswer(required(await markMessageRedelivered(gateway.db, sid, Date.now()), "dead letter", sid), c), 202);
    },
  );

function deadMessageAnswer(row: DeadMessageRow, c: AppContext) {
  return {
    sid: row.sid,
    message: row.message,
    deaths: row.deaths,
    date_redelivered: row.redeliveredAt === null ? null : isoDate(row.redeliveredAt),
    date_created: isoDate(row.createdAt),
    date_updated: isoDate(row.updatedAt),
    url: `${c.var.gateway.settings.publicUrl}/v1/Operator/DeadLetters/${row.sid}`,
  };
}

import { OpenAPIHono } from "@hono/zod-openapi";
import { isRecordingPoint } from "../domain/catalog/add-on-type.ts";
import { parsePhoneNumber } from "../domain/phone-number.ts";
import { isSid } from "../domain/sid.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { requireEnd, requireStart } from "../http/date-parameter.ts";
import { detailsOf, filterOf, invocation, invocationAnswer, invocationFilters } from "../http/invocation.ts";
import { flushOwnDesk } from "../http/own-desk.ts";
import { pageParameters, pageRequest, v1List, v1ListSchema } from "../http/paging.ts";
import { refuse, required } from "../http/refused.ts";
import { declare, json, noContent, z } from "../http/route.ts";
import { deskOf } from "../platform/account-desk.ts";
import { forgetInvocation, getInvocation, listInvocations } from "../platform/d1/invocations.ts";
import { deleteAddOnResult } from "../platform/delete-add-on-result.ts";
import { numberHmac } from "../platform/logged-number.ts";
import { invocationOf } from "../platform/recording-invocation.ts";

const ofInvocation = z.object({ Sid: z.string() });

export const invocationRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/Invocations",
      summary: "Lists an account's own invocations, newest first: its calls, and the calls to its add-ons.",
      request: {
        query: z.object({
          ...pageParameters,
          ...invocationFilters,
          StartDate: z.string().optional(),
          EndDate: z.string().optional(),
          PhoneNumber: z.string().optional().openapi({ description: "A number that the account knows, in E.164: its own calls for it" }),
        }),
      },
      responses: { 200: json(v1ListSchema("invocations", invocation), "A page of invocations") },
    }),
    async (c) => {
      const { gateway, accountSid } = c.var;
      const query = c.req.valid("query");
      const filter = {
        ...filterOf(query),
        startMs: requireStart("StartDate", query.StartDate),
        endMs: requireEnd("EndDate", query.EndDate),
        numberHmac: query.PhoneNumber === undefined ? undefined : await requireNumberHmac(c, query.PhoneNumber),
      };
      const request = pageRequest(query, "XR");
      await flushOwnDesk(c);
      const page = await listInvocations(gateway.d1, accountSid, filter, request);
      return c.json(v1List(c, "invocations", page, page.items.map((row) => invocationAnswer(row, c))), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/Invocations/{Sid}",
      summary: "Fetches an invocation with its attempts.",
      request: { params: ofInvocation },
      responses: { 200: json(invocation, "The invocation") },
    }),
    async (c) => {
      const { Sid } = c.req.valid("param");
      if (isSid("XR", Sid)) await flushOwnDesk(c);
      return c.json(invocationAnswer(required(await getInvocation(c.var.gateway.d1, c.var.accountSid, Sid), "invocation", Sid), c), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "delete",
      path: "/v1/Invocations/{Sid}",
      summary: "Forgets what is kept of people in a call, and its stored idempotent answer or recording result, at once. Its usage stays.",
      request: { params: ofInvocation },
      responses: noContent("It is forgotten"),
    }),
    async (c) => {
      const { gateway, accountSid } = c.var;
      const { Sid } = c.req.valid("param");
      const desk = deskOf(gateway.desks, accountSid);
      // While it is still in the desk, the flush would bring the details back.
      if (!(await desk.flush()).isCurrent) refuse({ kind: "unavailable", message: `The log is late; ${Sid} cannot be forgotten yet`, retryAfterSeconds: 5 });
      const row = required(await forgetInvocation(gateway.d1, accountSid, Sid), "invocation", Sid);
      const key = detailsOf(row)?.idempotency_key ?? null;
      if (key !== null) await desk.forgetAnswer(key);
      // What its publisher said of a recording is kept apart from the log.
      if (isRecordingPoint(row.integration_point)) await deleteAddOnResult({ ...gateway, invocation: invocationOf(gateway.invocations, Sid) }, Sid);
      return c.body(null, 204);
    },
  );

async function requireNumberHmac(c: AppContext, text: string): Promise<string> {
  const number = parsePhoneNumber(text, undefined);
  if (!number.ok) return refuse({ kind: "invalid", parameter: "PhoneNumber", message: "PhoneNumber must be a possible phone number in E.164" });
  return numberHmac(c.var.caller.account.logKey, number.value.e164);
}

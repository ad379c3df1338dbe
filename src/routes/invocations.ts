import { OpenAPIHono } from "@hono/zod-openapi";
import { dollarsOfMicros } from "../domain/billing/money.ts";
import { isRecordingPoint } from "../domain/catalog/add-on-type.ts";
import { countsAgainstSla } from "../domain/failure.ts";
import { parsePhoneNumber } from "../domain/phone-number.ts";
import { isSid } from "../domain/sid.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { requireEnd, requireStart } from "../http/date-parameter.ts";
import { isoDate } from "../http/dates.ts";
import { flushOwnDesk } from "../http/own-desk.ts";
import { pageParameters, pageRequest, v1List, v1ListSchema } from "../http/paging.ts";
import { refuse, required } from "../http/refused.ts";
import { declare, json, noContent, z } from "../http/route.ts";
import { deskOf } from "../platform/account-desk.ts";
import { forgetInvocation, getInvocation, listInvocations, type InvocationDetails, type InvocationRow } from "../platform/d1/invocations.ts";
import { deleteAddOnResult } from "../platform/delete-add-on-result.ts";
import { numberHmac } from "../platform/logged-number.ts";
import { invocationOf } from "../platform/recording-invocation.ts";

const invocation = z
  .object({
    sid: z.string(),
    role: z.enum(["developer", "publisher"]).openapi({ description: "Whether this account made the call or its add-on was called" }),
    account_sid: z.string().nullable().openapi({ description: "The developer's account; null for the publisher, who tells installs apart" }),
    add_on_sid: z.string().nullable(),
    add_on_version_sid: z.string().nullable(),
    installed_add_on_sid: z.string().nullable(),
    unique_name: z.string().nullable(),
    integration_point: z.string(),
    status: z.enum(["successful", "failed"]),
    code: z.int().nullable(),
    detail: z.string().nullable(),
    warning: z.string().nullable(),
    counts_against_sla: z.boolean().openapi({ description: "Whether this failure counts against the publisher's service level" }),
    price: z.string(),
    price_unit: z.literal("USD"),
    date_started: z.string(),
    duration_ms: z.int(),
    wait_ms: z.int().nullable(),
    bytes_out: z.int().nullable(),
    bytes_in: z.int().nullable(),
    attempts: z.array(z.object({ date_started: z.string(), duration_ms: z.int(), status: z.int().nullable(), failure: z.string().nullable() })),
    phone_number: z.object({ country_code: z.string().nullable(), last_four: z.string() }).nullable().openapi({ description: "For the developer only" }),
    url: z.string(),
  })
  .openapi("Invocation");

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
          AddOnSid: z.string().optional(),
          Status: z.enum(["successful", "failed"]).optional(),
          Code: z.string().regex(/^\d{5}$/, "must be an error code such as 61001").optional(),
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
        addOnSid: query.AddOnSid,
        status: query.Status,
        code: query.Code === undefined ? undefined : Number(query.Code),
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

const detailsOf = (row: InvocationRow): InvocationDetails | null => (row.details === null ? null : (JSON.parse(row.details) as InvocationDetails));

/** The developer sees its own number shortened, the publisher neither number nor account; nobody sees a URL, header or body. */
function invocationAnswer(row: InvocationRow, c: AppContext) {
  const isDeveloper = row.account_sid === c.var.accountSid;
  const details = detailsOf(row);
  const number = isDeveloper ? (details?.number ?? null) : null;
  return {
    sid: row.sid,
    role: isDeveloper ? ("developer" as const) : ("publisher" as const),
    account_sid: isDeveloper ? row.account_sid : null,
    add_on_sid: row.add_on_sid,
    add_on_version_sid: row.version_sid,
    installed_add_on_sid: row.configuration_sid,
    unique_name: isDeveloper ? (details?.unique_name ?? null) : null,
    integration_point: row.integration_point,
    status: row.status,
    code: row.code,
    detail: details?.detail ?? null,
    warning: isDeveloper ? null : (details?.warning ?? null),
    counts_against_sla: countsAgainstSla(row.code, details?.failure ?? null),
    price: dollarsOfMicros(row.price_micros),
    price_unit: "USD" as const,
    date_started: isoDate(row.started_at),
    duration_ms: row.duration_ms,
    wait_ms: details?.wait_ms ?? null,
    bytes_out: details?.bytes_out ?? null,
    bytes_in: details?.bytes_in ?? null,
    attempts: (details?.attempts ?? []).map((attempt) => ({
      date_started: isoDate(attempt.started_at_ms),
      duration_ms: attempt.duration_ms,
      status: attempt.status,
      failure: attempt.failure,
    })),
    phone_number: number && { country_code: number.country, last_four: number.last4 },
    url: `${c.var.gateway.settings.publicUrl}/v1/Invocations/${row.sid}`,
  };
}

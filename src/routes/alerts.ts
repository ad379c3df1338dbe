import { OpenAPIHono } from "@hono/zod-openapi";
import type { LogLevel } from "../domain/alert.ts";
import { isSid } from "../domain/sid.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { requireEnd, requireStart } from "../http/date-parameter.ts";
import { isoDate } from "../http/dates.ts";
import { flushOwnDesk } from "../http/own-desk.ts";
import { pageParameters, pageRequest, v1List, v1ListSchema } from "../http/paging.ts";
import { required } from "../http/refused.ts";
import { declare, json, z } from "../http/route.ts";
import { getAlert, listAlerts, type AlertFilter, type AlertRow } from "../platform/d1/alerts.ts";
import type { Page, PageRequest } from "../platform/d1/page.ts";

const alert = z
  .object({
    sid: z.string(),
    account_sid: z.string(),
    alert_text: z.string(),
    api_version: z.literal("2010-04-01"),
    date_created: z.string(),
    date_generated: z.string(),
    date_updated: z.string(),
    error_code: z.string(),
    log_level: z.enum(["error", "warning"]),
    more_info: z.string().openapi({ description: "The page of the error code" }),
    request_method: z.string().nullable(),
    request_url: z.string().nullable().openapi({ description: "Of the request that the gateway made, where it is this account's to see" }),
    resource_sid: z.string().nullable().openapi({ description: "What it is about: an invocation, a message, a call, an add-on version" }),
    service_sid: z.string().nullable().openapi({ description: "The add-on, if it is about one" }),
    url: z.string(),
  })
  .openapi("Alert");

/** What the public API also has when one is fetched. None of it is kept: it could hold numbers, texts and credentials. */
const fetchedAlert = alert
  .extend({ request_variables: z.null(), request_headers: z.null(), response_body: z.null(), response_headers: z.null() })
  .openapi("FetchedAlert");

export const alertRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/Alerts",
      summary: "Lists what the account should know of, newest first: its failed invocations and webhooks, and what is wrong with its add-ons.",
      request: {
        query: z.object({
          ...pageParameters,
          LogLevel: z.enum(["error", "warning", "notice", "debug"]).optional(),
          StartDate: z.string().optional(),
          EndDate: z.string().optional().openapi({ description: "Included: a date's whole day, a time's whole second" }),
        }),
      },
      responses: { 200: json(v1ListSchema("alerts", alert), "A page of alerts") },
    }),
    async (c) => {
      const query = c.req.valid("query");
      const [startMs, endMs] = [requireStart("StartDate", query.StartDate), requireEnd("EndDate", query.EndDate)];
      const request = pageRequest(query, "NO");
      const page = await pageOf(c, query.LogLevel, { startMs, endMs }, request);
      return c.json(v1List(c, "alerts", page, page.items.map((row) => alertAnswer(row, c))), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/Alerts/{Sid}",
      summary: "Fetches an alert.",
      request: { params: z.object({ Sid: z.string() }) },
      responses: { 200: json(fetchedAlert, "The alert") },
    }),
    async (c) => {
      const { Sid } = c.req.valid("param");
      if (isSid("NO", Sid)) await flushOwnDesk(c);
      const row = required(await getAlert(c.var.gateway.d1, c.var.accountSid, Sid), "alert", Sid);
      return c.json({ ...alertAnswer(row, c), request_variables: null, request_headers: null, response_body: null, response_headers: null }, 200);
    },
  );

async function pageOf(c: AppContext, logLevel: LogLevel | "notice" | "debug" | undefined, dates: Pick<AlertFilter, "startMs" | "endMs">, request: PageRequest): Promise<Page<AlertRow>> {
  // The public API's other two levels, which no alert here has.
  if (logLevel === "notice" || logLevel === "debug") return { items: [], request, next: null, previous: null };
  await flushOwnDesk(c);
  return listAlerts(c.var.gateway.d1, c.var.accountSid, { logLevel, ...dates }, request);
}

function alertAnswer(row: AlertRow, c: AppContext) {
  const { publicUrl } = c.var.gateway.settings;
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    alert_text: row.alert_text,
    api_version: "2010-04-01" as const,
    date_created: isoDate(row.created_at),
    date_generated: isoDate(row.generated_at),
    date_updated: isoDate(row.created_at),
    error_code: String(row.error_code),
    log_level: row.log_level,
    more_info: `${publicUrl}/docs/errors/${row.error_code}`,
    request_method: row.request_method,
    request_url: row.request_url,
    resource_sid: row.resource_sid,
    service_sid: row.service_sid,
    url: `${publicUrl}/v1/Alerts/${row.sid}`,
  };
}

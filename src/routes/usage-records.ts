import { OpenAPIHono } from "@hono/zod-openapi";
import { utcDateOf, utcDayOf } from "../domain/utc-date.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { flushOwnDesk } from "../http/own-desk.ts";
import { classicList, classicListSchema, pageParameters, pageRequest } from "../http/paging.ts";
import { refuse } from "../http/refused.ts";
import { booleanParameter, declare, json, z } from "../http/route.ts";
import { pageOfWhole } from "../http/whole-list.ts";
import { firstChargedAt, listUsage, type UsageRow } from "../platform/d1/usage-records.ts";

const DAY_MS = 24 * 3_600_000;
const MICROS_PER_DOLLAR = 1_000_000;
/** The category of everything together, as the public API has it. */
const TOTAL = "totalprice";

const usageRecord = z
  .object({
    account_sid: z.string(),
    api_version: z.literal("2010-04-01"),
    as_of: z.string(),
    category: z.string().openapi({ description: "`totalprice`, or `marketplace-` and an add-on's unique name" }),
    count: z.string(),
    count_unit: z.string(),
    description: z.string(),
    end_date: z.string(),
    price: z.number(),
    price_unit: z.literal("usd"),
    start_date: z.string(),
    subresource_uris: z.record(z.string(), z.string()),
    uri: z.string(),
    usage: z.string(),
    usage_unit: z.string(),
  })
  .openapi("UsageRecord");

const filters = z.object({
  ...pageParameters,
  Category: z.string().optional(),
  StartDate: z.string().optional().openapi({ description: "A day in UTC, such as 2026-01-31, or so many days before or after today, such as -30days" }),
  EndDate: z.string().optional().openapi({ description: "The same; the day is in it" }),
  IncludeSubaccounts: booleanParameter.optional().openapi({ type: "boolean", description: "Accounts here have none" }),
});

/** What an account was charged, by add-on: the sums of its ledger. */
export const usageRecordRoutes = new OpenAPIHono<AppEnv>().openapi(
  declare("account", {
    method: "get",
    path: "/2010-04-01/Accounts/{AccountSid}/Usage/Records",
    summary: "Lists what an account was charged, by add-on and in all.",
    request: { params: z.object({ AccountSid: z.string() }), query: filters },
    responses: { 200: json(classicListSchema("usage_records", usageRecord), "A page of usage records") },
  }),
  async (c) => {
    const { gateway, accountSid } = c.var;
    const query = c.req.valid("query");
    const request = pageRequest(query, "XB");
    const nowMs = Date.now();
    const todayMs = nowMs - (nowMs % DAY_MS);
    const endMs = dayOf("EndDate", query.EndDate, todayMs) ?? todayMs;
    await flushOwnDesk(c);
    const startMs = dayOf("StartDate", query.StartDate, todayMs) ?? Math.min(endMs, startOfDay((await firstChargedAt(gateway.d1, accountSid)) ?? endMs));
    if (startMs > endMs) return refuse({ kind: "invalid", parameter: "StartDate", message: "StartDate must not be after EndDate" });
    const usage = await listUsage(gateway.d1, accountSid, startMs, endMs + DAY_MS);
    const records = [totalOf(usage), ...usage.map(categoryOf)].filter(({ category }) => query.Category === undefined || category === query.Category);
    const page = pageOfWhole(records, request);
    const period = { startMs, endMs, nowMs };
    return c.json(classicList(c, "usage_records", page, page.items.map((record) => usageRecordAnswer(c, record, period))), 200);
  },
);

type Category = { sid: string; category: string; description: string; quantity: number; micros: number };

const categoryOf = ({ add_on_sid: sid, unique_name: name, friendly_name: description, quantity, micros }: UsageRow): Category => ({ sid, category: `marketplace-${name}`, description, quantity, micros });

/** Its SID, which only pages need, is no add-on's. */
const totalOf = (usage: readonly UsageRow[]): Category => ({
  sid: `XB${"0".repeat(32)}`,
  category: TOTAL,
  description: "All add-ons",
  quantity: usage.reduce((sum, { quantity }) => sum + quantity, 0),
  micros: usage.reduce((sum, { micros }) => sum + micros, 0),
});

const startOfDay = (atMs: number): number => atMs - (atMs % DAY_MS);

/** @returns when the day begins. */
function dayOf(parameter: string, text: string | undefined, todayMs: number): number | undefined {
  if (text === undefined) return undefined;
  const days = /^([+-]\d{1,4})days?$/.exec(text)?.[1];
  const atMs = days === undefined ? utcDateOf(text) : todayMs + Number(days) * DAY_MS;
  return atMs === null ? refuse({ kind: "invalid", parameter, message: `${parameter} must be a date such as 2026-01-31, or a number of days such as -30days` }) : startOfDay(atMs);
}

function usageRecordAnswer(c: AppContext, { category, description, quantity, micros }: Category, { startMs, endMs, nowMs }: { startMs: number; endMs: number; nowMs: number }) {
  const { accountSid } = c.var;
  const [start_date, end_date] = [utcDayOf(startMs), utcDayOf(endMs)];
  return {
    account_sid: accountSid,
    api_version: "2010-04-01" as const,
    as_of: `${new Date(nowMs).toISOString().slice(0, 19)}+00:00`,
    category,
    count: String(quantity),
    count_unit: "invocations",
    description,
    end_date,
    price: micros / MICROS_PER_DOLLAR,
    price_unit: "usd" as const,
    start_date,
    subresource_uris: {},
    uri: `/2010-04-01/Accounts/${accountSid}/Usage/Records.json?${new URLSearchParams({ Category: category, StartDate: start_date, EndDate: end_date }).toString()}`,
    usage: String(quantity),
    usage_unit: "invocations",
  };
}

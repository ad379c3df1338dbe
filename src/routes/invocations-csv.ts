import { OpenAPIHono } from "@hono/zod-openapi";
import { sixDecimalsOfMicros } from "../domain/billing/money.ts";
import { csvLine, csvRows, type Cell } from "../domain/csv.ts";
import { INVOCATIONS_FILE_DAYS, INVOCATIONS_PER_QUERY } from "../domain/limits.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { csvAnswer } from "../http/csv-answer.ts";
import { requirePeriod } from "../http/date-parameter.ts";
import { filterOf, invocationAnswer, invocationFilters } from "../http/invocation.ts";
import { flushOwnDesk } from "../http/own-desk.ts";
import { declare, z } from "../http/route.ts";
import { listInvocations, type InvocationFilter, type InvocationRow } from "../platform/d1/invocations.ts";
import type { Cursor } from "../platform/d1/page.ts";

const date = z.string().openapi({ description: "A date, or date and time, in UTC, such as 2026-01-31 or 2026-01-31T23:59:59Z. End is included" });

/** The list as a file, with the same rows and as little in them of the other side. */
export const invocationCsvRoutes = new OpenAPIHono<AppEnv>().openapi(
  declare("account", {
    method: "get",
    path: "/v1/Invocations.csv",
    summary: `The account's own invocations of at most ${INVOCATIONS_FILE_DAYS} days, newest first, as a CSV file. One that breaks off is not complete.`,
    request: { query: z.object({ Start: date, End: date, ...invocationFilters }) },
    responses: { 200: { content: { "text/csv": { schema: z.string() } }, description: "The file, with a header row" } },
  }),
  async (c) => {
    const query = c.req.valid("query");
    const filter = { ...filterOf(query), ...requirePeriod(query, INVOCATIONS_FILE_DAYS) };
    await flushOwnDesk(c);
    // Before the answer begins: a database that is down then is an error, and not a file that breaks off.
    const first = await partOf(c, filter, null);
    return csvAnswer(c, "invocations", partsFrom(c, filter, first));
  },
);

type Part = { text: string; next: Cursor | null };

async function* partsFrom(c: AppContext, filter: InvocationFilter, part: Part): AsyncGenerator<string> {
  yield csvLine(COLUMNS);
  for (;;) {
    yield part.text;
    if (part.next === null) return;
    part = await partOf(c, filter, part.next);
  }
}

async function partOf(c: AppContext, filter: InvocationFilter, cursor: Cursor | null): Promise<Part> {
  const { items, next } = await listInvocations(c.var.gateway.d1, c.var.accountSid, filter, { size: INVOCATIONS_PER_QUERY, number: 0, cursor });
  return { text: csvRows(items.map((row) => cellsOf(row, c))), next };
}

const COLUMNS = [
  "sid",
  "role",
  "account_sid",
  "add_on_sid",
  "add_on_version_sid",
  "installed_add_on_sid",
  "unique_name",
  "integration_point",
  "status",
  "code",
  "detail",
  "warning",
  "counts_against_sla",
  "price",
  "price_unit",
  "date_started",
  "duration_ms",
  "wait_ms",
  "bytes_out",
  "bytes_in",
  "attempts",
  "phone_number_country_code",
  "phone_number_last_four",
] as const;

/** As the list shows it, so that who sees what is decided once; flat, with the attempts counted and money as files have it. */
function cellsOf(row: InvocationRow, c: AppContext): Cell[] {
  const { attempts, phone_number, ...shown } = invocationAnswer(row, c);
  const record = {
    ...shown,
    price: sixDecimalsOfMicros(row.price_micros),
    attempts: attempts.length,
    phone_number_country_code: phone_number?.country_code ?? null,
    phone_number_last_four: phone_number?.last_four ?? null,
  };
  return COLUMNS.map((column) => record[column]);
}

import { LINE_COLUMNS, lineRows, statementText } from "../domain/billing/statement-file.ts";
import { sixDecimalsOfMicros } from "../domain/billing/money.ts";
import { csvLine } from "../domain/csv.ts";
import { listPayments, type PaymentRow } from "../platform/d1/payments.ts";
import { documentOf, getStatement, listStatements, type StatementRow } from "../platform/d1/statements.ts";
import { entriesFile, transactionNames } from "../platform/statement-entries.ts";
import type { AppContext } from "./context.ts";
import { csvAnswer } from "./csv-answer.ts";
import { isoDate } from "./dates.ts";
import { requireMonth } from "./month-parameter.ts";
import { pageParameters, type PageParameters, pageRequest, v1List } from "./paging.ts";
import { required } from "./refused.ts";
import { z } from "./route.ts";
import { statementAnswer, statementPage } from "./statement.ts";

/** Whose statements a caller reads, and where: its own, or, as the operator (`accountSid` null), everybody's. */
export type Reader = { accountSid: string | null; path: string };

export const statementFilters = z.object({
  ...pageParameters,
  Role: z.enum(["developer", "publisher"]).optional(),
  Month: z.string().optional().openapi({ description: "Such as 2026-01" }),
});

export async function statementList(c: AppContext, reader: Reader, query: z.infer<typeof statementFilters>) {
  const month = query.Month === undefined ? undefined : requireMonth("Month", query.Month);
  const page = await listStatements(c.var.gateway.db, reader.accountSid, { role: query.Role, month }, pageRequest(query, "ST", STATEMENTS_PER_PAGE));
  return v1List(c, "statements", page, page.items.map((row) => statementAnswer(row, baseOf(c, reader))));
}

/** A statement may have hundreds of lines. */
const STATEMENTS_PER_PAGE = 100;

const baseOf = (c: AppContext, { path }: Reader): string => c.var.gateway.settings.publicUrl + path;

export async function requireStatement(c: AppContext, { accountSid }: Pick<Reader, "accountSid">, sid: string): Promise<StatementRow> {
  return required(await getStatement(c.var.gateway.db, accountSid, sid), "statement", sid);
}

/** @param name the statement's SID, with the ending of a form: .html, .csv or .json, which is the default. */
export async function readStatement(c: AppContext, reader: Reader, name: string): Promise<Response> {
  const [, sid = name, form = "json"] = /^(.*)\.(html|csv|json)$/.exec(name) ?? [];
  const row = await requireStatement(c, reader, sid);
  if (form === "html") return c.html(statementPage(row), 200, { "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'" });
  if (form === "csv") return csvAnswer(c, sid, lines(row));
  return c.json(statementAnswer(row, baseOf(c, reader)));
}

async function* lines(row: StatementRow): AsyncGenerator<string> {
  yield csvLine(LINE_COLUMNS);
  for (const cells of lineRows(statementText(documentOf(row)))) yield csvLine(cells);
}

/** Read anew, in the same order: entries are never changed, and none is ever added to a month that is closed. */
export async function statementEntries(c: AppContext, { sid, accountSid, role, month }: StatementRow): Promise<Response> {
  const { gateway } = c.var;
  return csvAnswer(c, `${sid}-entries`, entriesFile(gateway.d1, role, accountSid, month, await transactionNames(gateway, role, accountSid)));
}

export const payment = z
  .object({
    sid: z.string(),
    statement_sid: z.string(),
    account_sid: z.string(),
    amount: z.string(),
    reference: z.string(),
    date_reversed: z.string().nullable(),
    date_created: z.string(),
  })
  .openapi("Payment");

export const paymentAnswer = (row: PaymentRow): z.infer<typeof payment> => ({
  sid: row.sid,
  statement_sid: row.statement_sid,
  account_sid: row.account_sid,
  amount: sixDecimalsOfMicros(row.amount_micros),
  reference: row.reference,
  date_reversed: row.reversed_at === null ? null : isoDate(row.reversed_at),
  date_created: isoDate(row.created_at),
});

export async function paymentList(c: AppContext, { sid }: StatementRow, query: PageParameters) {
  const page = await listPayments(c.var.gateway.d1, sid, pageRequest(query, "PY"));
  return v1List(c, "payments", page, page.items.map(paymentAnswer));
}

import { html } from "hono/html";
import { statementText } from "../domain/billing/statement-file.ts";
import { documentOf, type StatementRow } from "../platform/d1/statements.ts";
import { isoDate } from "./dates.ts";
import { z } from "./route.ts";

const line = z.object({
  add_on_sid: z.string(),
  add_on_version_sid: z.string(),
  unique_name: z.string(),
  version: z.int(),
  quantity: z.int().openapi({ description: "Invocations that were billed, less those that were taken back" }),
  amount: z.string(),
  fee_percent: z.string().nullable().openapi({ description: "Of a publisher's statement, at the time at which it was closed" }),
  fee: z.string(),
  net: z.string(),
});

export const statement = z
  .object({
    sid: z.string(),
    account_sid: z.string(),
    number: z.int().openapi({ description: "Of the account's statements in this role; the publisher's is its invoice" }),
    role: z.enum(["developer", "publisher"]),
    month: z.string(),
    start_date: z.string(),
    end_date: z.string(),
    currency: z.literal("USD"),
    lines: z.array(line),
    quantity: z.int(),
    amount: z.string(),
    fee: z.string(),
    net: z.string(),
    credit: z.object({ opening: z.string(), added: z.string(), closing: z.string() }).nullable().openapi({ description: "Of a developer's statement" }),
    invocations: z
      .object({ count: z.int(), first_seq: z.int(), last_seq: z.int() })
      .nullable()
      .openapi({ description: "Of a developer's statement: all of the month's, free and failed ones too, and between which of its desk's numbers they are" }),
    entries: z.object({ count: z.int(), sha256: z.string().openapi({ description: "Of the file that `links.entries` leads to, in parts of 5,000 rows: `npm run verify-statement` recomputes it" }) }),
    date_created: z.string(),
    url: z.string(),
    links: z.object({ html: z.string(), csv: z.string(), entries: z.string(), payments: z.string() }),
  })
  .openapi("Statement");

/** @param base the URL of the statements that the caller reads: its own, or, as the operator, everybody's. */
export function statementAnswer(row: StatementRow, base: string): z.infer<typeof statement> {
  const url = `${base}/${row.sid}`;
  return {
    sid: row.sid,
    account_sid: row.accountSid,
    number: row.number,
    ...statementText(documentOf(row)),
    date_created: isoDate(row.createdAt),
    url,
    links: { html: `${url}.html`, csv: `${url}.csv`, entries: `${url}/Entries.csv`, payments: `${url}/Payments` },
  };
}

/** A statement to be read and printed. What stands in it are names and numbers of ours, and a unique name, which has no markup. */
export function statementPage(row: StatementRow) {
  const { lines, quantity, amount, fee, net, credit, invocations, entries, month, start_date, end_date, role } = statementText(documentOf(row));
  const isPublisher = role === "publisher";
  const title = isPublisher ? `Invoice ${row.number}` : `Statement ${row.number}`;
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}: ${month}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:3rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #ccc}.n{text-align:right;font-variant-numeric:tabular-nums}code{overflow-wrap:anywhere}</style>
</head>
<body>
<h1>${title}</h1>
<p>${isPublisher ? "What the marketplace owes the publisher" : "What the developer used"} from ${start_date} to ${end_date}, in UTC and US dollars.<br>
Account <code>${row.accountSid}</code>, statement <code>${row.sid}</code>.</p>
<table>
<thead><tr><th>Add-on</th><th>Version</th><th class="n">Quantity</th><th class="n">Amount</th>${isPublisher ? html`<th class="n">Fee</th><th class="n">Net</th>` : ""}</tr></thead>
<tbody>
${lines.map(
  (one) => html`<tr><td>${one.unique_name}</td><td>${one.version}</td><td class="n">${one.quantity}</td><td class="n">${one.amount}</td>${
    isPublisher ? html`<td class="n">${one.fee} (${one.fee_percent} %)</td><td class="n">${one.net}</td>` : ""
  }</tr>`,
)}
</tbody>
<tfoot><tr><th colspan="2">Total</th><th class="n">${quantity}</th><th class="n">${amount}</th>${isPublisher ? html`<th class="n">${fee}</th><th class="n">${net}</th>` : ""}</tr></tfoot>
</table>
${credit === null ? "" : html`<p>Credit: ${credit.opening} before, ${credit.added} added, ${credit.closing} after.</p>`}
${invocations === null ? "" : html`<p>${invocations.count} invocations, free and failed ones included.</p>`}
<p>Sum of ${entries.count} ledger entries, whose file has the SHA-256 <code>${entries.sha256}</code>.</p>
</body>
</html>`;
}

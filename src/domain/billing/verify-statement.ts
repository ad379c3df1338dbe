import { utcDayOf } from "../utc-date.ts";
import { z } from "../zod.ts";
import { FEE_PERCENT, feeMicros } from "./fee.ts";
import { microsOfSixDecimals, sixDecimalsOfMicros } from "./money.ts";
import { parseMonth } from "./month.ts";
import { ENTRIES_PER_PART, ENTRY_COLUMNS, partSha256 } from "./statement-file.ts";
import { addEntry, emptySums, periodOf, type StatementSums } from "./statement.ts";

const amount = z.string().refine((text) => microsOfSixDecimals(text) !== null, "is not an amount with six decimals");

/** What of a statement's JSON can be recomputed. */
const statementSchema = z.object({
  role: z.enum(["developer", "publisher"]),
  month: z.string().refine((text) => parseMonth(text).ok, "is no month"),
  start_date: z.string(),
  end_date: z.string(),
  currency: z.literal("USD"),
  lines: z.array(
    z.object({ add_on_version_sid: z.string(), quantity: z.int(), amount, fee_percent: z.string().regex(FEE_PERCENT).nullable(), fee: amount, net: amount }),
  ),
  quantity: z.int(),
  amount,
  fee: amount,
  net: amount,
  credit: z.object({ opening: amount, added: amount, closing: amount }).nullable(),
  entries: z.object({ count: z.int(), sha256: z.string() }),
});

type Statement = z.infer<typeof statementSchema>;

/** The entries file: its hash, and its rows, the names of the columns first. */
export type EntriesFile = { sha256: string; rows: readonly (readonly string[])[] };

/** The hash of an entries file, as a statement says it. */
export async function entriesSha256(text: string): Promise<string> {
  const [header = "", ...lines] = text.split("\r\n");
  // What follows the last line's end is no line.
  if (lines.at(-1) === "") lines.pop();
  let sha256 = await partSha256(null, `${header}\r\n`);
  for (let start = 0; start < lines.length; start += ENTRIES_PER_PART) {
    const part = lines.slice(start, start + ENTRIES_PER_PART);
    sha256 = await partSha256(sha256, part.map((line) => `${line}\r\n`).join(""));
  }
  return sha256;
}

/**
 * Recomputes a statement from the entries that it lists. What no entry tells is not compared: names, numbers, the credit before, how many
 * invocations there were, and which percentage the fee is.
 * @param json the statement as `GET /v1/Statements/{ST}.json` answers it.
 * @returns where it differs, each place with what stands there and what should; nothing when all of it is equal.
 */
export function differencesOf(json: unknown, { sha256, rows }: EntriesFile): string[] {
  const parsed = statementSchema.safeParse(json);
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `the statement's ${path.map(String).join(".") || "JSON"}: ${message}`);
  const statement = parsed.data;
  const found: string[] = [];
  const compare = (place: string, stated: string | number, computed: string | number): void => {
    if (stated !== computed) found.push(`${place} is ${stated} in the statement, and ${computed} by the entries`);
  };
  const [header, ...entries] = rows;
  if (header?.join() !== ENTRY_COLUMNS.join()) return [`the entries' first row must be ${ENTRY_COLUMNS.join()}`];
  compare("entries.sha256", statement.entries.sha256, sha256);
  const sums = sumsOf(statement.role, entries);
  if (typeof sums === "string") return [...found, sums];
  compare("entries.count", statement.entries.count, sums.count);
  comparePeriod(statement, compare);
  compareLines(statement, sums, compare);
  compareTotals(statement, sums, compare);
  return found;
}

/** @returns a sentence about a row that is none. */
function sumsOf(role: Statement["role"], rows: readonly (readonly string[])[]): StatementSums | string {
  const sums = emptySums();
  for (const [index, [, , versionSid = "", quantity = "", text = ""]] of rows.entries()) {
    const amountMicros = microsOfSixDecimals(text);
    if (amountMicros === null || !/^-?\d{1,15}$/.test(quantity)) return `row ${index + 2} of the entries is malformed`;
    addEntry(sums, role, { versionSid: versionSid === "" ? null : versionSid, quantity: Number(quantity), amountMicros });
  }
  return sums;
}

type Compare = (place: string, stated: string | number, computed: string | number) => void;

/** What follows from the month and the role. */
function comparePeriod({ role, month, start_date, end_date, lines, credit }: Statement, compare: Compare): void {
  const { startMs, endMs } = periodOf(month);
  compare("start_date", start_date, utcDayOf(startMs));
  compare("end_date", end_date, utcDayOf(endMs));
  compare("credit", credit === null ? "absent" : "present", role === "developer" ? "present" : "absent");
  for (const { add_on_version_sid, fee_percent } of lines) compare(`${add_on_version_sid}: fee_percent`, fee_percent === null ? "absent" : "present", role === "publisher" ? "present" : "absent");
}

function compareLines({ role, lines }: Statement, { byVersion }: StatementSums, compare: Compare): void {
  const stated = new Map(lines.map((line) => [line.add_on_version_sid, line]));
  compare("the number of lines", lines.length, Object.keys(byVersion).length);
  for (const [versionSid, sum] of Object.entries(byVersion)) {
    const line = stated.get(versionSid);
    compare(`the line of ${versionSid}`, line === undefined ? "absent" : "present", "present");
    if (line === undefined) continue;
    const fee = role === "publisher" && line.fee_percent !== null ? feeMicros(sum.amountMicros, line.fee_percent) : 0;
    compare(`${versionSid}: quantity`, line.quantity, sum.quantity);
    compare(`${versionSid}: amount`, line.amount, sixDecimalsOfMicros(sum.amountMicros));
    compare(`${versionSid}: fee`, line.fee, sixDecimalsOfMicros(fee));
    compare(`${versionSid}: net`, line.net, sixDecimalsOfMicros(sum.amountMicros - fee));
  }
}

function compareTotals({ lines, quantity, amount: stated, fee, net, credit }: Statement, { byVersion, creditMicros }: StatementSums, compare: Compare): void {
  const computed = Object.values(byVersion);
  const amountMicros = computed.reduce((sum, line) => sum + line.amountMicros, 0);
  // The fees of the lines are compared above.
  const feesMicros = lines.reduce((sum, line) => sum + (microsOfSixDecimals(line.fee) ?? 0), 0);
  compare("quantity", quantity, computed.reduce((sum, line) => sum + line.quantity, 0));
  compare("amount", stated, sixDecimalsOfMicros(amountMicros));
  compare("fee", fee, sixDecimalsOfMicros(feesMicros));
  compare("net", net, sixDecimalsOfMicros(amountMicros - feesMicros));
  if (credit === null) return;
  compare("credit.added", credit.added, sixDecimalsOfMicros(creditMicros));
  compare("credit.closing", credit.closing, sixDecimalsOfMicros((microsOfSixDecimals(credit.opening) ?? 0) + creditMicros - amountMicros));
}

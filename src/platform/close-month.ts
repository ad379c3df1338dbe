import { hexOf, utf8 } from "../domain/bytes.ts";
import { csvLine } from "../domain/csv.ts";
import { isOver, type Month } from "../domain/billing/month.ts";
import { addEntry, emptySums, statementOf, type StatementEntry, type StatementRole, type StatementSums } from "../domain/billing/statement.ts";
import { ENTRY_COLUMNS, entryRow } from "../domain/billing/statement-file.ts";
import { statementSid } from "../domain/sid.ts";
import type { Env, Settings } from "../env.ts";
import { deskOf } from "./account-desk.ts";
import { entriesOfMonth } from "./d1/ledger-entries.ts";
import { beginClosing, closingOf, desksToClose, endClosing, keepClosings, nextMonthToClose, statementsToMake } from "./d1/month-closing.ts";
import { keepStatement, lastClosingMicros, ledgerAccountOf, statedVersions } from "./d1/statements.ts";
import { errorOf, log } from "./log.ts";

export type ClosingPorts = { d1: D1Database; desks: Env["ACCOUNT_DESK"]; settings: Pick<Settings, "transactionFeePercent"> };

/** Ours: what one run does at most. Platform: an invocation of the Worker may make 1,000 calls of other services; the next run goes on. */
const DESKS_PER_RUN = 200;
const DESKS_AT_ONCE = 20;
const STATEMENTS_PER_RUN = 40;

/**
 * Goes on closing the first month that is over and not closed, unless it is after this one. All of it is repeatable; what is left is the next run's.
 * @returns whether this month is closed now.
 */
export async function closeMonthsUpTo(last: Month, ports: ClosingPorts, nowMs: number): Promise<boolean> {
  const month = await nextMonthToClose(ports.d1);
  if (month === null || month > last) return true;
  if (!isOver(month, nowMs)) return false;
  await beginClosing(ports.d1, month, nowMs);
  if (!(await closeDesks(ports, month, nowMs)) || !(await makeStatements(ports, month, nowMs))) return false;
  await endClosing(ports.d1, month, nowMs);
  log({ event: "month_closed", month });
  return month === last;
}

/** A publisher is owed by every desk, so no statement is made before all of them have handed over what is of the month. */
async function closeDesks({ d1, desks }: ClosingPorts, month: Month, nowMs: number): Promise<boolean> {
  const accountSids = await desksToClose(d1, month, DESKS_PER_RUN);
  let isComplete = accountSids.length < DESKS_PER_RUN;
  for (let start = 0; start < accountSids.length; start += DESKS_AT_ONCE) {
    const group = accountSids.slice(start, start + DESKS_AT_ONCE);
    const closings = await Promise.all(group.map(async (desk) => ({ desk, closing: await closingOfDesk(desks, desk, month) })));
    const closed = closings.flatMap(({ desk, closing }) => (closing === null ? [] : [{ ...closing, desk }]));
    await keepClosings(d1, closed, nowMs);
    if (closed.length < group.length) isComplete = false;
  }
  return isComplete;
}

/** @returns null when it could not be closed yet, which holds nothing up but the month. */
async function closingOfDesk(desks: Env["ACCOUNT_DESK"], accountSid: string, month: Month) {
  try {
    const closing = await deskOf(desks, accountSid).close(month);
    if (closing === null) log({ event: "desk_not_closed", account_sid: accountSid, month });
    return closing;
  } catch (error) {
    log({ event: "desk_not_closed", account_sid: accountSid, month, ...errorOf(error) });
    return null;
  }
}

async function makeStatements(ports: ClosingPorts, month: Month, nowMs: number): Promise<boolean> {
  const due = await statementsToMake(ports.d1, month, STATEMENTS_PER_RUN);
  let isComplete = due.length < STATEMENTS_PER_RUN;
  for (const { accountSid, role } of due) {
    try {
      await makeStatement(ports, accountSid, role, month, nowMs);
    } catch (error) {
      // One that cannot be made keeps its month open, where it is seen, and the others not waiting.
      log({ event: "statement_not_made", account_sid: accountSid, role, month, ...errorOf(error) });
      isComplete = false;
    }
  }
  return isComplete;
}

async function makeStatement({ d1, settings }: ClosingPorts, accountSid: string, role: StatementRole, month: Month, nowMs: number): Promise<void> {
  const { sums, sha256 } = await summed(role, entriesOfMonth(d1, ledgerAccountOf(role, accountSid), month));
  const closing = role === "developer" ? await closingOf(d1, accountSid, month) : null;
  const document = statementOf({
    accountSid,
    role,
    month,
    sums,
    sha256,
    versions: await statedVersions(d1, [...sums.byVersion.keys()], settings.transactionFeePercent),
    openingMicros: role === "developer" ? await lastClosingMicros(d1, accountSid) : 0,
    invocations: closing && { firstSeq: closing.fromSeq, lastSeq: closing.toSeq, count: closing.events },
  });
  await keepStatement(d1, await statementSid(role, accountSid, month), document, nowMs);
}

/** The sums of a statement's entries, and the SHA-256 of the file that lists them. A busy account has more of them than fit into memory. */
async function summed(role: StatementRole, entries: AsyncIterable<StatementEntry>): Promise<{ sums: StatementSums; sha256: string }> {
  const sums = emptySums();
  const digest = new crypto.DigestStream("SHA-256");
  const writer = digest.getWriter();
  for await (const line of entryLines(role, counted(entries, (entry) => addEntry(sums, role, entry)))) await writer.write(utf8(line));
  await writer.close();
  return { sums, sha256: hexOf(new Uint8Array(await digest.digest)) };
}

async function* counted<T>(items: AsyncIterable<T>, count: (item: T) => void): AsyncGenerator<T> {
  for await (const item of items) {
    count(item);
    yield item;
  }
}

/** The file that lists a statement's entries, line by line. */
export async function* entryLines(role: StatementRole, entries: AsyncIterable<StatementEntry>): AsyncGenerator<string> {
  yield csvLine(ENTRY_COLUMNS);
  for await (const entry of entries) yield csvLine(await entryRow(role, entry));
}

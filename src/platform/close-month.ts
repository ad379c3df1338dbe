import { operatorAlert } from "../domain/alert/operator-alert.ts";
import type { AlertDraft } from "../domain/alert/stored-alert.ts";
import { endOfMonthMs, isOver, type Month } from "../domain/billing/month.ts";
import { addEntry, emptySums, statementOf, type StatementRole } from "../domain/billing/statement.ts";
import { ENTRIES_PER_PART, partSha256 } from "../domain/billing/statement-file.ts";
import { statementSid } from "../domain/sid.ts";
import type { Env, Settings } from "../env.ts";
import { deskOf } from "./account-desk.ts";
import { storeAlerts } from "./d1/alerts.ts";
import { entriesAfter } from "./d1/ledger-entries.ts";
import { beginClosing, closingOf, desksToClose, endClosing, keepClosings, nextMonthToClose, statementsToMake } from "./d1/month-closing.ts";
import { keepProgress, keepStatement, lastClosingMicros, ledgerAccountOf, statedVersions, statementProgress, type StatementProgress } from "./d1/statements.ts";
import { errorOf, log } from "./log.ts";
import { ENTRIES_HEADER, entryLines, transactionNames, type TransactionNames } from "./statement-entries.ts";

type ClosingPorts = { d1: D1Database; desks: Env["ACCOUNT_DESK"]; settings: Pick<Settings, "transactionFeePercent" | "encryptionKeys" | "operatorAccountSid"> };

/** Ours: what one run does at most. Platform: an invocation of the Worker may make 1,000 calls of other services; the next run goes on. */
const DESKS_PER_RUN = 200;
const DESKS_AT_ONCE = 20;
const STATEMENTS_PER_RUN = 40;
/** Platform: 30 s of CPU time. A busy account makes an entry a second, which are hundreds of parts in a month. */
const PARTS_PER_RUN = 40;

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
async function closeDesks(ports: ClosingPorts, month: Month, nowMs: number): Promise<boolean> {
  const { d1, desks } = ports;
  const accountSids = await desksToClose(d1, month, DESKS_PER_RUN);
  let isComplete = accountSids.length < DESKS_PER_RUN;
  for (let start = 0; start < accountSids.length; start += DESKS_AT_ONCE) {
    const group = accountSids.slice(start, start + DESKS_AT_ONCE);
    const closings = await Promise.all(group.map(async (desk) => ({ desk, closing: await closingOfDesk(desks, desk, month) })));
    const closed = closings.flatMap(({ desk, closing }) => (closing === null ? [] : [{ ...closing, desk }]));
    await keepClosings(d1, closed, nowMs);
    if (closed.length < group.length) isComplete = false;
    await tellOfStuck(ports, closings.flatMap(({ desk, closing }) => (closing === null ? [desk] : [])), month, nowMs);
  }
  return isComplete;
}

/** Ours: a database that is down for a while is no reason to be told. */
const LATE_AFTER_MS = 3_600_000;

const isLate = (month: Month, nowMs: number): boolean => nowMs >= endOfMonthMs(month) + LATE_AFTER_MS;

/** The operator hears, once, of each desk that a month's statements wait for. */
async function tellOfStuck({ d1, settings }: ClosingPorts, desks: readonly string[], month: Month, nowMs: number): Promise<void> {
  if (desks.length === 0 || !isLate(month, nowMs)) return;
  const alerts = desks.map((desk) => {
    const text = `The statements of ${month} wait for the desk ${desk}, which has not handed over what is of that month.`;
    return operatorAlert(settings.operatorAccountSid, { seed: `closing/${month}/${desk}`, text, resourceSid: desk }, nowMs);
  });
  await storeAlerts(d1, alerts, nowMs);
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
  let [isComplete, parts] = [due.length < STATEMENTS_PER_RUN, PARTS_PER_RUN];
  for (const { accountSid, role } of due) {
    try {
      const left = await makeStatement(ports, { accountSid, role, month }, parts, nowMs);
      if (left === null) return false;
      parts = left;
    } catch (error) {
      // One that cannot be made keeps its month open, where it is seen, and the others not waiting.
      log({ event: "statement_not_made", account_sid: accountSid, role, month, ...errorOf(error) });
      isComplete = false;
      if (isLate(month, nowMs)) await storeAlerts(ports.d1, [notMadeAlert(ports, { accountSid, role, month }, nowMs)], nowMs);
    }
  }
  return isComplete;
}

function notMadeAlert({ settings }: ClosingPorts, { accountSid, role, month }: Stated, nowMs: number): AlertDraft {
  const text = `The statement of ${month} could not be made for the ${role} ${accountSid}; the month stays open.`;
  return operatorAlert(settings.operatorAccountSid, { seed: `statement/${month}/${role}/${accountSid}`, text, resourceSid: accountSid }, nowMs);
}

/**
 * @param parts of entries that may still be read in this run.
 * @returns how many are left then; null when they were not enough: how far it came is kept for the next run.
 */
async function makeStatement(ports: ClosingPorts, { accountSid, role, month }: Stated, parts: number, nowMs: number): Promise<number | null> {
  const { d1, settings } = ports;
  const sid = await statementSid(role, accountSid, month);
  const names = await transactionNames(ports, role, accountSid);
  let progress: StatementProgress = (await statementProgress(d1, sid)) ?? { sums: emptySums(), sha256: await partSha256(null, ENTRIES_HEADER), place: null, isWhole: false };
  for (; !progress.isWhole; parts--) {
    if (parts === 0) {
      await keepProgress(d1, sid, progress);
      return null;
    }
    progress = await withNextPart(ports, { accountSid, role, month }, progress, names);
  }
  const { sums, sha256 } = progress;
  const closing = role === "developer" ? await closingOf(d1, accountSid, month) : null;
  const document = statementOf({
    accountSid,
    role,
    month,
    sums,
    sha256,
    versions: await statedVersions(d1, Object.keys(sums.byVersion), settings.transactionFeePercent),
    openingMicros: role === "developer" ? await lastClosingMicros(d1, accountSid) : 0,
    invocations: closing && { firstSeq: closing.fromSeq, lastSeq: closing.toSeq, count: closing.events },
  });
  await keepStatement(d1, sid, document, nowMs);
  return parts;
}

type Stated = { accountSid: string; role: StatementRole; month: Month };

async function withNextPart({ d1 }: ClosingPorts, { accountSid, role, month }: Stated, { sums, sha256, place }: StatementProgress, names: TransactionNames): Promise<StatementProgress> {
  const part = await entriesAfter(d1, ledgerAccountOf(role, accountSid), month, place, ENTRIES_PER_PART);
  for (const entry of part) addEntry(sums, role, entry);
  const last = part.at(-1);
  return {
    sums,
    sha256: part.length === 0 ? sha256 : await partSha256(sha256, await entryLines(part, names)),
    place: last === undefined ? place : { createdAtMs: last.createdAtMs, transactionId: last.transactionId },
    isWhole: part.length < ENTRIES_PER_PART,
  };
}

import { and, eq, inArray, isNotNull, notInArray, sql } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { retirementText } from "../../domain/alert/retirement-text.ts";
import { accounts, addOnVersions, alertNotices, alerts, installedAddOns } from "./schema.ts";

/** Ours: D1 gives a statement 30 s. */
const ACCOUNTS_TOLD = 100_000;
const CODE = sql`61003`.as("error_code");
const LEVEL = sql`'warning'`.as("log_level");

/**
 * For the batch that retires a version, after it does: tells every account that has an install pinned to it, once, if the batch did retire it.
 * @param retiredAtMs what the batch writes as the version's `updatedAt`.
 */
export function insertRetirementAlerts(db: DrizzleD1Database, version: { sid: string; addOnSid: string }, sunsetAtMs: number, retiredAtMs: number) {
  // SQLite has no hash: half of each SID's random bits.
  const sid = sql`'NO' || substr(${accounts.sid}, 3, 16) || substr(${version.sid}, 3, 16)`;
  const pinned = db.select({ sid: installedAddOns.accountSid }).from(installedAddOns).where(eq(installedAddOns.versionSid, version.sid));
  const retired = db
    .select({ sid: addOnVersions.sid })
    .from(addOnVersions)
    .where(and(eq(addOnVersions.sid, version.sid), eq(addOnVersions.status, "retired"), eq(addOnVersions.updatedAt, retiredAtMs)));
  const isConcerned = and(inArray(accounts.sid, pinned), sql`EXISTS ${retired}`);
  const alert = db
    .select({
      sid: sid.as("sid"),
      accountSid: accounts.sid,
      errorCode: CODE,
      logLevel: LEVEL,
      alertText: sql`${retirementText(version.sid, version.addOnSid, sunsetAtMs)}`.as("alert_text"),
      requestMethod: sql`NULL`.as("request_method"),
      requestUrl: sql`NULL`.as("request_url"),
      resourceSid: sql`${version.sid}`.as("resource_sid"),
      serviceSid: sql`${version.addOnSid}`.as("service_sid"),
      generatedAt: sql`${retiredAtMs}`.as("generated_at"),
      createdAt: sql`${retiredAtMs}`.as("created_at"),
    })
    .from(accounts)
    .where(isConcerned)
    .limit(ACCOUNTS_TOLD);
  const wantsIt = and(eq(accounts.status, "active"), isNotNull(accounts.alertUrl), eq(accounts.alertLevel, "warning"));
  const notice = db
    .select({
      accountSid: accounts.sid,
      errorCode: CODE,
      logLevel: LEVEL,
      dueAt: sql`${retiredAtMs}`.as("due_at"),
      dueCount: sql`1`.as("due_count"),
      alertSid: sid.as("alert_sid"),
      triedAt: sql`0`.as("tried_at"),
    })
    .from(accounts)
    .where(and(isConcerned, wantsIt, notInArray(sid, db.select({ sid: alerts.sid }).from(alerts).where(eq(alerts.sid, sid)))))
    .limit(ACCOUNTS_TOLD);
  const kind = [alertNotices.accountSid, alertNotices.errorCode, alertNotices.logLevel];
  const oneMore = { dueAt: sql`coalesce(due_at, excluded.due_at)`, dueCount: sql`due_count + 1`, alertSid: sql`excluded.alert_sid` };
  return [
    // First: what is there already was counted when it came.
    db.insert(alertNotices).select(notice).onConflictDoUpdate({ target: kind, set: oneMore }),
    db.insert(alerts).select(alert).onConflictDoNothing(),
  ] as const;
}

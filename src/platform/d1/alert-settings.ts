import { and, eq, isNotNull } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { accounts, alertNotices } from "./schema.ts";

export type AlertSettingsRow = Pick<typeof accounts.$inferSelect, "sid" | "alertUrl" | "alertLevel">;

const COLUMNS = { sid: accounts.sid, alertUrl: accounts.alertUrl, alertLevel: accounts.alertLevel };

export async function getAlertSettings(db: DrizzleD1Database, accountSid: string): Promise<AlertSettingsRow | undefined> {
  return db.select(COLUMNS).from(accounts).where(eq(accounts.sid, accountSid)).get();
}

/** What the account does not want to hear of any more is not due any more; a URL or a level that is set later gets what comes later. */
export async function changeAlertSettings(
  db: DrizzleD1Database,
  accountSid: string,
  change: Partial<Pick<AlertSettingsRow, "alertUrl" | "alertLevel">>,
): Promise<AlertSettingsRow | undefined> {
  const update = db.update(accounts).set({ ...change, updatedAt: Date.now() }).where(eq(accounts.sid, accountSid)).returning(COLUMNS);
  if (change.alertUrl !== null && change.alertLevel !== "error") return (await update)[0];
  const unwanted = change.alertUrl === null ? undefined : eq(alertNotices.logLevel, "warning");
  const due = and(eq(alertNotices.accountSid, accountSid), isNotNull(alertNotices.dueAt), unwanted);
  const [changed] = await db.batch([update, db.update(alertNotices).set({ dueAt: null, dueCount: 0 }).where(due)]);
  return changed[0];
}

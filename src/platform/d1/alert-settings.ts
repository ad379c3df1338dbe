import { and, eq, isNotNull } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { accounts, alerts } from "./schema.ts";

export type AlertSettingsRow = Pick<typeof accounts.$inferSelect, "sid" | "alertUrl" | "alertLevel">;

const COLUMNS = { sid: accounts.sid, alertUrl: accounts.alertUrl, alertLevel: accounts.alertLevel };

export async function getAlertSettings(db: DrizzleD1Database, accountSid: string): Promise<AlertSettingsRow | undefined> {
  return db.select(COLUMNS).from(accounts).where(eq(accounts.sid, accountSid)).get();
}

/** Without a URL nothing is due to be posted any more; a URL that is set later gets what comes later. */
export async function changeAlertSettings(
  db: DrizzleD1Database,
  accountSid: string,
  change: Partial<Pick<AlertSettingsRow, "alertUrl" | "alertLevel">>,
): Promise<AlertSettingsRow | undefined> {
  const update = db.update(accounts).set({ ...change, updatedAt: Date.now() }).where(eq(accounts.sid, accountSid)).returning(COLUMNS);
  if (change.alertUrl !== null) return (await update)[0];
  const due = and(eq(alerts.accountSid, accountSid), isNotNull(alerts.noticeDueAt));
  const [changed] = await db.batch([update, db.update(alerts).set({ noticeDueAt: null }).where(due)]);
  return changed[0];
}

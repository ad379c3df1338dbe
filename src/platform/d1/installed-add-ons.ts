import { and, eq, getTableColumns, sql, type SQL } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { pageQuery, type Page, type PageRequest } from "./page.ts";
import { addOnVersions, assignedAddOns, installedAddOns } from "./schema.ts";

/** A configured instance of an add-on, with what the version that it is pinned to says of itself. */
export type InstalledAddOnRow = typeof installedAddOns.$inferSelect & { friendlyName: string; description: string; sunsetAt: number | null };

export async function getInstalledAddOn(db: DrizzleD1Database, accountSid: string, sid: string): Promise<InstalledAddOnRow | undefined> {
  return selectInstalled(db, of(accountSid, sid)).get();
}

export async function listInstalledAddOns(db: DrizzleD1Database, accountSid: string, request: PageRequest): Promise<Page<InstalledAddOnRow>> {
  const page = pageQuery(request, installedAddOns);
  const rows = await selectInstalled(db, and(eq(installedAddOns.accountSid, accountSid), page.where))
    .orderBy(...page.orderBy)
    .limit(page.limit)
    .offset(page.offset);
  return page.pageOf(rows, (row) => ({ createdAtMs: row.createdAt, sid: row.sid }));
}

/** Of an install and the version that it is pinned to. */
export const INSTALLED_ADD_ON = {
  ...getTableColumns(installedAddOns),
  friendlyName: sql<string>`json_extract(${addOnVersions.definition}, '$.friendly_name')`,
  description: sql<string>`json_extract(${addOnVersions.definition}, '$.description')`,
  sunsetAt: addOnVersions.sunsetAt,
};

function selectInstalled(db: DrizzleD1Database, where: SQL | undefined) {
  return db
    .select(INSTALLED_ADD_ON)
    .from(installedAddOns)
    .innerJoin(addOnVersions, eq(addOnVersions.sid, installedAddOns.versionSid))
    .where(where);
}

export type InstalledAddOnChange = Partial<Pick<InstalledAddOnRow, "versionSid" | "uniqueName" | "configuration" | "extensions" | "dailyCapMicros">>;

/**
 * Changes an install, if it is still as it was when the change was decided: a configuration fits the version that it was checked
 * against.
 * @returns what stands in the way otherwise: the name is taken, or the install or the version that it was to move to has changed.
 */
export async function changeInstalledAddOn(db: DrizzleD1Database, before: InstalledAddOnRow, change: InstalledAddOnChange): Promise<"changed" | "name_taken" | "outdated"> {
  const { accountSid, sid } = before;
  const changed = await db
    .update(installedAddOns)
    .set({ ...change, updatedAt: Date.now() })
    .where(
      and(
        of(accountSid, sid),
        eq(installedAddOns.versionSid, before.versionSid),
        eq(installedAddOns.configuration, before.configuration),
        eq(installedAddOns.extensions, before.extensions),
        change.uniqueName === undefined ? undefined : sql`NOT ${nameTaken(before, change.uniqueName)}`,
        change.versionSid === undefined ? undefined : sql`EXISTS (SELECT 1 FROM add_on_versions WHERE sid = ${change.versionSid} AND status = 'active')`,
      ),
    )
    .returning({ sid: installedAddOns.sid });
  if (changed.length > 0) return "changed";
  if (change.uniqueName === undefined) return "outdated";
  const other = await db.select({ taken: sql<number>`${nameTaken(before, change.uniqueName)}` }).from(installedAddOns).where(of(accountSid, sid)).get();
  return other?.taken === 1 ? "name_taken" : "outdated";
}

function nameTaken({ accountSid, sid }: InstalledAddOnRow, uniqueName: string): SQL {
  return sql`EXISTS (SELECT 1 FROM installed_add_ons other WHERE other.account_sid = ${accountSid} AND other.unique_name = ${uniqueName} AND other.sid <> ${sid})`;
}

/** Removes an install and its assignments together. The account's install of the add-on (XD) stays: a reinstall has it again. */
export async function deleteInstalledAddOn(db: DrizzleD1Database, accountSid: string, sid: string): Promise<string | undefined> {
  const [, deleted] = await db.batch([
    db.delete(assignedAddOns).where(and(eq(assignedAddOns.accountSid, accountSid), eq(assignedAddOns.installedAddOnSid, sid))),
    db.delete(installedAddOns).where(of(accountSid, sid)).returning({ sid: installedAddOns.sid }),
  ]);
  return deleted[0]?.sid;
}

/** Every read and write names the account: an install of another one does not exist. */
const of = (accountSid: string, sid: string) => and(eq(installedAddOns.accountSid, accountSid), eq(installedAddOns.sid, sid));

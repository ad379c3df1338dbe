import { and, eq } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { ASSIGNMENTS_PER_ACCOUNT } from "../../domain/limits.ts";
import { EVERY_NUMBER, isAnyFull } from "./incoming-limit.ts";
import { INSTALLED_ADD_ON, type InstalledAddOnRow } from "./installed-add-ons.ts";
import { firstOf, insertUnless, noneOf, type Insertion } from "./obstacles.ts";
import { pageQuery, type Page, type PageRequest } from "./page.ts";
import { addOnVersions, assignedAddOns, installedAddOns } from "./schema.ts";

/** An install that is assigned to a phone number, and since when. */
export type AssignedAddOnRow = InstalledAddOnRow & { phoneNumberSid: string; assignedAt: number };

/** A phone number of an account. */
type Place = { accountSid: string; phoneNumberSid: string };

export async function getAssignedAddOn(db: DrizzleD1Database, place: Place, sid: string): Promise<AssignedAddOnRow | undefined> {
  return selectAssigned(db)
    .where(and(at(place), eq(assignedAddOns.installedAddOnSid, sid)))
    .get();
}

export async function listAssignedAddOns(db: DrizzleD1Database, place: Place, request: PageRequest): Promise<Page<AssignedAddOnRow>> {
  const page = pageQuery(request, { createdAt: assignedAddOns.createdAt, sid: assignedAddOns.installedAddOnSid });
  const rows = await selectAssigned(db)
    .where(and(at(place), page.where))
    .orderBy(...page.orderBy)
    .limit(page.limit)
    .offset(page.offset);
  return page.pageOf(rows, (row) => ({ createdAtMs: row.assignedAt, sid: row.sid }));
}

function selectAssigned(db: DrizzleD1Database) {
  return db
    .select({ ...INSTALLED_ADD_ON, phoneNumberSid: assignedAddOns.phoneNumberSid, assignedAt: assignedAddOns.createdAt })
    .from(assignedAddOns)
    .innerJoin(installedAddOns, eq(installedAddOns.sid, assignedAddOns.installedAddOnSid))
    .innerJoin(addOnVersions, eq(addOnVersions.sid, installedAddOns.versionSid));
}

const at = ({ accountSid, phoneNumberSid }: Place) => and(eq(assignedAddOns.accountSid, accountSid), eq(assignedAddOns.phoneNumberSid, phoneNumberSid));

const EXTENSIONS = "(SELECT extensions FROM installed_add_ons WHERE account_sid = ?1 AND sid = ?3)";

/** What stands in the way of an assignment, in the order in which it is reported. */
const OBSTACLES = {
  no_such_number: "NOT EXISTS (SELECT 1 FROM phone_numbers WHERE account_sid = ?1 AND sid = ?2)",
  no_such_install: "NOT EXISTS (SELECT 1 FROM installed_add_ons WHERE account_sid = ?1 AND sid = ?3)",
  already_assigned: "EXISTS (SELECT 1 FROM assigned_add_ons WHERE phone_number_sid = ?2 AND installed_add_on_sid = ?3)",
  too_many_assignments: `(SELECT COUNT(*) FROM assigned_add_ons WHERE account_sid = ?1) >= ${ASSIGNMENTS_PER_ACCOUNT}`,
  too_many_enabled: isAnyFull({ accountSid: "?1", installedSid: "?3", extensions: EXTENSIONS, numbers: "assigned.phone_number_sid = ?2" }),
} as const;

export type AssignmentObstacle = keyof typeof OBSTACLES;

const FIND_OBSTACLE = `SELECT ${firstOf(OBSTACLES)} AS obstacle`;

const ASSIGN = `INSERT INTO assigned_add_ons (account_sid, phone_number_sid, installed_add_on_sid, created_at)
  SELECT ?1, ?2, ?3, ?4 WHERE ${noneOf(OBSTACLES)}`;

/**
 * Assigns an install to a number: from its first assignment on it runs only where it is assigned to. The insert decides it in one statement, so
 * that requests at once cannot go over a limit together.
 */
export async function assignAddOn(db: D1Database, { accountSid, phoneNumberSid }: Place, sid: string): Promise<Insertion<AssignmentObstacle>> {
  const values = [accountSid, phoneNumberSid, sid];
  const assign = db.prepare(ASSIGN).bind(...values, Date.now());
  const find = db.prepare(FIND_OBSTACLE).bind(...values);
  return insertUnless(
    async () => (await assign.run()).meta.changes > 0,
    () => find.first<AssignmentObstacle>("obstacle"),
  );
}

/** Without its last assignment an install runs on every number. */
const IS_FULL_WITHOUT = `(NOT EXISTS (SELECT 1 FROM assigned_add_ons WHERE installed_add_on_sid = ?3 AND phone_number_sid <> ?2)
  AND ${isAnyFull({ accountSid: "?1", installedSid: "?3", extensions: EXTENSIONS, numbers: EVERY_NUMBER })})`;

const UNASSIGN = `DELETE FROM assigned_add_ons WHERE account_sid = ?1 AND phone_number_sid = ?2 AND installed_add_on_sid = ?3 AND NOT ${IS_FULL_WITHOUT}`;

/** @returns false when there is no such assignment, or when as many others run somewhere as may be and this one would run everywhere. */
export async function unassignAddOn(db: D1Database, { accountSid, phoneNumberSid }: Place, sid: string): Promise<boolean> {
  const { meta } = await db.prepare(UNASSIGN).bind(accountSid, phoneNumberSid, sid).run();
  return meta.changes > 0;
}

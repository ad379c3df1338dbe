import { and, eq, sql, type SQL } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { INCOMING_EXTENSIONS } from "../../domain/catalog/extension-states.ts";
import { pageQuery, type Page, type PageRequest } from "./page.ts";
import { phoneNumbers } from "./schema.ts";

export type PhoneNumberRow = typeof phoneNumbers.$inferSelect;

/** What can be changed of a number; null clears a URL, and what is undefined stays as it is. */
export type PhoneNumberChange = {
  [K in Exclude<keyof PhoneNumberRow, "sid" | "accountSid" | "phoneNumber" | "createdAt" | "updatedAt">]?: PhoneNumberRow[K] | undefined;
};

export async function getPhoneNumber(db: DrizzleD1Database, accountSid: string, sid: string): Promise<PhoneNumberRow | undefined> {
  return db.select().from(phoneNumbers).where(of(accountSid, sid)).get();
}

/** @property digits a part of the number, from its start if it begins with a plus; `*` is any one digit. */
export type PhoneNumberFilter = { digits?: string | undefined; friendlyName?: string | undefined };

export async function listPhoneNumbers(db: DrizzleD1Database, accountSid: string, filter: PhoneNumberFilter, request: PageRequest): Promise<Page<PhoneNumberRow>> {
  const page = pageQuery(request, phoneNumbers);
  const where = and(
    eq(phoneNumbers.accountSid, accountSid),
    page.where,
    filter.digits === undefined ? undefined : hasDigits(filter.digits),
    filter.friendlyName === undefined ? undefined : eq(phoneNumbers.friendlyName, filter.friendlyName),
  );
  const rows = await db.select().from(phoneNumbers).where(where).orderBy(...page.orderBy).limit(page.limit).offset(page.offset);
  return page.pageOf(rows, (row) => ({ createdAtMs: row.createdAt, sid: row.sid }));
}

/** Without its plus a number is digits only, so that LIKE's "any character" is any digit. */
function hasDigits(digits: string): SQL {
  const pattern = digits.replace("+", "").replaceAll("*", "_");
  return sql`substr(${phoneNumbers.phoneNumber}, 2) LIKE ${digits.startsWith("+") ? `${pattern}%` : `%${pattern}%`}`;
}

export async function updatePhoneNumber(db: DrizzleD1Database, accountSid: string, sid: string, change: PhoneNumberChange): Promise<PhoneNumberRow | undefined> {
  return db
    .update(phoneNumbers)
    .set({ ...change, updatedAt: Date.now() })
    .where(of(accountSid, sid))
    .returning()
    .get();
}

/**
 * An install that is assigned to no number runs on all of them. One that was for this number alone must not begin to do that because the
 * number goes, with nobody having asked for it, so it is switched off for what comes in.
 */
const SWITCH_OFF_ASSIGNED_HERE_ALONE = `UPDATE installed_add_ons
  SET extensions = json_replace(extensions, ${INCOMING_EXTENSIONS.map((extension) => `'$."${extension}"', json('false')`).join(", ")}), updated_at = ?3
  WHERE account_sid = ?1
    AND sid IN (SELECT installed_add_on_sid FROM assigned_add_ons WHERE account_sid = ?1 AND phone_number_sid = ?2)
    AND NOT EXISTS (SELECT 1 FROM assigned_add_ons elsewhere WHERE elsewhere.installed_add_on_sid = installed_add_ons.sid AND elsewhere.phone_number_sid <> ?2)`;

/** Removes a number and its assignments together. @returns the number in E.164; nothing when the account has no such number. */
export async function deletePhoneNumber(db: D1Database, accountSid: string, sid: string): Promise<string | undefined> {
  const results = await db.batch<{ phone_number: string }>([
    db.prepare(SWITCH_OFF_ASSIGNED_HERE_ALONE).bind(accountSid, sid, Date.now()),
    db.prepare("DELETE FROM assigned_add_ons WHERE account_sid = ?1 AND phone_number_sid = ?2").bind(accountSid, sid),
    db.prepare("DELETE FROM phone_numbers WHERE account_sid = ?1 AND sid = ?2 RETURNING phone_number").bind(accountSid, sid),
  ]);
  return results.at(-1)?.results[0]?.phone_number;
}

/** Every read and write names the account: a number of another one does not exist. */
const of = (accountSid: string, sid: string) => and(eq(phoneNumbers.accountSid, accountSid), eq(phoneNumbers.sid, sid));

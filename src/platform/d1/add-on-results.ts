import { and, eq } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { pageQuery, type Page, type PageRequest } from "./page.ts";
import { addOnResults } from "./recordings-schema.ts";

export type AddOnResultRow = typeof addOnResults.$inferSelect;

/** Whose recording a result must be of. */
export type OfRecording = { accountSid: string; recordingSid: string };

export async function listAddOnResults(db: DrizzleD1Database, owner: OfRecording, request: PageRequest): Promise<Page<AddOnResultRow>> {
  const page = pageQuery(request, addOnResults);
  const rows = await db
    .select()
    .from(addOnResults)
    .where(and(ofRecording(owner), page.where))
    .orderBy(...page.orderBy)
    .limit(page.limit)
    .offset(page.offset);
  return page.pageOf(rows, (row) => ({ createdAtMs: row.createdAt, sid: row.sid }));
}

export async function getAddOnResult(db: DrizzleD1Database, owner: OfRecording, sid: string): Promise<AddOnResultRow | undefined> {
  return db
    .select()
    .from(addOnResults)
    .where(and(ofRecording(owner), eq(addOnResults.sid, sid)))
    .get();
}

/** By its SID alone, whichever of the account's recordings it is of. */
export async function getAddOnResultOfAccount(db: DrizzleD1Database, accountSid: string, sid: string): Promise<AddOnResultRow | undefined> {
  return db
    .select()
    .from(addOnResults)
    .where(and(eq(addOnResults.accountSid, accountSid), eq(addOnResults.sid, sid)))
    .get();
}

const ofRecording = ({ accountSid, recordingSid }: OfRecording) => and(eq(addOnResults.accountSid, accountSid), eq(addOnResults.recordingSid, recordingSid));

import { and, eq, exists, gte, inArray, lt } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { pageQuery, type Page, type PageRequest } from "./page.ts";
import { addOnResults, audioUploads, deadLetters, payloads, recordings } from "./recordings-schema.ts";

export type RecordingRow = typeof recordings.$inferSelect;

/**
 * Makes stored audio a recording, and ends its upload.
 * @returns false when there is a recording with this SID, whosever it is.
 */
export async function insertRecording(db: DrizzleD1Database, row: RecordingRow, uploadBegunAtMs: number): Promise<boolean> {
  const isOurs = exists(db.select({ sid: recordings.sid }).from(recordings).where(of(row.accountSid, row.sid)));
  const [inserted] = await db.batch([
    db.insert(recordings).values(row).onConflictDoNothing().returning({ sid: recordings.sid }),
    // Where the SID is another account's, what was stored is nobody's: its row stays, until the audio is deleted.
    db.delete(audioUploads).where(and(eq(audioUploads.accountSid, row.accountSid), eq(audioUploads.recordingSid, row.sid), eq(audioUploads.begunAt, uploadBegunAtMs), isOurs)),
  ]);
  return inserted.length > 0;
}

/** Whosever it is: a SID is given only once. What an account may see, it asks for with `getRecording`. */
export async function findRecording(db: DrizzleD1Database, sid: string): Promise<RecordingRow | undefined> {
  return db.select().from(recordings).where(eq(recordings.sid, sid)).get();
}

export async function getRecording(db: DrizzleD1Database, accountSid: string, sid: string): Promise<RecordingRow | undefined> {
  return db.select().from(recordings).where(of(accountSid, sid)).get();
}

/** Times are milliseconds: from the first one on, and before the second one. */
export type RecordingFilter = { callSid?: string | undefined; fromMs?: number | undefined; beforeMs?: number | undefined };

export async function listRecordings(db: DrizzleD1Database, accountSid: string, filter: RecordingFilter, request: PageRequest): Promise<Page<RecordingRow>> {
  const page = pageQuery(request, recordings);
  const where = and(
    eq(recordings.accountSid, accountSid),
    page.where,
    filter.callSid === undefined ? undefined : eq(recordings.callSid, filter.callSid),
    filter.fromMs === undefined ? undefined : gte(recordings.createdAt, filter.fromMs),
    filter.beforeMs === undefined ? undefined : lt(recordings.createdAt, filter.beforeMs),
  );
  const rows = await db.select().from(recordings).where(where).orderBy(...page.orderBy).limit(page.limit).offset(page.offset);
  return page.pageOf(rows, (row) => ({ createdAtMs: row.createdAt, sid: row.sid }));
}

/** What hangs on a recording: its add-ons' invocations, and where their results are in R2; null when it is not there any more, but perhaps another one with its SID. */
export async function dependentsOf(db: DrizzleD1Database, { accountSid, sid, createdAt }: RecordingRow): Promise<{ xrs: string[]; keys: string[] } | null> {
  const [present, results, stored] = await db.batch([
    db.select({ sid: recordings.sid }).from(recordings).where(and(of(accountSid, sid), eq(recordings.createdAt, createdAt))),
    db.select({ sid: addOnResults.sid }).from(addOnResults).where(and(eq(addOnResults.accountSid, accountSid), eq(addOnResults.recordingSid, sid))),
    db.select({ key: payloads.key }).from(payloads).where(and(eq(payloads.accountSid, accountSid), eq(payloads.recordingSid, sid))),
  ]);
  return present.length === 0 ? null : { xrs: results.map((result) => result.sid), keys: stored.map((payload) => payload.key) };
}

/**
 * Removes a recording and everything that hangs on it, in one transaction.
 * @returns the invocations that hung on it, also those that began a moment ago.
 */
export async function deleteRecordingRows(db: DrizzleD1Database, { accountSid, sid, createdAt }: RecordingRow): Promise<string[]> {
  // Not another one that has its SID by now.
  const isThere = exists(db.select({ sid: recordings.sid }).from(recordings).where(and(of(accountSid, sid), eq(recordings.createdAt, createdAt))));
  const results = db.select({ sid: addOnResults.sid }).from(addOnResults).where(and(eq(addOnResults.accountSid, accountSid), eq(addOnResults.recordingSid, sid)));
  const [, , deleted] = await db.batch([
    db.delete(payloads).where(and(eq(payloads.accountSid, accountSid), eq(payloads.recordingSid, sid), isThere)),
    db.delete(deadLetters).where(and(eq(deadLetters.accountSid, accountSid), inArray(deadLetters.addOnResultSid, results), isThere)),
    db.delete(addOnResults).where(and(eq(addOnResults.accountSid, accountSid), eq(addOnResults.recordingSid, sid), isThere)).returning({ sid: addOnResults.sid }),
    db.delete(recordings).where(and(of(accountSid, sid), eq(recordings.createdAt, createdAt))),
  ]);
  return deleted.map((result) => result.sid);
}

/** Every read and write but `findRecording` names the account: a recording of another one does not exist. */
const of = (accountSid: string, sid: string) => and(eq(recordings.accountSid, accountSid), eq(recordings.sid, sid));

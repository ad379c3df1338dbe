import { and, eq, getTableColumns } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { pageQuery, type Page, type PageRequest } from "./page.ts";
import { payloads } from "./recordings-schema.ts";
import { accounts } from "./schema.ts";

export type PayloadRow = typeof payloads.$inferSelect;

/** Whose result a payload must be of. */
export type OfResult = { accountSid: string; recordingSid: string; addOnResultSid: string };

export async function listPayloads(db: DrizzleD1Database, owner: OfResult, request: PageRequest): Promise<Page<PayloadRow>> {
  const page = pageQuery(request, payloads);
  const rows = await db
    .select()
    .from(payloads)
    .where(and(ofResult(owner), page.where))
    .orderBy(...page.orderBy)
    .limit(page.limit)
    .offset(page.offset);
  return page.pageOf(rows, (row) => ({ createdAtMs: row.createdAt, sid: row.sid }));
}

export async function getPayload(db: DrizzleD1Database, owner: OfResult, sid: string): Promise<PayloadRow | undefined> {
  return db
    .select()
    .from(payloads)
    .where(and(ofResult(owner), eq(payloads.sid, sid)))
    .get();
}

/** For a URL that was signed for this payload. An account that was suspended since then is served nothing. */
export async function getSignedPayload(db: DrizzleD1Database, sid: string): Promise<PayloadRow | undefined> {
  return db
    .select(getTableColumns(payloads))
    .from(payloads)
    .innerJoin(accounts, eq(accounts.sid, payloads.accountSid))
    .where(and(eq(payloads.sid, sid), eq(accounts.status, "active")))
    .get();
}

export async function deletePayloadRow(db: DrizzleD1Database, { accountSid, sid }: Pick<PayloadRow, "accountSid" | "sid">): Promise<void> {
  await db.delete(payloads).where(and(eq(payloads.accountSid, accountSid), eq(payloads.sid, sid)));
}

const ofResult = ({ accountSid, recordingSid, addOnResultSid }: OfResult) =>
  and(eq(payloads.accountSid, accountSid), eq(payloads.recordingSid, recordingSid), eq(payloads.addOnResultSid, addOnResultSid));

import { and, eq } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { pageQuery, type Page, type PageRequest } from "./page.ts";
import { deadLetters } from "./recordings-schema.ts";

export type DeadLetterRow = typeof deadLetters.$inferSelect;

export async function listDeadLetters(db: DrizzleD1Database, accountSid: string, request: PageRequest): Promise<Page<DeadLetterRow>> {
  const page = pageQuery(request, deadLetters);
  const rows = await db
    .select()
    .from(deadLetters)
    .where(and(eq(deadLetters.accountSid, accountSid), page.where))
    .orderBy(...page.orderBy)
    .limit(page.limit)
    .offset(page.offset);
  return page.pageOf(rows, (row) => ({ createdAtMs: row.createdAt, sid: row.sid }));
}

export async function getDeadLetter(db: DrizzleD1Database, accountSid: string, sid: string): Promise<DeadLetterRow | undefined> {
  return db.select().from(deadLetters).where(of(accountSid, sid)).get();
}

export async function markRedelivered(db: DrizzleD1Database, accountSid: string, sid: string, nowMs: number): Promise<DeadLetterRow | undefined> {
  return db.update(deadLetters).set({ redeliveredAt: nowMs, updatedAt: nowMs }).where(of(accountSid, sid)).returning().get();
}

const of = (accountSid: string, sid: string) => and(eq(deadLetters.accountSid, accountSid), eq(deadLetters.sid, sid));

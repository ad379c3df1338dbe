import { eq } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { newSid } from "../randomness.ts";
import { pageQuery, type Page, type PageRequest } from "./page.ts";
import { deadMessages } from "./recordings-schema.ts";

export type DeadMessageRow = typeof deadMessages.$inferSelect;

/** The same message that dies again is the same dead letter, to be sent again anew. */
const RECORD = `INSERT INTO dead_messages (sid, message, deaths, created_at, updated_at) VALUES (?1, ?2, 1, ?3, ?3)
  ON CONFLICT (message) DO UPDATE SET deaths = deaths + 1, redelivered_at = NULL, updated_at = excluded.updated_at`;

export async function recordDeadMessage(db: D1Database, message: string, nowMs: number): Promise<void> {
  await db.prepare(RECORD).bind(newSid("DL"), message, nowMs).run();
}

export async function listDeadMessages(db: DrizzleD1Database, request: PageRequest): Promise<Page<DeadMessageRow>> {
  const page = pageQuery(request, deadMessages);
  const rows = await db.select().from(deadMessages).where(page.where).orderBy(...page.orderBy).limit(page.limit).offset(page.offset);
  return page.pageOf(rows, (row) => ({ createdAtMs: row.createdAt, sid: row.sid }));
}

export async function getDeadMessage(db: DrizzleD1Database, sid: string): Promise<DeadMessageRow | undefined> {
  return db.select().from(deadMessages).where(eq(deadMessages.sid, sid)).get();
}

export async function markMessageRedelivered(db: DrizzleD1Database, sid: string, nowMs: number): Promise<DeadMessageRow | undefined> {
  return db.update(deadMessages).set({ redeliveredAt: nowMs, updatedAt: nowMs }).where(eq(deadMessages.sid, sid)).returning().get();
}

/** @returns how many it deleted; fewer than `limit` when no more are past their time. */
export async function deleteOldDeadMessages(db: D1Database, beforeMs: number, limit: number): Promise<number> {
  const { meta } = await db.prepare("DELETE FROM dead_messages WHERE sid IN (SELECT sid FROM dead_messages WHERE updated_at < ?1 LIMIT ?2)").bind(beforeMs, limit).run();
  return meta.changes;
}

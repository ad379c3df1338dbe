import { and, eq } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { hexOf, sha256Hex } from "../../domain/bytes.ts";
import { newSid, randomBytes } from "../randomness.ts";
import { pageQuery, type Page, type PageRequest } from "./page.ts";
import { apiKeys } from "./schema.ts";

export type ApiKeyRow = typeof apiKeys.$inferSelect;

/** @returns the key and its secret, 256 random bits, which is shown this once and never stored. */
export async function createApiKey(db: DrizzleD1Database, accountSid: string, friendlyName: string): Promise<{ key: ApiKeyRow; secret: string }> {
  const secret = hexOf(randomBytes(32));
  const nowMs = Date.now();
  const key = { sid: newSid("SK"), accountSid, friendlyName, secretSha256: await sha256Hex(secret), createdAt: nowMs, updatedAt: nowMs };
  await db.insert(apiKeys).values(key);
  return { key, secret };
}

export async function countApiKeys(db: DrizzleD1Database, accountSid: string): Promise<number> {
  return db.$count(apiKeys, eq(apiKeys.accountSid, accountSid));
}

export async function getApiKey(db: DrizzleD1Database, accountSid: string, sid: string): Promise<ApiKeyRow | undefined> {
  return db.select().from(apiKeys).where(of(accountSid, sid)).get();
}

export async function listApiKeys(db: DrizzleD1Database, accountSid: string, request: PageRequest): Promise<Page<ApiKeyRow>> {
  const page = pageQuery(request, apiKeys);
  const rows = await db
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.accountSid, accountSid), page.where))
    .orderBy(...page.orderBy)
    .limit(page.limit)
    .offset(page.offset);
  return page.pageOf(rows, (row) => ({ createdAtMs: row.createdAt, sid: row.sid }));
}

export async function renameApiKey(db: DrizzleD1Database, accountSid: string, sid: string, friendlyName: string): Promise<ApiKeyRow | undefined> {
  return db.update(apiKeys).set({ friendlyName, updatedAt: Date.now() }).where(of(accountSid, sid)).returning().get();
}

export async function deleteApiKey(db: DrizzleD1Database, accountSid: string, sid: string): Promise<ApiKeyRow | undefined> {
  return db.delete(apiKeys).where(of(accountSid, sid)).returning().get();
}

/** Every read and write names the account: a key of another one does not exist. */
const of = (accountSid: string, sid: string) => and(eq(apiKeys.accountSid, accountSid), eq(apiKeys.sid, sid));

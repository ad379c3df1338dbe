import { and, eq, lt, sql } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { hexOf, sha256Hex } from "../../domain/bytes.ts";
import { API_KEYS_PER_ACCOUNT } from "../../domain/limits.ts";
import { newSid, randomBytes } from "../randomness.ts";
import { pageQuery, type Page, type PageRequest } from "./page.ts";
import { accounts, apiKeys } from "./schema.ts";

export type ApiKeyRow = typeof apiKeys.$inferSelect;

/**
 * Counted and inserted in one statement, so that requests at once cannot go over the limit together.
 * @returns the key and its secret, 256 random bits, which is shown this once and never stored; null when the account has as many keys as it may.
 */
export async function createApiKey(db: DrizzleD1Database, accountSid: string, friendlyName: string): Promise<{ key: ApiKeyRow; secret: string } | null> {
  const secret = hexOf(randomBytes(32));
  const nowMs = Date.now();
  const values = db
    .select({
      sid: sql`${newSid("SK")}`.as("sid"),
      accountSid: accounts.sid,
      friendlyName: sql`${friendlyName}`.as("friendly_name"),
      secretSha256: sql`${await sha256Hex(secret)}`.as("secret_sha256"),
      createdAt: sql`${nowMs}`.as("created_at"),
      updatedAt: sql`${nowMs}`.as("updated_at"),
    })
    .from(accounts)
    .where(and(eq(accounts.sid, accountSid), lt(db.$count(apiKeys, eq(apiKeys.accountSid, accountSid)), API_KEYS_PER_ACCOUNT)));
  const [key] = await db.insert(apiKeys).select(values).returning();
  return key === undefined ? null : { key, secret };
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

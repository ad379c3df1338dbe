import { eq } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { hexOf, sha256Hex } from "../../domain/bytes.ts";
import { newSid, randomBytes } from "../randomness.ts";
import { testCredentials } from "./schema.ts";

export type TestCredentialsRow = typeof testCredentials.$inferSelect;

/**
 * Makes an account's test credentials, or gives those that it has a new token.
 * @returns them with their token, 256 random bits, which is shown this once and never stored.
 */
export async function renewTestCredentials(db: DrizzleD1Database, accountSid: string): Promise<{ row: TestCredentialsRow; token: string }> {
  const token = hexOf(randomBytes(32));
  const secretSha256 = await sha256Hex(token);
  const nowMs = Date.now();
  const [row] = await db
    .insert(testCredentials)
    .values({ accountSid, sid: newSid("AC"), secretSha256, createdAt: nowMs, updatedAt: nowMs })
    .onConflictDoUpdate({ target: testCredentials.accountSid, set: { secretSha256, updatedAt: nowMs } })
    .returning();
  if (row === undefined) throw new Error(`the test credentials of ${accountSid} were not stored`);
  return { row, token };
}

export async function getTestCredentials(db: DrizzleD1Database, accountSid: string): Promise<TestCredentialsRow | undefined> {
  return db.select().from(testCredentials).where(eq(testCredentials.accountSid, accountSid)).get();
}

export async function deleteTestCredentials(db: DrizzleD1Database, accountSid: string): Promise<TestCredentialsRow | undefined> {
  return db.delete(testCredentials).where(eq(testCredentials.accountSid, accountSid)).returning().get();
}

import { and, eq, ne } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { hexOf } from "../../domain/bytes.ts";
import type { AccountStatus } from "../../domain/catalog/install.ts";
import type { Settings } from "../../env.ts";
import { decryptText, encryptText } from "../encryption.ts";
import { newAuthToken, newSid, randomBytes } from "../randomness.ts";
import { pageQuery, type Page, type PageRequest } from "./page.ts";
import { accounts } from "./schema.ts";

export type AccountRow = typeof accounts.$inferSelect;

/**
 * @param upstreamAuthToken what the account's carrier signs with; null for none.
 * @returns the account and its auth token, which is shown this once.
 */
export async function createAccount(
  db: DrizzleD1Database,
  settings: Settings,
  friendlyName: string,
  upstreamAuthToken: string | null = null,
): Promise<{ account: AccountRow; authToken: string }> {
  const sid = newSid("AC");
  const authToken = newAuthToken();
  const [account] = await db
    .insert(accounts)
    .values({
      ...(await newAccountRow(settings, sid, friendlyName, Date.now())),
      authToken: await encryptText(settings.encryptionKeys, `accounts.auth_token/${sid}`, authToken),
      upstreamAuthToken: upstreamAuthToken === null ? null : await encryptUpstreamAuthToken(settings, sid, upstreamAuthToken),
    })
    .returning();
  if (account === undefined) throw new Error(`the account ${sid} was not stored`);
  return { account, authToken };
}

/** The operator's row, without a token: that one is a secret of the deployment. */
export async function ensureOperatorAccount(db: DrizzleD1Database, settings: Settings): Promise<void> {
  const row = await newAccountRow(settings, settings.operatorAccountSid, "Operator", Date.now());
  await db.insert(accounts).values(row).onConflictDoNothing();
}

async function newAccountRow(settings: Settings, sid: string, friendlyName: string, nowMs: number) {
  return {
    sid,
    friendlyName,
    status: "active" as const,
    ownerAccountSid: settings.operatorAccountSid,
    logKey: await encryptText(settings.encryptionKeys, `accounts.log_key/${sid}`, hexOf(randomBytes(32))),
    tokensUpdatedAt: nowMs,
    createdAt: nowMs,
    updatedAt: nowMs,
  };
}

export async function getAccount(db: DrizzleD1Database, sid: string): Promise<AccountRow | undefined> {
  return db.select().from(accounts).where(eq(accounts.sid, sid)).get();
}

export type AccountFilter = { sid?: string | undefined; friendlyName?: string | undefined; status?: AccountStatus | undefined };

export async function listAccounts(db: DrizzleD1Database, filter: AccountFilter, request: PageRequest): Promise<Page<AccountRow>> {
  const page = pageQuery(request, accounts);
  const where = and(
    page.where,
    filter.sid === undefined ? undefined : eq(accounts.sid, filter.sid),
    filter.friendlyName === undefined ? undefined : eq(accounts.friendlyName, filter.friendlyName),
    filter.status === undefined ? undefined : eq(accounts.status, filter.status),
  );
  const rows = await db.select().from(accounts).where(where).orderBy(...page.orderBy).limit(page.limit).offset(page.offset);
  return page.pageOf(rows, (row) => ({ createdAtMs: row.createdAt, sid: row.sid }));
}

const encryptUpstreamAuthToken = (settings: Settings, sid: string, token: string): Promise<string> => encryptText(settings.encryptionKeys, `accounts.upstream_auth_token/${sid}`, token);

/** @property upstreamAuthToken null removes it. */
export type AccountChange = { friendlyName?: string | undefined; status?: AccountStatus | undefined; upstreamAuthToken?: string | null | undefined };

/** @returns nothing when there is no such account, or its status would change and it is closed: that is for good. */
export async function updateAccount(db: DrizzleD1Database, settings: Settings, sid: string, change: AccountChange): Promise<AccountRow | undefined> {
  const { upstreamAuthToken: token, status } = change;
  const upstreamAuthToken = typeof token === "string" ? await encryptUpstreamAuthToken(settings, sid, token) : token;
  return db
    .update(accounts)
    .set({ ...change, upstreamAuthToken, updatedAt: Date.now() })
    .where(and(eq(accounts.sid, sid), status === undefined || status === "closed" ? undefined : ne(accounts.status, "closed")))
    .returning()
    .get();
}

/** Sets a new secondary token in place of an earlier one. Both tokens are accepted while it stands; signing uses the primary. */
export async function createSecondaryToken(db: DrizzleD1Database, settings: Settings, sid: string): Promise<{ account: AccountRow; token: string } | undefined> {
  const token = newAuthToken();
  const nowMs = Date.now();
  const secondaryAuthToken = await encryptText(settings.encryptionKeys, `accounts.secondary_auth_token/${sid}`, token);
  const account = await db
    .update(accounts)
    .set({ secondaryAuthToken, secondaryCreatedAt: nowMs, tokensUpdatedAt: nowMs })
    .where(eq(accounts.sid, sid))
    .returning()
    .get();
  return account && { account, token };
}

/** @returns false when there is no secondary token. */
export async function deleteSecondaryToken(db: DrizzleD1Database, account: AccountRow): Promise<boolean> {
  return setTokens(db, account, { secondaryAuthToken: null, secondaryCreatedAt: null });
}

/** Makes the secondary token the primary one; the old primary stops. @returns null when there is none, or it changed meanwhile. */
export async function promoteSecondaryToken(db: DrizzleD1Database, settings: Settings, account: AccountRow): Promise<string | null> {
  const { sid, secondaryAuthToken } = account;
  if (secondaryAuthToken === null) return null;
  const token = await decryptText(settings.encryptionKeys, `accounts.secondary_auth_token/${sid}`, secondaryAuthToken);
  const authToken = await encryptText(settings.encryptionKeys, `accounts.auth_token/${sid}`, token);
  return (await setTokens(db, account, { authToken, secondaryAuthToken: null, secondaryCreatedAt: null })) ? token : null;
}

/** Writes only when the secondary token is still the one that was read, so that two calls at once cannot undo each other. */
async function setTokens(db: DrizzleD1Database, account: AccountRow, change: Partial<AccountRow>): Promise<boolean> {
  if (account.secondaryAuthToken === null) return false;
  const changed = await db
    .update(accounts)
    .set({ ...change, tokensUpdatedAt: Date.now() })
    .where(and(eq(accounts.sid, account.sid), eq(accounts.secondaryAuthToken, account.secondaryAuthToken)))
    .returning({ sid: accounts.sid });
  return changed.length > 0;
}

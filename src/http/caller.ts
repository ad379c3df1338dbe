import { createMiddleware } from "hono/factory";
import { utf8 } from "../domain/bytes.ts";
import { isSid } from "../domain/sid.ts";
import type { AccountSnapshot } from "../platform/d1/account-snapshot.ts";
import type { Gateway } from "../wiring.ts";
import type { AppEnv } from "./context.ts";
import { notFoundMessage, refuse } from "./refused.ts";

/**
 * Who is calling, by HTTP Basic: an account SID with its auth token, or the SID of an API key or of test credentials with its secret.
 * @property account the owner, whose test credentials or key it may be.
 */
export type Caller = { account: AccountSnapshot; isOperator: boolean; usesKey: boolean; isTest: boolean };

/**
 * Who may call a route. Declared once with the route: authentication and its description come from it.
 * - `anyone`: no credentials needed
 * - `account`: any active account
 * - `account_or_test`: the same, also with its test credentials, which may call nothing else
 * - `token`: any active account, with its auth token; an API key is not enough
 * - `operator`: the operator, with its auth token
 * - `carrier`: the operator's switch by HTTP Basic, or a carrier by its signature; the route checks that itself, since it depends on the number
 */
export type MayCall = "anyone" | "account" | "account_or_test" | "token" | "operator" | "carrier";

/**
 * Authenticates, limits the rate, and finds the account that the path is about before it says what an API key may not do there:
 * somebody else's account is not found, never forbidden.
 */
export const callerMiddleware = (mayCall: Exclude<MayCall, "anyone" | "carrier">) =>
  createMiddleware<AppEnv>(async (c, next) => {
    const { gateway } = c.var;
    const caller = await authenticate(gateway, c.req.header("Authorization"), c.req.header("CF-Connecting-IP") ?? "unknown");
    limitRate(gateway, caller.account.sid);
    // Before the path is looked at: whatever stands there, test credentials are told the same.
    if (mayCall !== "account_or_test") refuseTestCredentials(caller);
    if (mayCall === "operator" && !caller.isOperator) refuse({ kind: "forbidden", message: "Only the operator may do this" });
    const accountSid = await accountOfPath(gateway, caller, c.req.param("AccountSid"));
    if ((mayCall === "token" || mayCall === "operator") && caller.usesKey) refuse({ kind: "forbidden", message: "An API key may not do this: use the account's auth token" });
    c.set("caller", caller);
    c.set("accountSid", accountSid);
    await next();
  });

/** @param address the client's, which the platform puts into CF-Connecting-IP; a local run has none. */
export async function authenticate(gateway: Gateway, authorization: string | undefined, address: string): Promise<Caller> {
  const credentials = basicCredentials(authorization);
  if (credentials === null) refuse({ kind: "unauthenticated" });
  const { login, secret } = credentials;
  const secretHash = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(secret)));
  // Made-up logins must not cost reads of their own, and valid credentials behind the same address must come through among them.
  if (gateway.signInFailures.turnsAway(address, Date.now()) && !gateway.snapshots.knows(login) && !(await gateway.isKnownLogin(login))) refuseFailures(1);
  // A refusal is never given from the snapshot: what was created or rotated a moment ago counts at once.
  let account = await gateway.snapshots.get(login);
  if (!accepts(account, login, secretHash)) account = await gateway.recheckAccount(login);
  if (account === null || !accepts(account, login, secretHash)) {
    // Valid credentials are never locked out by somebody else's guesses: only the guesses are.
    if (await gateway.signInFailures.count(login, account === null ? address : null, Date.now())) refuseFailures(60);
    refuse({ kind: "unauthenticated" });
  }
  if (account.status !== "active") account = (await gateway.recheckAccount(login)) ?? account;
  if (account.status !== "active") refuse({ kind: "account_not_active", accountSid: account.sid });
  const usesKey = isSid("SK", login);
  const isTest = !usesKey && login !== account.sid;
  return { account, isOperator: account.sid === gateway.settings.operatorAccountSid, usesKey, isTest };
}

/** To be called wherever a caller was authenticated, but for what test credentials are for. */
export function refuseTestCredentials({ isTest }: Caller): void {
  if (isTest) refuse({ kind: "test_credentials", message: "Resource not accessible with Test Account Credentials" });
}

function basicCredentials(authorization: string | undefined): { login: string; secret: string } | null {
  const base64 = /^Basic +([A-Za-z0-9+/=]{1,1024})$/i.exec(authorization ?? "")?.[1];
  if (base64 === undefined) return null;
  try {
    const text = atob(base64);
    const colon = text.indexOf(":");
    const login = text.slice(0, colon);
    return colon > 0 && (isSid("AC", login) || isSid("SK", login)) ? { login, secret: text.slice(colon + 1) } : null;
  } catch {
    return null;
  }
}

/** Hashes are compared, and in constant time, so that nothing is learned from how long it takes. */
function accepts(account: AccountSnapshot | null, login: string, secretHash: Uint8Array): boolean {
  if (account === null) return false;
  const loginHash = account.loginHashes.get(login);
  const hashes = login === account.sid ? account.tokenHashes : loginHash === undefined ? [] : [loginHash];
  return hashes.some((hash) => crypto.subtle.timingSafeEqual(hash, secretHash));
}

export function refuseFailures(retryAfterSeconds: number): never {
  refuse({ kind: "too_many_requests", message: "Too many failed sign-ins; try again later", retryAfterSeconds });
}

export function limitRate(gateway: Gateway, accountSid: string): void {
  if (!gateway.rateLimit.take(accountSid, Date.now())) {
    refuse({ kind: "too_many_requests", message: `More than ${gateway.settings.accountRps} requests a second`, retryAfterSeconds: 1 });
  }
}

/** The operator may use every account's paths; anybody else's SID is not found, never forbidden. */
async function accountOfPath(gateway: Gateway, caller: Caller, accountSid: string | undefined): Promise<string> {
  if (accountSid === undefined || accountSid === caller.account.sid) return caller.account.sid;
  const account = caller.isOperator ? await accountOfSid(gateway, accountSid) : null;
  return account?.sid ?? refuse({ kind: "not_found", message: notFoundMessage("account", accountSid) });
}

/** An account by its own SID. That of test credentials, which as a login stands for their owner, is no account's. */
export async function accountOfSid(gateway: Gateway, accountSid: string): Promise<AccountSnapshot | null> {
  if (!isSid("AC", accountSid)) return null;
  const account = (await gateway.snapshots.get(accountSid)) ?? (await gateway.recheckAccount(accountSid));
  return account?.sid === accountSid ? account : null;
}

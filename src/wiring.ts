import { waitUntil } from "cloudflare:workers";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { rateLimit, type RateLimit as Buckets } from "./domain/rate-limit.ts";
import type { UrlPolicy } from "./domain/request/url-policy.ts";
import { leastRecentlyUsed } from "./domain/least-recently-used.ts";
import { CAPS_KEPT, SNAPSHOTS_KEPT } from "./domain/limits.ts";
import { settingsOf, type Env, type Settings } from "./env.ts";
import type { LastBalances, ReachedCaps } from "./invocation/credit.ts";
import type { WebhookPorts } from "./invocation/call-webhook.ts";
import type { Clock, DeveloperWebhook, Publisher } from "./invocation/ports.ts";
import type { RunPorts } from "./invocation/run-add-ons.ts";
import { deskOf } from "./platform/account-desk.ts";
import { ensureOperatorAccount } from "./platform/d1/accounts.ts";
import { snapshotReader, type AccountSnapshot } from "./platform/d1/account-snapshot.ts";
import { existingNumbers, numberReader, type NumberSnapshot } from "./platform/d1/number-snapshot.ts";
import { knownLogins, loginReader } from "./platform/d1/known-logins.ts";
import { logInvocations } from "./platform/invocation-log.ts";
import { errorOf, log } from "./platform/log.ts";
import { publisherClient } from "./platform/publisher-client.ts";
import { randomBytes } from "./platform/randomness.ts";
import { signInFailures, type SignInFailures } from "./platform/sign-in-failures.ts";
import { snapshots, type Snapshots } from "./platform/snapshots.ts";
import { webhookClient } from "./platform/webhook-client.ts";

/** Everything that the edge hands to use cases and stores, made once per isolate. */
export type Gateway = {
  settings: Settings;
  urlPolicy: UrlPolicy;
  db: DrizzleD1Database;
  d1: D1Database;
  desks: Env["ACCOUNT_DESK"];
  /** Audio and recording results. */
  recordings: R2Bucket;
  invocations: Env["RECORDING_INVOCATION"];
  /** Wake-ups for what streams audio. */
  dispatch: Queue;
  snapshots: Snapshots<AccountSnapshot>;
  /** Phone numbers by their E.164 form. */
  numbers: Snapshots<NumberSnapshot>;
  /** `snapshots.recheck`, which also makes the operator's account when it is not there yet. */
  recheckAccount(login: string): Promise<AccountSnapshot | null>;
  publisher: Publisher;
  webhook: DeveloperWebhook;
  clock: Clock;
  balances: LastBalances;
  reachedCaps: ReachedCaps;
  rateLimit: Buckets;
  signInFailures: SignInFailures;
  /** Whether a login exists, at the cost of at most ten reads a second for all that ask. */
  isKnownLogin(login: string): Promise<boolean>;
  /** The same for phone numbers. */
  isKnownNumber(e164: string): Promise<boolean>;
};

const gateways = new WeakMap<Env, Gateway>();

/** @throws MisconfiguredError, by the variable's name. */
export function gatewayOf(env: Env): Gateway {
  const made = gateways.get(env);
  if (made !== undefined) return made;
  const settings = settingsOf(env);
  const urlPolicy = { allowInsecure: settings.allowInsecurePublishers, ownOrigin: settings.publicUrl, allowUserInfo: false };
  const accountSnapshots = snapshots(snapshotReader(env.DB, settings), waitUntil);
  const gateway: Gateway = {
    settings,
    urlPolicy,
    db: drizzle(env.DB),
    d1: env.DB,
    desks: env.ACCOUNT_DESK,
    recordings: env.RECORDINGS,
    invocations: env.RECORDING_INVOCATION,
    dispatch: env.DISPATCH,
    snapshots: accountSnapshots,
    numbers: snapshots(numberReader(env.DB), waitUntil),
    async recheckAccount(login) {
      const account = await accountSnapshots.recheck(login);
      if (account !== null || login !== settings.operatorAccountSid) return account;
      // A new deployment: the operator is a secret until somebody signs in with it for the first time.
      await ensureOperatorAccount(gateway.db, settings);
      accountSnapshots.drop(login);
      return accountSnapshots.recheck(login);
    },
    publisher: publisherClient(urlPolicy),
    webhook: webhookClient(urlPolicy),
    clock,
    balances: leastRecentlyUsed<number>(SNAPSHOTS_KEPT),
    reachedCaps: leastRecentlyUsed<string>(CAPS_KEPT),
    rateLimit: rateLimit(settings.accountRps),
    signInFailures: signInFailures(env.SIGN_IN_FAILURES),
    isKnownLogin: knownLogins(loginReader(env.DB), waitUntil),
    isKnownNumber: knownLogins(existingNumbers(env.DB), waitUntil),
  };
  gateways.set(env, gateway);
  return gateway;
}

/** The ports of one request that runs add-ons for an account. */
export function runPortsOf(gateway: Gateway, accountSid: string): RunPorts {
  return {
    publisher: gateway.publisher,
    clock,
    desk: deskOf(gateway.desks, accountSid),
    balances: gateway.balances,
    reachedCaps: gateway.reachedCaps,
    randomBytes,
    ended: logInvocations,
    afterAnswer: (work) => waitUntil(work),
    reportUndelivered: (xrs) => log({ event: "void_undelivered", account_sid: accountSid, request_sids: xrs.join(" ") }),
    report: (call, error) => log({ event: "invocation_error", request_sid: call.requestSid, add_on_sid: call.installed?.addOnSid ?? null, ...errorOf(error) }),
  };
}

/** The same for what comes in, which also calls the account's webhook. */
export function deliveryPortsOf(gateway: Gateway, account: AccountSnapshot): RunPorts & WebhookPorts {
  return {
    ...runPortsOf(gateway, account.sid),
    webhook: gateway.webhook,
    async recipient() {
      // What was known when the delivery began serves while the database does not answer.
      const { status, signingKey } = (await gateway.snapshots.get(account.sid).catch(() => null)) ?? account;
      return { isActive: status === "active", signingKey };
    },
  };
}

const clock: Clock = {
  nowMs: () => Date.now(),
  random: () => Math.random(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

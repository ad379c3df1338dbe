import { FEE_PERCENT } from "./domain/billing/fee.ts";
import { CALLBACK_MIN_MS } from "./domain/recording/recording-times.ts";
import type { AccountDesk } from "./objects/account-desk.ts";
import type { RecordingInvocation } from "./objects/recording-invocation.ts";

/** Every binding, variable and secret of the Worker, as Cloudflare hands it over. Read once, by `settingsOf`. */
export type Env = {
  /** Accounts, catalogue, installs, the invocation log, the ledger. */
  DB: D1Database;
  /** Credit, usage and idempotency of one account each. */
  ACCOUNT_DESK: DurableObjectNamespace<AccountDesk>;
  /** One add-on's work on one recording each. */
  RECORDING_INVOCATION: DurableObjectNamespace<RecordingInvocation>;
  /** Audio and recording results. */
  RECORDINGS: R2Bucket;
  /** Wake-ups for the worker that streams audio. */
  DISPATCH: Queue;
  /** Failed sign-ins by account, per Cloudflare location. */
  SIGN_IN_FAILURES: RateLimit;

  /** The origin of every absolute URL that the gateway makes or checks a signature against. */
  PUBLIC_URL: string;
  /** Requests per account and second, per isolate of a location. */
  ACCOUNT_RPS: string;
  /** The marketplace's share of a publisher's earnings, a decimal number of percent. */
  TRANSACTION_FEE_PERCENT: string;
  /** The least time that a publisher has for its callback, in milliseconds: shortened by tests. Local runs only. */
  CALLBACK_MIN_MS?: string;
  /** "true": publishers over http and on loopback are allowed. Local runs only. */
  ALLOW_INSECURE_PUBLISHERS?: string;
  /** "true": submitted versions are approved at once. Local runs only. */
  AUTO_APPROVE?: string;

  /** Secret: the operator's account, the root of all others. */
  OPERATOR_ACCOUNT_SID: string;
  OPERATOR_AUTH_TOKEN: string;
  /** Secret: `<key id>:<base64 of 32 bytes>`; what is encrypted at rest names the id of its key. */
  ENCRYPTION_KEY: string;
  /** Secret: the key before the last rotation, in the same form; it still decrypts. */
  ENCRYPTION_KEY_PREVIOUS?: string;
};

export type Settings = {
  /** Without a trailing slash. */
  publicUrl: string;
  accountRps: number;
  /** From 0 to 100. A decimal text, as an add-on's own fee is: a double would round it. */
  transactionFeePercent: string;
  callbackMinMs: number;
  allowInsecurePublishers: boolean;
  autoApprove: boolean;
  operatorAccountSid: string;
  operatorAuthToken: string;
  encryptionKeys: { current: EncryptionKey; previous: EncryptionKey | null };
};

export type EncryptionKey = { id: string; bytes: Uint8Array<ArrayBuffer> };

/** A variable or secret that is missing or malformed; the message names it, and never its value. */
export class MisconfiguredError extends Error {
  override name = "MisconfiguredError";
}

/** @throws MisconfiguredError, by the variable's name. */
export function settingsOf(env: Env): Settings {
  const publicUrl = originOf("PUBLIC_URL", env.PUBLIC_URL);
  const allowInsecurePublishers = flagOf("ALLOW_INSECURE_PUBLISHERS", env.ALLOW_INSECURE_PUBLISHERS);
  const autoApprove = flagOf("AUTO_APPROVE", env.AUTO_APPROVE);
  // Two of them open the gateway to anyone's publishers, the third breaks its promise to them: a deployment that has one by mistake must not serve at all.
  if (publicUrl.protocol === "https:" && !isLoopback(publicUrl.hostname)) {
    if (allowInsecurePublishers) throw new MisconfiguredError("ALLOW_INSECURE_PUBLISHERS is for local runs only");
    if (autoApprove) throw new MisconfiguredError("AUTO_APPROVE is for local runs only");
    if (env.CALLBACK_MIN_MS !== undefined) throw new MisconfiguredError("CALLBACK_MIN_MS is for local runs only");
  }
  const current = encryptionKeyOf("ENCRYPTION_KEY", env.ENCRYPTION_KEY);
  const previous = env.ENCRYPTION_KEY_PREVIOUS ? encryptionKeyOf("ENCRYPTION_KEY_PREVIOUS", env.ENCRYPTION_KEY_PREVIOUS) : null;
  // A ciphertext names its key by id only.
  if (previous?.id === current.id) throw new MisconfiguredError("ENCRYPTION_KEY_PREVIOUS has the id of ENCRYPTION_KEY");
  return {
    publicUrl: publicUrl.origin,
    accountRps: integerOf("ACCOUNT_RPS", env.ACCOUNT_RPS),
    transactionFeePercent: matching("TRANSACTION_FEE_PERCENT", env.TRANSACTION_FEE_PERCENT, FEE_PERCENT),
    callbackMinMs: env.CALLBACK_MIN_MS === undefined ? CALLBACK_MIN_MS : integerOf("CALLBACK_MIN_MS", env.CALLBACK_MIN_MS),
    allowInsecurePublishers,
    autoApprove,
    operatorAccountSid: matching("OPERATOR_ACCOUNT_SID", env.OPERATOR_ACCOUNT_SID, /^AC[0-9a-f]{32}$/),
    operatorAuthToken: matching("OPERATOR_AUTH_TOKEN", env.OPERATOR_AUTH_TOKEN, /^.{32,}$/),
    encryptionKeys: { current, previous },
  };
}

function matching(name: string, value: string | undefined, pattern: RegExp): string {
  if (value === undefined || !pattern.test(value)) throw new MisconfiguredError(`${name} is missing or malformed`);
  return value;
}

function flagOf(name: string, value: string | undefined): boolean {
  if (value === undefined || value === "" || value === "false") return false;
  if (value === "true") return true;
  throw new MisconfiguredError(`${name} is neither "true" nor "false"`);
}

function integerOf(name: string, value: string | undefined): number {
  return Number(matching(name, value, /^[1-9]\d{0,8}$/));
}

function originOf(name: string, value: string | undefined): URL {
  const url = URL.parse(value ?? "");
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search !== "" || url.username !== "") {
    throw new MisconfiguredError(`${name} is not an http or https origin`);
  }
  return url;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function encryptionKeyOf(name: string, value: string | undefined): EncryptionKey {
  const match = /^([A-Za-z0-9_-]{1,16}):([A-Za-z0-9+/]{43}=)$/.exec(value ?? "");
  if (match?.[1] === undefined || match[2] === undefined) throw new MisconfiguredError(`${name} is not <key id>:<base64 of 32 bytes>`);
  return { id: match[1], bytes: Uint8Array.from(atob(match[2]), (character) => character.charCodeAt(0)) };
}

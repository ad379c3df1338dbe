import { hexOf, utf8 } from "./bytes.ts";

/**
 * String identifiers: two letters for the kind of thing, then 128 bits in lower-case hex. The prefixes are those of the
 * public API; CR, PY, ST and DL are ours.
 */
export const SID_KINDS = {
  AC: "account",
  SK: "API key",
  PN: "phone number",
  RE: "recording",
  CA: "call",
  SM: "message",
  MM: "message with media",
  XB: "add-on",
  XC: "add-on version",
  XD: "install",
  XE: "installed add-on",
  XF: "extension",
  XR: "invocation",
  XH: "payload",
  NO: "alert",
  RQ: "request",
  CR: "credit",
  PY: "payment",
  ST: "statement",
  DL: "dead letter",
} as const;

export type SidPrefix = keyof typeof SID_KINDS;
export type Sid<P extends SidPrefix> = `${P}${string}`;

/** @param bytes 16 bytes; the caller brings the randomness, or derives them when the SID must be the same again. */
export function sidOf<P extends SidPrefix>(prefix: P, bytes: Uint8Array): Sid<P> {
  return `${prefix}${hexOf(bytes.subarray(0, 16))}`;
}

export function isSid<P extends SidPrefix>(prefix: P, text: string): text is Sid<P> {
  return text.startsWith(prefix) && /^[0-9a-f]{32}$/.test(text.slice(2));
}

/**
 * A fresh request SID. The time in front keeps the rows of a time together in every index of request SIDs: by random ones, each insert
 * into a large table changes a page of its own.
 * @param bytes 12 random ones.
 */
export const requestSid = (nowMs: number, bytes: Uint8Array): Sid<"XR"> => `XR${secondsOf(nowMs)}${hexOf(bytes.subarray(0, 12))}`;

/** A seed from which a keyed request's SIDs are derived, of the same time. Those of the version before have no mark in front. */
export const seedOf = (nowMs: number, bytes: Uint8Array): string => `${TIMED}${secondsOf(nowMs)}${hexOf(bytes.subarray(0, 12))}`;

const TIMED = "t";
const SECONDS_DIGITS = 8;
const secondsOf = (nowMs: number): string => Math.floor(nowMs / 1_000).toString(16).padStart(SECONDS_DIGITS, "0").slice(-SECONDS_DIGITS);

/**
 * The request SID of one add-on of a keyed request. A request that is run again under the same idempotency key (because the
 * first run died) must send each publisher the same SID, which it treats as an idempotency token.
 */
export async function requestSidFromSeed(seed: string, uniqueName: string): Promise<Sid<"XR">> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(`${seed}/${uniqueName}`)));
  if (!seed.startsWith(TIMED)) return sidOf("XR", digest);
  return `XR${seed.slice(TIMED.length, TIMED.length + SECONDS_DIGITS)}${hexOf(digest.subarray(0, 12))}`;
}

/** The SID of an account's statement of a month: the same however often it is made, so that it is made once. */
export async function statementSid(role: string, accountSid: string, month: string): Promise<Sid<"ST">> {
  return sidOf("ST", new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(`${role}/${accountSid}/${month}`))));
}

/** The extension SID of an add-on at one integration point: the same for every account, so it needs no row of its own. */
export async function extensionSid(addOnSid: string, integrationPoint: string): Promise<Sid<"XF">> {
  const digest = await crypto.subtle.digest("SHA-256", utf8(`${addOnSid}/${integrationPoint}`));
  return sidOf("XF", new Uint8Array(digest));
}

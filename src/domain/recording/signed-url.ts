import { bytesOfHex, hexOf, utf8 } from "../bytes.ts";
import { hmac } from "../request/signature.ts";

/** Ours: so long a URL of a stored result works, for whoever has it. */
const SIGNED_URL_MS = 10 * 60_000;

/** What a URL of a stored result carries, both as it stands in the URL. */
export type UrlSignature = {
  /** Seconds since the epoch, from which on it does not work any more. */
  expires: string;
  /** HMAC-SHA-256 in lower-case hex. */
  signature: string;
};

/**
 * The key of the signatures, from the bytes of an encryption key. HKDF makes it one of its own: no signature tells anything about what is
 * encrypted.
 */
export async function urlSigningKey(encryptionKey: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey("raw", encryptionKey, "HKDF", false, ["deriveKey"]);
  const derivation = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8("URLs of stored results") };
  return crypto.subtle.deriveKey(derivation, material, { name: "HMAC", hash: "SHA-256", length: 256 }, false, ["sign", "verify"]);
}

export async function signResult(key: CryptoKey, payloadSid: string, nowMs: number): Promise<UrlSignature> {
  const expires = String(Math.ceil((nowMs + SIGNED_URL_MS) / 1_000));
  return { expires, signature: hexOf(await hmac(key, signedText(payloadSid, expires))) };
}

/**
 * Whether a signature is one of ours for this payload, and still works.
 * @param keys the current one and the one before the last rotation.
 */
export async function verifyResult(keys: readonly CryptoKey[], payloadSid: string, { expires, signature }: UrlSignature, nowMs: number): Promise<"valid" | "expired" | "forged"> {
  if (!/^\d{1,12}$/.test(expires) || !/^[0-9a-f]{64}$/.test(signature)) return "forged";
  const text = utf8(signedText(payloadSid, expires));
  const matches = await Promise.all(keys.map((key) => crypto.subtle.verify("HMAC", key, bytesOfHex(signature), text)));
  if (!matches.includes(true)) return "forged";
  return nowMs < Number(expires) * 1_000 ? "valid" : "expired";
}

const signedText = (payloadSid: string, expires: string): string => `${payloadSid}\n${expires}`;

import type { InvocationRecord } from "../domain/billing/invocation-record.ts";
import { hexOf } from "../domain/bytes.ts";
import { hmac } from "../domain/request/signature.ts";

/** A number as the log keeps it: its country, its last four digits, and an HMAC by which the account finds a number that it knows. */
export async function loggedNumber(logKey: CryptoKey, number: { e164: string; countryCode: string | null }): Promise<NonNullable<InvocationRecord["number"]>> {
  return { country: number.countryCode, last4: number.e164.slice(-4), hmac: await numberHmac(logKey, number.e164) };
}

export const numberHmac = async (logKey: CryptoKey, e164: string): Promise<string> => hexOf(await hmac(logKey, `phone-number ${e164}`));

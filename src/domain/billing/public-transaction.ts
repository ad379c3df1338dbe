import { hexOf } from "../bytes.ts";
import { hmac } from "../request/signature.ts";
import { reversalOf } from "./ledger.ts";

const REVERSAL = reversalOf("");

/**
 * What a publisher knows a transaction by: a developer's account is part of the ID, and no publisher is told it. Whoever has the key, and nobody else,
 * can tell what an ID becomes; a reversal still names its original.
 */
export async function publicTransaction(key: CryptoKey, transactionId: string): Promise<string> {
  const isReversal = transactionId.endsWith(REVERSAL);
  const original = isReversal ? transactionId.slice(0, -REVERSAL.length) : transactionId;
  const digest = await hmac(key, `transaction ${original}`);
  return hexOf(digest.subarray(0, 16)) + (isReversal ? REVERSAL : "");
}

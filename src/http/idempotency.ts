import { hexOf } from "../domain/bytes.ts";
import { IDEMPOTENCY_KEY_CHARACTERS } from "../domain/limits.ts";
import { hmac } from "../domain/request/signature.ts";
import type { Idempotency } from "../invocation/run-add-ons.ts";
import type { AccountSnapshot } from "../platform/d1/account-snapshot.ts";
import { decryptBlob, encryptBlob } from "../platform/encryption.ts";
import type { AppContext } from "./context.ts";
import { refuse } from "./refused.ts";

/**
 * A request's idempotency key, when it has one, as the desk is told of it. Key and parameters may hold people's data, so the desk gets
 * both as HMACs under the account's log key.
 * @param request what makes two requests the same: the decoded path and parameters.
 */
export async function idempotencyOf(c: AppContext, request: readonly (string | [string, string])[]): Promise<Idempotency | undefined> {
  const text = c.req.header("I-Twilio-Idempotency-Token") ?? c.req.header("Idempotency-Key");
  if (text === undefined) return undefined;
  if (text.length === 0 || text.length > IDEMPOTENCY_KEY_CHARACTERS) {
    return refuse({ kind: "invalid", parameter: "Idempotency-Key", message: `Idempotency-Key must have 1 to ${IDEMPOTENCY_KEY_CHARACTERS} characters` });
  }
  const { account } = c.var.caller;
  // In order of their names: the order of parameters is no difference, that of a repeated one's values is.
  const sorted = request.toSorted(([left = ""], [right = ""]) => (left < right ? -1 : left > right ? 1 : 0));
  const print = hexOf(await hmac(account.logKey, `idempotency-print ${JSON.stringify([c.req.method, ...sorted])}`));
  return { ...(await sealedUnder(c, account, `idempotency-key ${text}`)), print };
}

/**
 * A message's or call's own SID is its key. Nothing else has to be equal: a carrier that tries again may say so in a parameter.
 * @param name kind and SID.
 */
export async function deliveryIdempotency(c: AppContext, account: AccountSnapshot, name: string): Promise<Idempotency> {
  return { ...(await sealedUnder(c, account, `delivery ${name}`)), print: "delivery" };
}

async function sealedUnder(c: AppContext, account: AccountSnapshot, name: string): Promise<Omit<Idempotency, "print">> {
  const { encryptionKeys } = c.var.gateway.settings;
  const key = hexOf(await hmac(account.logKey, name));
  const place = `idempotent_answers/${account.sid}/${key}`;
  return { key, seal: (answer) => encryptBlob(encryptionKeys, place, answer), open: (sealed) => decryptBlob(encryptionKeys, place, sealed) };
}

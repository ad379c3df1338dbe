import { sha256Hex } from "../domain/bytes.ts";
import { verifyTwilioSignature } from "../domain/request/signature.ts";
import type { AccountSnapshot } from "../platform/d1/account-snapshot.ts";
import type { NumberSnapshot } from "../platform/d1/number-snapshot.ts";
import type { Gateway } from "../wiring.ts";
import { authenticate, limitRate, refuseFailures, refuseTestCredentials } from "./caller.ts";
import type { AppContext } from "./context.ts";
import { refuse } from "./refused.ts";

/** Whose number something came in for. */
export type Recipient = { number: NumberSnapshot; account: AccountSnapshot };

/** What a carrier sent: to which number, and the parameters that its signature covers. */
export type Delivered = { to: string | null; parameters: readonly (readonly [string, string])[] };

/**
 * Who may deliver, to be asked before anything is parsed: the operator's switch by HTTP Basic, or a carrier that signs. Where both are
 * sent, Basic decides.
 * @returns how the recipient of what was sent is then found.
 */
export async function requireCarrier(c: AppContext): Promise<(delivered: Delivered) => Promise<Recipient>> {
  const { gateway } = c.var;
  const authorization = c.req.header("Authorization");
  const address = c.req.header("CF-Connecting-IP") ?? "unknown";
  const signature = c.req.header("X-Twilio-Signature");
  if (authorization !== undefined) {
    const caller = await authenticate(gateway, authorization, address);
    refuseTestCredentials(caller);
    if (!caller.isOperator) refuse({ kind: "forbidden", message: "Only the operator's switch, or a carrier by its signature, may deliver messages and calls" });
    return (delivered) => recipientFor(gateway, delivered, (number) => verifiedRecipient(gateway, number));
  }
  if (signature === undefined) return refuse({ kind: "unauthenticated" });
  // By the text: a URL parser would rewrite what was signed, such as `'` or an empty query.
  const url = gateway.settings.publicUrl + c.req.url.replace(/^[a-z]+:\/\/[^/?#]*/i, "");
  return (delivered) => signedRecipient(gateway, delivered, { signature, url, address });
}

/** The operator's switch delivers to the numbers that the operator vouches for. Any other does not exist for it. */
async function verifiedRecipient(gateway: Gateway, number: NumberSnapshot): Promise<Recipient | null> {
  if (!number.isVerified) return null;
  const account = await gateway.snapshots.get(number.accountSid);
  return account && { number, account };
}

async function recipientFor(gateway: Gateway, { to }: Delivered, accept: (number: NumberSnapshot) => Promise<Recipient | null>): Promise<Recipient> {
  const notFound = { kind: "not_found", message: "To is not a number that an account of this gateway has, or not one that is verified" } as const;
  if (to === null) return refuse(notFound);
  const known = await gateway.numbers.get(to);
  const recipient = known && (await accept(known));
  if (recipient !== null) return requireActive(gateway, recipient);
  // A refusal is never given from memory: a number that was made or verified a moment ago counts at once.
  const number = await gateway.numbers.recheck(to);
  const rechecked = number && (await accept(number));
  return rechecked === null ? refuse(notFound) : requireActive(gateway, rechecked);
}

/**
 * A carrier that signs under the UpstreamAuthToken of the account that has the number. Who does not is not told whether the number exists,
 * neither by the answer nor by its time: nobody is to find out which numbers have accounts here.
 */
async function signedRecipient(gateway: Gateway, { to, parameters }: Delivered, signed: Signed): Promise<Recipient> {
  if (to === null) return refuseSigned();
  const signer = async (number: NumberSnapshot | null, account: AccountSnapshot | null): Promise<Recipient | null> => {
    if (number === null || account === null || account.upstreamKey === null) return null;
    return (await verifyTwilioSignature(account.upstreamKey, signed.signature, signed.url, parameters)) ? { number, account } : null;
  };
  // Made-up numbers must not cost reads of their own, and a carrier behind the same address must come through among them.
  const isTurnedAway = gateway.signInFailures.turnsAway(signed.address, Date.now());
  const number = !isTurnedAway || gateway.numbers.knows(to) ? await gateway.numbers.get(to) : null;
  const account = number && (await gateway.snapshots.get(number.accountSid));
  const recipient = await signer(number, account);
  if (recipient !== null) return requireActive(gateway, recipient);
  if (!isTurnedAway || (await gateway.isKnownNumber(to))) {
    const fresh = await gateway.numbers.recheck(to);
    const freshAccount = fresh && (await gateway.recheckAccount(fresh.accountSid));
    const isOther = fresh !== number || freshAccount !== account;
    const rechecked = isOther ? await signer(fresh, freshAccount) : null;
    if (rechecked !== null) return requireActive(gateway, rechecked);
  }
  // By the number, whether or not an account has it; as a hash, since the counter is not ours.
  const name = `signature/${await sha256Hex(to)}`;
  if (await gateway.signInFailures.count(name, number === null ? signed.address : null, Date.now())) refuseFailures(60);
  return refuseSigned();
}

type Signed = { signature: string; url: string; address: string };

function refuseSigned(): never {
  return refuse({ kind: "forbidden", message: "X-Twilio-Signature does not fit: sign under the UpstreamAuthToken of the account that has the number in To" });
}

async function requireActive(gateway: Gateway, { number, account }: Recipient): Promise<Recipient> {
  const current = account.status === "active" ? account : ((await gateway.recheckAccount(account.sid)) ?? account);
  if (current.status !== "active") refuse({ kind: "account_not_active", accountSid: current.sid });
  limitRate(gateway, current.sid);
  return { number, account: current };
}

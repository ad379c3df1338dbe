import { isCreditShort } from "../domain/billing/credit.ts";
import type { AddOnCall } from "../domain/response/outcome.ts";
import { callOnce } from "./desk.ts";
import type { Clock, Credit } from "./ports.ts";

/** What each account's desk last said is left, as far as this isolate knows. */
export type LastBalances = { get(accountSid: string): number | undefined; set(accountSid: string, leftMicros: number): void };

type CreditPorts = { balances: LastBalances; clock: Clock; desk: { balance(): Promise<{ leftMicros: number }> } };

/** Ours: a desk that is awake answers within a few milliseconds, one that has to start within some hundred. */
export const BALANCE_REPLY_MS = 500;

/**
 * The credit of one request's calls. While the desk's last answer leaves plenty, no question is asked, and the desk decides when the
 * request is settled; when credit is short, or nothing is known yet, the desk is asked once, before any add-on's time starts: how
 * long our own desk takes is not the publisher's doing.
 */
export async function creditFor(accountSid: string, calls: readonly AddOnCall[], { balances, clock, desk }: CreditPorts): Promise<Credit> {
  const requestMicros = calls.reduce((sum, { installed }) => sum + (installed === null ? 0 : installed.version.unitPriceMicros), 0);
  const lastLeft = balances.get(accountSid);
  const isPlenty = requestMicros === 0 || (lastLeft !== undefined && !isCreditShort(lastLeft, requestMicros));
  if (isPlenty) return { covers: () => Promise.resolve(true) };

  const asked = await callOnce(() => desk.balance(), clock, BALANCE_REPLY_MS);
  // When the desk cannot be asked, the calls go out: settling will find out, and a desk that is down must not stop free add-ons.
  if (asked.kind !== "reply") return { covers: () => Promise.resolve(true) };
  let { leftMicros } = asked.reply;
  balances.set(accountSid, leftMicros);
  return {
    async covers(priceMicros) {
      if (priceMicros === 0) return true;
      if (priceMicros > leftMicros) return false;
      leftMicros -= priceMicros;
      return true;
    },
  };
}

import { isCreditShort } from "../domain/billing/credit.ts";
import type { AddOnCall } from "../domain/response/outcome.ts";
import type { Credit } from "./ports.ts";

/** What each account's desk last said is left, as far as this isolate knows. */
export type LastBalances = { get(accountSid: string): number | undefined; set(accountSid: string, leftMicros: number): void };

type CreditPorts = { balances: LastBalances; desk: { balance(): Promise<{ leftMicros: number }> } };

/**
 * The credit of one request's calls. While the desk's last answer leaves plenty, no question is asked, and the desk decides when the
 * request is settled; when credit is short, or nothing is known yet, the desk is asked once before publishers are called.
 */
export function creditFor(accountSid: string, calls: readonly AddOnCall[], { balances, desk }: CreditPorts): Credit {
  const requestMicros = calls.reduce((sum, { installed }) => sum + (installed === null ? 0 : installed.version.unitPriceMicros), 0);
  const lastLeft = balances.get(accountSid);
  const isPlenty = requestMicros === 0 || (lastLeft !== undefined && !isCreditShort(lastLeft, requestMicros));
  if (isPlenty) return { covers: () => Promise.resolve(true) };

  let leftMicros: number | null = null;
  // When the desk cannot be asked, the calls go out: settling will find out, and a desk that is down must not stop free add-ons.
  const asked = desk.balance().then(
    (balance) => {
      balances.set(accountSid, balance.leftMicros);
      leftMicros = balance.leftMicros;
    },
    () => undefined,
  );
  return {
    async covers(priceMicros) {
      await asked;
      if (leftMicros === null || priceMicros === 0) return true;
      if (priceMicros > leftMicros) return false;
      leftMicros -= priceMicros;
      return true;
    },
  };
}

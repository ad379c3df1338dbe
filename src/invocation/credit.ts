import { CREDIT_EXHAUSTED, isCreditShort } from "../domain/billing/credit.ts";
import { DAILY_CAP_REACHED, dayOf } from "../domain/billing/daily-cap.ts";
import type { AddOnCall, AddOnOutcome } from "../domain/response/outcome.ts";
import { callOnce } from "./desk.ts";
import type { Clock, Credit } from "./ports.ts";

/** What each account's desk last said is left, as far as this isolate knows. */
export type LastBalances = { get(accountSid: string): number | undefined; set(accountSid: string, leftMicros: number): void };

/** Installs (XE) whose cap a desk found reached, each with what it was found for: another day, cap or price may have room. */
export type ReachedCaps = { get(installSid: string): string | undefined; set(installSid: string, foundFor: string): void };

type CreditPorts = { balances: LastBalances; reachedCaps: ReachedCaps; clock: Clock; desk: { balance(): Promise<{ leftMicros: number }> } };

/** Ours: a desk that is awake answers within a few milliseconds, one that has to start within some hundred. */
export const BALANCE_REPLY_MS = 500;

/**
 * The credit of one request's calls. While the desk's last answer leaves plenty, no question is asked, and the desk decides when the
 * request is settled; when credit is short, or nothing is known yet, the desk is asked once, before any add-on's time starts: how
 * long our own desk takes is not the publisher's doing. A cap that the desk has found reached is remembered for the day.
 */
export async function creditFor(accountSid: string, calls: readonly AddOnCall[], ports: CreditPorts): Promise<Credit> {
  const covers = await coverage(accountSid, calls, ports);
  const day = dayOf(ports.clock.nowMs());
  return {
    async refusal({ sid, dailyCapMicros, version: { unitPriceMicros } }) {
      if (unitPriceMicros > 0 && dailyCapMicros !== null) {
        const isReached = unitPriceMicros > dailyCapMicros || ports.reachedCaps.get(sid) === foundFor(day, dailyCapMicros, unitPriceMicros);
        if (isReached) return DAILY_CAP_REACHED;
      }
      return covers(unitPriceMicros) ? null : CREDIT_EXHAUSTED;
    },
  };
}

async function coverage(accountSid: string, calls: readonly AddOnCall[], { balances, clock, desk }: CreditPorts): Promise<(priceMicros: number) => boolean> {
  const requestMicros = calls.reduce((sum, { installed }) => sum + (installed === null ? 0 : installed.version.unitPriceMicros), 0);
  const lastLeft = balances.get(accountSid);
  const isPlenty = requestMicros === 0 || (lastLeft !== undefined && !isCreditShort(lastLeft, requestMicros));
  if (isPlenty) return () => true;

  const asked = await callOnce(() => desk.balance(), clock, BALANCE_REPLY_MS);
  if (asked.kind !== "reply") return onLastAnswer(accountSid, balances);
  let { leftMicros } = asked.reply;
  balances.set(accountSid, leftMicros);
  return (priceMicros) => {
    if (priceMicros === 0) return true;
    if (priceMicros > leftMicros) return false;
    leftMicros -= priceMicros;
    return true;
  };
}

/**
 * When the desk cannot be asked, settling will find out, and no more goes out unpaid than its last answer covers. One that has not answered here
 * yet is trusted: most accounts can pay. A desk that is down must not stop free add-ons.
 */
const onLastAnswer = (accountSid: string, balances: LastBalances) => (priceMicros: number): boolean => {
  const lastLeft = balances.get(accountSid);
  if (priceMicros === 0 || lastLeft === undefined) return true;
  if (priceMicros > lastLeft) return false;
  balances.set(accountSid, lastLeft - priceMicros);
  return true;
};

/** Remembers which caps the desk found reached, by its own day; what was refused from memory is not found anew. */
export function rememberCaps(outcomes: readonly AddOnOutcome[], reachedCaps: ReachedCaps): void {
  for (const { cap, cappedBy } of outcomes) {
    if (cap !== undefined && cappedBy !== undefined) reachedCaps.set(cap.installSid, foundFor(cappedBy.day, cap.limitMicros, cappedBy.priceMicros));
  }
}

const foundFor = (day: number, capMicros: number, priceMicros: number): string => `${day}/${capMicros}/${priceMicros}`;

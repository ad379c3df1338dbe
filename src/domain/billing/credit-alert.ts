import type { Alert } from "../alert.ts";
import { availableMicros } from "./credit.ts";
import type { DeskStore } from "./desk.ts";
import { dollarsOfMicros } from "./money.ts";

/** What an account was told of its credit since its last top-up: so many of the shares, and that something was not covered. */
export type CreditAlert = { grantSid: string; grantMicros: number; level: number; isToldUncovered: boolean };

/** Ours: shares of the last top-up that are left, in percent. */
const SHARES = [20, 5, 0] as const;

/**
 * Tells the account that its credit runs low, and that something was not covered: each once, until it is topped up again.
 * @param isUncovered whether something was not covered just now.
 */
export function noteCredit(store: DeskStore, nowMs: number, isUncovered: boolean): void {
  const known = store.creditAlert();
  if (known === null) return;
  const leftMicros = availableMicros(store.totals(), store.heldMicros());
  const level = Math.max(known.level, SHARES.filter((percent) => leftMicros <= (known.grantMicros * percent) / 100).length);
  const tellsUncovered = isUncovered && !known.isToldUncovered;
  if (level === known.level && !tellsUncovered) return;
  store.setCreditAlert({ ...known, level, isToldUncovered: known.isToldUncovered || isUncovered });
  const account = store.accountSid();
  if (level > known.level) store.keepAlert(JSON.stringify(lowAlert(account, known, level, nowMs)));
  if (tellsUncovered) store.keepAlert(JSON.stringify(uncoveredAlert(account, known, nowMs)));
}

function lowAlert(accountSid: string, known: CreditAlert, level: number, nowMs: number): Alert {
  const share = SHARES[level - 1] === 0 ? "Nothing" : `At most ${SHARES[level - 1]} %`;
  const text = `${share} of the last credit of ${dollarsOfMicros(known.grantMicros)} dollars is left.`;
  return { ...alertOf(accountSid, known, level, nowMs), log_level: "warning", alert_text: text };
}

function uncoveredAlert(accountSid: string, known: CreditAlert, nowMs: number): Alert {
  const text = "The account's credit does not cover an add-on that was asked for. Free add-ons go on; the others fail until credit is added.";
  return { ...alertOf(accountSid, known, SHARES.length + 1, nowMs), log_level: "error", alert_text: text };
}

function alertOf(accountSid: string, { grantSid }: CreditAlert, number: number, nowMs: number): Omit<Alert, "log_level" | "alert_text"> {
  return {
    v: 1,
    // One of each for each top-up, also when it is handed over again.
    sid: `NO${grantSid.slice(2, -1)}${number}`,
    account_sid: accountSid,
    error_code: 61003,
    request_method: null,
    request_url: null,
    resource_sid: grantSid,
    service_sid: null,
    generated_at_ms: nowMs,
  };
}

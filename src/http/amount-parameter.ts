import { microsOfDollars } from "../domain/billing/money.ts";
import { CREDIT_MAX_MICROS } from "../domain/limits.ts";
import { refuse } from "./refused.ts";

/** An amount of money that moves: more than nothing, and exact. @returns micro-dollars. */
export function requireAmount(parameter: string, text: string): number {
  const micros = microsOfDollars(text, CREDIT_MAX_MICROS);
  if (!micros.ok) return refuse({ kind: "invalid", parameter, message: `${parameter} ${micros.error}` });
  return micros.value === 0 ? refuse({ kind: "invalid", parameter, message: `${parameter} must be more than 0` }) : micros.value;
}

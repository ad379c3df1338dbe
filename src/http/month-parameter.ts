import { type Month, parseMonth } from "../domain/billing/month.ts";
import { refuse } from "./refused.ts";

export function requireMonth(parameter: string, text: string): Month {
  const month = parseMonth(text);
  return month.ok ? month.value : refuse({ kind: "invalid", parameter, message: `${parameter} ${month.error}` });
}

import { err, ok, type Result } from "../result.ts";

/** Money is an integer of micro-dollars (0.000001 USD) everywhere; decimal strings exist only at the edge. */
const MICROS_PER_DOLLAR = 1_000_000;

/**
 * @param text an unsigned decimal number of dollars, like "0.0001": no sign, exponent or separators.
 * @returns micro-dollars, or a sentence that says why not; nothing is ever rounded.
 */
export function microsOfDollars(text: string, maxMicros: number): Result<number, string> {
  const match = /^(\d{1,12})(?:\.(\d{1,12}))?$/.exec(text);
  if (match === null) return err("must be a decimal number of dollars such as 0.0001");
  const fraction = (match[2] ?? "").replace(/0+$/, "");
  if (fraction.length > 6) return err("must be a multiple of 0.000001 dollars");
  const micros = Number(match[1]) * MICROS_PER_DOLLAR + Number(fraction.padEnd(6, "0"));
  return micros <= maxMicros ? ok(micros) : err(`must be at most ${dollarsOfMicros(maxMicros)} dollars`);
}

/** Decimal dollars with all six places, as files have them: -9900 → "-0.009900". */
export function sixDecimalsOfMicros(micros: number): string {
  const digits = Math.abs(micros).toString().padStart(7, "0");
  return `${micros < 0 ? "-" : ""}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

/** The same back; null for anything else. */
export function microsOfSixDecimals(text: string): number | null {
  const match = /^(-?)(\d{1,10})\.(\d{6})$/.exec(text);
  if (match === null) return null;
  const micros = Number(`${match[2]}${match[3]}`);
  return match[1] === "-" && micros !== 0 ? -micros : micros;
}

/** Decimal dollars with two to six places: 9999900 → "9.9999", 0 → "0.00". */
export function dollarsOfMicros(micros: number): string {
  const sign = micros < 0 ? "-" : "";
  const digits = Math.abs(micros).toString().padStart(7, "0");
  const fraction = digits.slice(-6).replace(/0{1,4}$/, "");
  return `${sign}${digits.slice(0, -6)}.${fraction}`;
}

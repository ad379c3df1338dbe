const PERCENT_DECIMALS = 4;
/** A whole, in ten-thousandths of a percent. */
const WHOLE = 100n * 10n ** BigInt(PERCENT_DECIMALS);

/** The marketplace's share, as an operator writes it: from 0 to 100 with up to four decimals. */
export const FEE_PERCENT = /^(?:100(?:\.0{1,4})?|\d{1,2}(?:\.\d{1,4})?)$/;

/**
 * The transaction fee of a statement's line, rounded half to even, here and nowhere else. Integers throughout: a double has no 2.3 %.
 * @param amountMicros of a whole line; negative where more was taken back than charged.
 * @param percent as `FEE_PERCENT` has it.
 */
export function feeMicros(amountMicros: number, percent: string): number {
  const [units = "0", decimals = ""] = percent.split(".");
  const share = BigInt(units + decimals.padEnd(PERCENT_DECIMALS, "0"));
  const product = BigInt(Math.abs(amountMicros)) * share;
  const [floor, rest] = [product / WHOLE, product % WHOLE];
  const isUp = rest * 2n > WHOLE || (rest * 2n === WHOLE && floor % 2n === 1n);
  const fee = Number(isUp ? floor + 1n : floor);
  return amountMicros < 0 && fee !== 0 ? -fee : fee;
}

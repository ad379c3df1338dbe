import { assert, bigInt, constantFrom, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { FEE_PERCENT, feeMicros } from "../../src/domain/billing/fee.ts";

describe("the transaction fee of a line", () => {
  test.each([
    [1_000_000, "20", 200_000],
    [1, "50", 0],
    [3, "50", 2],
    [5, "50", 2],
    [7, "50", 4],
    [-3, "50", -2],
    [-1, "50", 0],
    [100, "2.3", 2],
    [250, "2.2", 6],
    [150, "3", 4],
    [999_999_999_999_999, "100", 999_999_999_999_999],
    [999_999_999_999_999, "0", 0],
    [1_000_000, "0.0001", 1],
    [500_000, "0.0001", 0],
    [1_500_000, "0.0001", 2],
    // A double has 0.1 × 3 as 0.30000000000000004.
    [3_000_000_000_000, "0.1", 3_000_000_000],
  ])("of %d micro-dollars at %s %% is %d, half to even", (amountMicros, percent, fee) => {
    expect(feeMicros(amountMicros, percent)).toBe(fee);
    expect(Object.is(feeMicros(amountMicros, percent), -0)).toBe(false);
  });

  test("is never more than half a micro-dollar off, and even at exactly half", () => {
    const shares = integer({ min: 0, max: 1_000_000 });
    assert(
      property(bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), shares, (amount, share) => {
        const percent = `${Math.floor(share / 10_000)}.${String(share % 10_000).padStart(4, "0")}`;
        const fee = BigInt(feeMicros(Number(amount), percent));
        const offBy = amount * BigInt(share) - fee * 1_000_000n;
        const twice = offBy < 0n ? -2n * offBy : 2n * offBy;
        expect(twice <= 1_000_000n).toBe(true);
        if (twice === 1_000_000n) expect(fee % 2n).toBe(0n);
      }),
    );
  });

  test("is written as a percentage from 0 to 100 with at most four decimals", () => {
    assert(property(constantFrom("0", "7", "20", "99.9999", "100", "100.0000", "2.3"), (text) => FEE_PERCENT.test(text)));
    for (const text of ["", "-1", "101", "100.0001", "1.00001", "1e1", " 1", "1,5", "NaN", ".5"]) expect(FEE_PERCENT.test(text)).toBe(false);
  });
});

import { describe, expect, test } from "vitest";
import { bookedMonth, endOfMonthMs, isOver, monthAfter, monthOf, parseMonth } from "../../src/domain/billing/month.ts";

describe("a month of UTC", () => {
  test("ends where the next one begins, also at the end of a year and of February", () => {
    expect(endOfMonthMs("2026-12")).toBe(Date.UTC(2027, 0, 1));
    expect(endOfMonthMs("2028-02")).toBe(Date.UTC(2028, 2, 1));
    expect(monthAfter("2026-12")).toBe("2027-01");
    expect(monthOf(endOfMonthMs("2026-01") - 1)).toBe("2026-01");
    expect(monthOf(endOfMonthMs("2026-01"))).toBe("2026-02");
  });

  test("is over ten minutes after its end", () => {
    expect(isOver("2026-10", Date.UTC(2026, 10, 1, 0, 9, 59))).toBe(false);
    expect(isOver("2026-10", Date.UTC(2026, 10, 1, 0, 10))).toBe(true);
  });

  test.each(["2026-13", "2026-00", "26-01", "2026-1", "2026-01-01", "", "NaN", "1999-01"])("is not %j", (text) => {
    expect(parseMonth(text)).toMatchObject({ ok: false });
  });

  test("counts what is committed in it, unless it is closed: then the next one does", () => {
    const inOctober = Date.UTC(2026, 9, 31, 23, 59);
    expect(bookedMonth(inOctober, null, null)).toBe("2026-10");
    expect(bookedMonth(inOctober, "2026-08", "2026-09")).toBe("2026-10");
    expect(bookedMonth(inOctober, "2026-10", "2026-10")).toBe("2026-11");
    expect(bookedMonth(inOctober, null, "2026-11")).toBe("2026-12");
  });

  test("never follows a later one, so that each month is one range of a desk's segments", () => {
    expect(bookedMonth(Date.UTC(2026, 9, 31, 23, 59), "2026-11", "2026-09")).toBe("2026-11");
  });
});

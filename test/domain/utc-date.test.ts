import { describe, expect, it } from "vitest";
import { utcDateOf } from "../../src/domain/utc-date.ts";

describe("utcDateOf", () => {
  it.each([
    ["2026-01-31", Date.UTC(2026, 0, 31)],
    ["2028-02-29", Date.UTC(2028, 1, 29)],
    ["2026-01-31T23:59:59Z", Date.UTC(2026, 0, 31, 23, 59, 59)],
  ])("reads %s", (text, atMs) => {
    expect(utcDateOf(text)).toBe(atMs);
  });

  it.each(["", "2026", "2026-02-30", "2026-02-29", "2026-13-01", "2026-01-32", "2026-00-10", "2026-01-31T24:00:00Z", "2026-01-31T23:60:00Z", "2026-01-31T23:59:59", "2026-01-31T23:59:59.000Z", "2026-01-31T23:59:59+01:00", "31/01/2026", "tomorrow"])(
    "reads nothing in %j",
    (text) => {
      expect(utcDateOf(text)).toBeNull();
    },
  );
});

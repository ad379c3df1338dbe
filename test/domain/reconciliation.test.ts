import { describe, expect, test } from "vitest";
import { differenceAlert, differenceOf, type DeskBooks } from "../../src/domain/billing/reconciliation.ts";

const range = { desk: "AC1", fromSeq: 4, toSeq: 9 };
const equal: DeskBooks = {
  invocations: { events: 3, chargedMicros: 200 },
  ledger: { chargedMicros: 200, grantedMicros: 1_000, unbalanced: 0, mismatched: 0 },
  checkpoints: { events: 3, chargedMicros: 200, grantedMicros: 1_000 },
};

/** Of books in which one invocation is missing, and so many more are. */
function seedOf(more: number): string | null {
  const books = { ...equal, invocations: { events: 2 + more, chargedMicros: 100 + more }, ledger: { ...equal.ledger, chargedMicros: 200 + more }, checkpoints: { ...equal.checkpoints, events: 3 + more, chargedMicros: 200 + more } };
  const difference = differenceOf({ ...range, toSeq: 9 + more }, books);
  return difference && differenceAlert("ACoperator", difference, 7).seed;
}

describe("a desk's books", () => {
  test("do not differ when invocations, ledger and checkpoints say the same", () => {
    expect(differenceOf(range, equal)).toBeNull();
  });

  test.each<[string, DeskBooks]>([
    ["an invocation is missing", { ...equal, invocations: { events: 2, chargedMicros: 200 } }],
    ["an invocation has another price", { ...equal, invocations: { events: 3, chargedMicros: 201 } }],
    ["a charge is missing", { ...equal, ledger: { ...equal.ledger, chargedMicros: 100 } }],
    ["a credit is missing", { ...equal, ledger: { ...equal.ledger, grantedMicros: 0 } }],
    ["a transaction is not balanced", { ...equal, ledger: { ...equal.ledger, unbalanced: 1 } }],
    ["a charge is another publisher's", { ...equal, ledger: { ...equal.ledger, mismatched: 2 } }],
    ["the desk says something else", { ...equal, checkpoints: { ...equal.checkpoints, chargedMicros: 199 } }],
  ])("differ when %s, and the alert names desk and range", (_what, books) => {
    const difference = differenceOf(range, books);
    expect(difference).toEqual({ ...range, ...books });
    if (difference === null) throw new Error("no difference");
    const alert = differenceAlert("ACoperator", difference, 7);
    expect(alert).toMatchObject({ account_sid: "ACoperator", error_code: 20500, log_level: "error", resource_sid: "AC1" });
    expect(alert.alert_text).toContain("desk AC1 differ in its segments 5 to 9");
  });

  test("are told once while the same is missing, however much is added meanwhile", () => {
    expect(seedOf(0)).toMatch(/^reconciliation\/AC1\//);
    expect(seedOf(0)).toBe(seedOf(50));
  });
});

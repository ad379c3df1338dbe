import { assert, array, constantFrom, nat, property, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { type DeskFlush, type LedgerEntry, ledgerEntriesOf } from "../../src/domain/billing/ledger.ts";
import { recordOf, xr } from "../support/invocation-records.ts";

const DESK = "AC00000000000000000000000000000001";
const empty: DeskFlush = {
  desk: DESK,
  fromSeq: 4,
  toSeq: 9,
  committedAtMs: 1_700_000_000_000,
  month: "2023-11",
  totals: { events: 0, spentMicros: 0, grantedMicros: 0 },
  alerts: [],
  records: [],
  voids: [],
  credits: [],
};
const sold = (version: string, publisher: string, price: number) => recordOf({ version_sid: version, publisher_sid: publisher, price_micros: price });

const brief = (entries: LedgerEntry[]) => entries.map(({ transactionId, ledgerAccount, amountMicros, quantity }) => [transactionId, ledgerAccount, amountMicros, quantity]);

describe("the ledger entries of a flush", () => {
  test("move each version's sum from the developer's credit to its publisher, in one transaction caused by the flush", () => {
    const entries = ledgerEntriesOf({ ...empty, records: [sold("XC1", "ACp", 100), sold("XC2", "ACq", 7), sold("XC1", "ACp", 100)] });
    expect(brief(entries)).toEqual([
      [`${DESK}/4-9/XC1`, `credit:${DESK}`, -200, 2],
      [`${DESK}/4-9/XC1`, "payable:ACp", 200, 2],
      [`${DESK}/4-9/XC2`, `credit:${DESK}`, -7, 1],
      [`${DESK}/4-9/XC2`, "payable:ACq", 7, 1],
    ]);
    expect(entries[0]).toMatchObject({ kind: "charge", cause: `${DESK}/4-9`, versionSid: "XC1", createdAtMs: 1_700_000_000_000 });
  });

  test("leave out what was free, also what names no version", () => {
    expect(ledgerEntriesOf({ ...empty, records: [recordOf({ price_micros: 0, version_sid: null, publisher_sid: null })] })).toEqual([]);
  });

  test("take a void back, against the same flush or an earlier one", () => {
    const voided = { micros: 100, record: sold("XC1", "ACp", 0) };
    const unrecorded = { micros: null, record: sold("XC1", "ACp", 0) };
    expect(ledgerEntriesOf({ ...empty, records: [sold("XC1", "ACp", 100)], voids: [voided, unrecorded] })).toEqual([]);
    expect(brief(ledgerEntriesOf({ ...empty, voids: [voided] }))).toEqual([
      [`${DESK}/4-9/XC1`, `credit:${DESK}`, 100, -1],
      [`${DESK}/4-9/XC1`, "payable:ACp", -100, -1],
    ]);
  });

  test("bring each credit from the funding, caused by itself", () => {
    const entries = ledgerEntriesOf({ ...empty, credits: [{ sid: "CR1", micros: 500, grantedAtMs: 7 }] });
    expect(brief(entries)).toEqual([
      ["CR1", "funding", -500, 1],
      ["CR1", `credit:${DESK}`, 500, 1],
    ]);
    expect(entries[1]).toMatchObject({ kind: "credit", cause: "CR1", versionSid: null, createdAtMs: 7 });
  });

  test("repeat a transaction with the opposite sign where it is reversed, and point to it", () => {
    const original = ledgerEntriesOf({ ...empty, records: [sold("XC1", "ACp", 100), sold("XC1", "ACp", 50)] });
    const transactionId = `${DESK}/4-9/XC1`;
    const reversal = { sid: `${transactionId}/reversal`, micros: 150, grantedAtMs: 7, reason: "outage", reverses: { transactionId, entries: original } };
    const entries = ledgerEntriesOf({ ...empty, fromSeq: 10, toSeq: 12, month: "2023-12", credits: [reversal] });
    expect(brief(entries)).toEqual([
      [`${transactionId}/reversal`, `credit:${DESK}`, 150, -2],
      [`${transactionId}/reversal`, "payable:ACp", -150, -2],
    ]);
    expect(entries[0]).toMatchObject({ kind: "reversal", cause: transactionId, versionSid: "XC1", reason: "outage", month: "2023-12", desk: DESK, deskSeq: 12 });
  });

  test("name the month and the desk that decided them", () => {
    const entries = ledgerEntriesOf({ ...empty, records: [sold("XC1", "ACp", 1)], credits: [{ sid: "CR1", micros: 5, grantedAtMs: 7, reason: "gift" }] });
    for (const entry of entries) expect(entry).toMatchObject({ month: "2023-11", desk: DESK, deskSeq: 9 });
    expect(entries.map(({ reason }) => reason)).toEqual([null, null, "gift", "gift"]);
  });

  test("are refused for a charge that names nobody to pay", () => {
    const orphan = recordOf({ request_sid: xr(5), price_micros: 1, publisher_sid: null });
    expect(() => ledgerEntriesOf({ ...empty, records: [orphan] })).toThrow(`${xr(5)} is charged and names no publisher or version`);
  });

  test("sum to zero in every transaction, and to the flush's charges over the credit account", () => {
    const sale = record({ version: constantFrom("XC1", "XC2", "XC3"), price: nat(1_000), isVoid: constantFrom(true, false, false) });
    assert(
      property(array(sale), array(nat(1_000)), (sales, grants) => {
        const made = sales.map(({ version, price }) => sold(version, `AC${version}`, price));
        const voids = made.flatMap((one, index) => (sales[index]?.isVoid ? [{ micros: one.price_micros, record: one }] : []));
        const credits = grants.map((micros, index) => ({ sid: `CR${index}`, micros, grantedAtMs: 0 }));
        const entries = ledgerEntriesOf({ ...empty, records: made, voids, credits });
        const sums = Map.groupBy(entries, ({ transactionId }) => transactionId);
        for (const transaction of sums.values()) expect(total(transaction)).toBe(0);
        const charged = sales.reduce((sum, { price, isVoid }) => sum + (isVoid ? 0 : price), 0);
        const credited = grants.reduce((sum, micros) => sum + micros, 0);
        expect(total(entries.filter(({ ledgerAccount }) => ledgerAccount === `credit:${DESK}`))).toBe(credited - charged);
      }),
    );
  });
});

const total = (entries: LedgerEntry[]): number => entries.reduce((sum, { amountMicros }) => sum + amountMicros, 0);

import { describe, expect, test } from "vitest";
import { grant } from "../../src/domain/billing/credit.ts";
import { settle, voidAll } from "../../src/domain/billing/desk.ts";
import { hold, settleHold } from "../../src/domain/billing/hold.ts";
import { reverse } from "../../src/domain/billing/reversal.ts";
import { xr } from "../support/invocation-records.ts";
import { ACCOUNT_SID, MapDeskStore } from "../support/map-desk-store.ts";

const NOW = 1_700_000_000_000;
const entry = (ledgerAccount: string, amountMicros: number) => ({ ledgerAccount, amountMicros, versionSid: null, quantity: 1 });
const charge = { transactionId: "T1", entries: [entry(`credit:${ACCOUNT_SID}`, -30), entry("payable:ACp", 30)] };
const credit = { transactionId: "CR1", entries: [entry("funding", -100), entry(`credit:${ACCOUNT_SID}`, 100)] };

function storeOf100Spent30(): MapDeskStore {
  const store = new MapDeskStore();
  grant(store, NOW, { key: "first", sid: "CR1", micros: 100, reason: "test" });
  settle(store, NOW, { begunAtMs: NOW, events: [{ xr: xr(1), priceMicros: 30, record: "{}" }] });
  return store;
}
const left = (store: MapDeskStore): number => store.totals().grantedMicros - store.totals().spentMicros;

const voidOne = (store: MapDeskStore) => voidAll(store, NOW, { begunAtMs: NOW, events: [{ xr: xr(1), priceMicros: 0, record: "{}" }] });

describe("a reversal", () => {
  test("of a charge gives the credit back once, and the invocation stays charged", () => {
    const store = storeOf100Spent30();
    expect(reverse(store, NOW, { reverses: charge, reason: "outage", xrs: [], readAtMs: NOW })).toMatchObject({ kind: "reversed", replayed: false, reversal: { micros: 30 } });
    expect(reverse(store, NOW + 1, { reverses: charge, reason: "outage", xrs: [], readAtMs: NOW })).toMatchObject({ kind: "reversed", replayed: true, reversal: { reversedAtMs: NOW } });
    expect([left(store), store.totals().spentMicros]).toEqual([100, 30]);
  });

  test("that was read from the books too long ago is refused", () => {
    const store = storeOf100Spent30();
    expect(reverse(store, NOW + 60_000, { reverses: charge, reason: "outage", xrs: [], readAtMs: NOW })).toEqual({ kind: "late" });
    expect(left(store)).toBe(70);
  });

  test("for another reason is a conflict", () => {
    const store = storeOf100Spent30();
    reverse(store, NOW, { reverses: charge, reason: "outage", xrs: [], readAtMs: NOW });
    expect(reverse(store, NOW, { reverses: charge, reason: "mistake", xrs: [], readAtMs: NOW })).toEqual({ kind: "conflict", reason: "outage" });
    expect(left(store)).toBe(100);
  });

  test("of a credit takes it away, but not what has been spent or is held", () => {
    const store = storeOf100Spent30();
    expect(reverse(store, NOW, { reverses: credit, reason: "bounced", xrs: [], readAtMs: NOW })).toEqual({ kind: "not_covered", leftMicros: 70 });
    grant(store, NOW, { key: "second", sid: "CR2", micros: 40, reason: "test" });
    hold(store, NOW, { xr: xr(2), micros: 20 });
    expect(reverse(store, NOW, { reverses: credit, reason: "bounced", xrs: [], readAtMs: NOW })).toEqual({ kind: "not_covered", leftMicros: 90 });
    grant(store, NOW, { key: "third", sid: "CR3", micros: 10, reason: "test" });
    expect(reverse(store, NOW, { reverses: credit, reason: "bounced", xrs: [], readAtMs: NOW })).toMatchObject({ kind: "reversed", reversal: { micros: -100 } });
    expect(left(store)).toBe(20);
  });

  test("of a credit is told like other spending, and that of a charge tells nothing again", () => {
    const store = storeOf100Spent30();
    const told = () => store.commit(NOW).alerts.map((alert) => (JSON.parse(alert) as { alert_text: string }).alert_text.slice(0, 12));
    grant(store, NOW, { key: "second", sid: "CR2", micros: 40, reason: "test" });
    expect(told()).toEqual([]);
    reverse(store, NOW, { reverses: credit, reason: "bounced", xrs: [], readAtMs: NOW });
    expect(told()).toEqual([]);
    const rest = { transactionId: "CR2", entries: [entry("funding", -10), entry(`credit:${ACCOUNT_SID}`, 10)] };
    reverse(store, NOW, { reverses: rest, reason: "bounced", xrs: [], readAtMs: NOW });
    expect(told()).toEqual(["Nothing of t"]);
    reverse(store, NOW, { reverses: charge, reason: "outage", xrs: [], readAtMs: NOW });
    settle(store, NOW, { begunAtMs: NOW, events: [{ xr: xr(3), priceMicros: 25, record: "{}" }] });
    expect(told()).toEqual(["Nothing of t"]);
  });

  describe("and what may still take its invocations back", () => {
    test("a void after it gives nothing back a second time", () => {
      const store = storeOf100Spent30();
      reverse(store, NOW, { reverses: charge, reason: "outage", xrs: [xr(1)], readAtMs: NOW });
      expect([voidOne(store).kind, left(store)]).toEqual(["ok", 100]);
      const again = new MapDeskStore(store.commit(NOW), NOW);
      expect([voidOne(again).kind, left(again)]).toEqual(["ok", 100]);
    });

    test("it is refused after a void, which has given it back", () => {
      const store = storeOf100Spent30();
      voidOne(store);
      expect(reverse(store, NOW, { reverses: charge, reason: "outage", xrs: [xr(1)], readAtMs: NOW })).toEqual({ kind: "taken_back", xr: xr(1) });
      expect(left(store)).toBe(100);
    });

    test("a recording that is canceled after it gives nothing back, days later, too", () => {
      const store = storeOf100Spent30();
      hold(store, NOW, { xr: xr(2), micros: 20 });
      const event = { xr: xr(2), priceMicros: 20, record: "{}" };
      settleHold(store, NOW, { event, isCanceled: false });
      const ofRecording = { transactionId: "T2", entries: [entry(`credit:${ACCOUNT_SID}`, -20), entry("payable:ACp", 20)] };
      expect(reverse(store, NOW, { reverses: ofRecording, reason: "outage", xrs: [xr(2)], readAtMs: NOW }).kind).toBe("reversed");
      expect(settleHold(store, NOW + 3 * 86_400_000, { event: { ...event, priceMicros: 0 }, isCanceled: true })).toEqual({ kind: "settled", priceMicros: 0 });
      expect(left(store)).toBe(70);
      const canceled = storeOf100Spent30();
      hold(canceled, NOW, { xr: xr(2), micros: 20 });
      settleHold(canceled, NOW, { event, isCanceled: false });
      settleHold(canceled, NOW, { event: { ...event, priceMicros: 0 }, isCanceled: true });
      expect(reverse(canceled, NOW, { reverses: ofRecording, reason: "outage", xrs: [xr(2)], readAtMs: NOW })).toMatchObject({ kind: "taken_back" });
    });
  });
});

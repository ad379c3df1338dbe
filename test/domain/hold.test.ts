import { describe, expect, test } from "vitest";
import { grant } from "../../src/domain/billing/credit.ts";
import { settle, type DeskEvent } from "../../src/domain/billing/desk.ts";
import { hold, settleHold } from "../../src/domain/billing/hold.ts";
import { xr } from "../support/invocation-records.ts";
import { MapDeskStore } from "../support/map-desk-store.ts";

const NOW = 1_700_000_000_000;
const DAY = Math.floor(NOW / 86_400_000);
const event = (number: number, priceMicros: number): DeskEvent => ({ xr: xr(number), priceMicros, record: "{}" });

function storeWith(micros: number): MapDeskStore {
  const store = new MapDeskStore();
  grant(store, NOW, { key: "first", sid: "CR1", micros, reason: "test" });
  return store;
}
const books = (store: MapDeskStore) => [store.totals().spentMicros, store.heldMicros(), store.totals().events];
const settled = (store: MapDeskStore, number: number, priceMicros: number, isCanceled = false) => settleHold(store, NOW, { event: event(number, priceMicros), isCanceled });

describe("what is held", () => {
  test("is kept once, however often it is asked for", () => {
    const store = storeWith(100);
    for (let count = 0; count < 3; count++) expect(hold(store, NOW, { xr: xr(1), micros: 60 })).toEqual({ kind: "held" });
    expect(books(store)).toEqual([0, 60, 0]);
  });

  test("is refused beyond what is left, and stays refused", () => {
    const store = storeWith(100);
    hold(store, NOW, { xr: xr(1), micros: 60 });
    expect(hold(store, NOW, { xr: xr(2), micros: 41 })).toEqual({ kind: "refused", for: "credit" });
    expect(hold(store, NOW, { xr: xr(3), micros: 40 })).toEqual({ kind: "held" });
    grant(store, NOW, { key: "second", sid: "CR2", micros: 100, reason: "test" });
    expect(hold(store, NOW, { xr: xr(2), micros: 41 })).toEqual({ kind: "refused", for: "credit" });
    expect(settled(store, 2, 0)).toEqual({ kind: "settled", priceMicros: 0 });
  });

  test("cannot be spent by anything else", () => {
    const store = storeWith(100);
    hold(store, NOW, { xr: xr(1), micros: 60 });
    expect(settle(store, NOW, { begunAtMs: NOW, events: [event(2, 41)] })).toEqual({ kind: "refused", xrs: [xr(2)], cappedXrs: [], day: DAY, leftMicros: 40 });
    expect(settle(store, NOW, { begunAtMs: NOW, events: [event(2, 40)] })).toEqual({ kind: "ok", leftMicros: 0 });
  });

  test.each([[60, [60, 0, 1]], [25, [25, 0, 1]], [0, [0, 0, 1]]])("is given back at the end but for the price of %i, which is charged once", (price, expected) => {
    const store = storeWith(100);
    hold(store, NOW, { xr: xr(1), micros: 60 });
    for (let count = 0; count < 3; count++) expect(settled(store, 1, price)).toEqual({ kind: "settled", priceMicros: price });
    expect(books(store)).toEqual(expected);
    // What comes late has no other price.
    expect(settled(store, 1, 7)).toEqual({ kind: "settled", priceMicros: price });
    expect(books(store)).toEqual(expected);
  });

  test("does not become more than it was", () => {
    const store = storeWith(100);
    hold(store, NOW, { xr: xr(1), micros: 60 });
    expect(settled(store, 1, 61)).toMatchObject({ kind: "unsound" });
    expect(books(store)).toEqual([0, 60, 0]);
  });

  test("and charged is taken back when it is canceled, once", () => {
    const store = storeWith(100);
    hold(store, NOW, { xr: xr(1), micros: 60 });
    settled(store, 1, 60);
    for (let count = 0; count < 2; count++) expect(settled(store, 1, 0, true)).toEqual({ kind: "settled", priceMicros: 0 });
    expect(books(store)).toEqual([0, 0, 1]);
    expect(store.commit(NOW).log.map(({ kind }) => kind)).toEqual(["credit", "record", "void"]);
  });

  test("and settled is not begun anew", () => {
    const store = storeWith(100);
    hold(store, NOW, { xr: xr(1), micros: 60 });
    settled(store, 1, 60);
    expect(hold(store, NOW, { xr: xr(1), micros: 60 })).toEqual({ kind: "refused", for: "credit" });
    expect(books(store)).toEqual([60, 0, 1]);
  });

  test("of nobody is not known, and changes nothing", () => {
    const store = storeWith(100);
    expect(settled(store, 1, 0)).toEqual({ kind: "unknown" });
    expect(books(store)).toEqual([0, 0, 0]);
  });
});

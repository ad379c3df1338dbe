import { expect, test } from "vitest";
import { grant } from "../../src/domain/billing/credit.ts";
import { settle, voidAll, type DeskEvent } from "../../src/domain/billing/desk.ts";
import { hold, settleHold } from "../../src/domain/billing/hold.ts";
import { xr } from "../support/invocation-records.ts";
import { MapDeskStore } from "../support/map-desk-store.ts";

const NOON = Date.UTC(2026, 0, 15, 12);
const DAY_MS = 24 * 3_600_000;
const cap = { installSid: "XE1", limitMicros: 100 };
const event = (number: number, priceMicros: number, capped: DeskEvent["cap"] | null = cap): DeskEvent => ({ xr: xr(number), priceMicros, ...(capped && { cap: capped }), record: "{}" });

function world() {
  const store = new MapDeskStore();
  grant(store, NOON, { key: "first", sid: "CR1", micros: 10_000, reason: "test" });
  const charge = (nowMs: number, ...events: DeskEvent[]) => settle(store, nowMs, { begunAtMs: nowMs, events });
  return { store, charge };
}

test("an install costs no more in a day than its account lets it", () => {
  const { charge } = world();
  expect(charge(NOON, event(1, 60)).kind).toBe("ok");
  expect(charge(NOON, event(2, 41))).toMatchObject({ kind: "refused", xrs: [], cappedXrs: [xr(2)] });
  expect(charge(NOON, event(3, 40)).kind).toBe("ok");
  expect(charge(NOON, event(4, 1))).toMatchObject({ kind: "refused", cappedXrs: [xr(4)] });
});

test("what is refused for the cap stops nothing else of its request: not what is free, nor what another install costs", () => {
  const { charge } = world();
  charge(NOON, event(1, 100));
  expect(charge(NOON, event(2, 1), event(3, 0), event(4, 500, null), event(5, 60, { installSid: "XE2", limitMicros: 60 }))).toMatchObject({ kind: "refused", xrs: [], cappedXrs: [xr(2)] });
});

test("a request that goes over the cap with its second add-on is told of that one", () => {
  expect(world().charge(NOON, event(1, 60), event(2, 60), event(3, 40))).toMatchObject({ cappedXrs: [xr(2)] });
});

test("a day ends with UTC's", () => {
  const { charge } = world();
  charge(NOON, event(1, 100));
  expect(charge(NOON + DAY_MS / 2 - 1, event(2, 1)).kind).toBe("refused");
  expect(charge(NOON + DAY_MS / 2, event(3, 100)).kind).toBe("ok");
});

test("what is taken back may be spent again", () => {
  const { store, charge } = world();
  charge(NOON, event(1, 100));
  voidAll(store, NOON, { begunAtMs: NOON, events: [{ ...event(1, 0) }] });
  expect(charge(NOON, event(2, 100)).kind).toBe("ok");
});

test("a repetition counts once", () => {
  const { charge } = world();
  for (let count = 0; count < 3; count++) expect(charge(NOON, event(1, 60)).kind).toBe("ok");
  expect(charge(NOON, event(2, 40)).kind).toBe("ok");
});

test("a recording counts with what is held for it, and in the end with what it cost", () => {
  const { store, charge } = world();
  expect(hold(store, NOON, { xr: xr(1), micros: 80, cap })).toEqual({ kind: "held" });
  expect(hold(store, NOON, { xr: xr(2), micros: 21, cap })).toEqual({ kind: "refused", for: "cap" });
  expect(charge(NOON, event(3, 21)).kind).toBe("refused");
  settleHold(store, NOON, { event: event(1, 30), isCanceled: false });
  expect([charge(NOON, event(4, 71)).kind, charge(NOON, event(5, 70)).kind]).toEqual(["refused", "ok"]);
});

test("a recording that ends on another day gives nothing back to that day", () => {
  const { store, charge } = world();
  hold(store, NOON, { xr: xr(1), micros: 80, cap });
  settleHold(store, NOON + DAY_MS, { event: event(1, 0), isCanceled: false });
  expect([charge(NOON + DAY_MS, event(2, 101)).kind, charge(NOON + DAY_MS, event(3, 100)).kind]).toEqual(["refused", "ok"]);
});

test("a day never has less than nothing: what is taken back after midnight was spent the day before", () => {
  const { store, charge } = world();
  charge(NOON + DAY_MS / 2 - 1, event(1, 100));
  voidAll(store, NOON + DAY_MS / 2, { begunAtMs: NOON + DAY_MS / 2, events: [event(1, 0)] });
  expect([charge(NOON + DAY_MS / 2, event(2, 101)).kind, charge(NOON + DAY_MS / 2, event(3, 100)).kind]).toEqual(["refused", "ok"]);
});

test("what began yesterday and is taken back today leaves what today has spent", () => {
  const { store, charge } = world();
  const midnight = NOON + DAY_MS / 2;
  charge(midnight - 1, event(1, 100));
  charge(midnight, event(2, 30));
  voidAll(store, midnight + 1_000, { begunAtMs: midnight - 1, events: [event(1, 0)] });
  expect([charge(midnight + 1_000, event(3, 71)).kind, charge(midnight + 1_000, event(4, 70)).kind]).toEqual(["refused", "ok"]);
});

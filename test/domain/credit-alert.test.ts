import { describe, expect, test } from "vitest";
import { grant } from "../../src/domain/billing/credit.ts";
import { settle } from "../../src/domain/billing/desk.ts";
import { hold } from "../../src/domain/billing/hold.ts";
import { xr } from "../support/invocation-records.ts";
import { ACCOUNT_SID, MapDeskStore } from "../support/map-desk-store.ts";

const NOW = 1_700_000_000_000;
const GRANTS = [`CR${"a".repeat(32)}`, `CR${"b".repeat(32)}`];

function world() {
  const store = new MapDeskStore();
  let count = 0;
  const spend = (priceMicros: number) => settle(store, NOW, { begunAtMs: NOW, events: [{ xr: xr((count += 1)), priceMicros, record: "{}" }] }).kind;
  const topUp = (number: number, micros: number) => grant(store, NOW, { key: String(number), sid: GRANTS[number] ?? "", micros, reason: "test" });
  const told = () => store.commit(NOW).alerts.map((alert) => JSON.parse(alert) as { sid: string; log_level: string; alert_text: string; account_sid: string; error_code: number; resource_sid: string });
  return { store, spend, topUp, told };
}

describe("an account is told of its credit", () => {
  test("at 20 %, 5 % and 0 % of the last one, and when something is not covered, once each", () => {
    const { spend, topUp, told } = world();
    topUp(0, 1_000_000);
    expect([spend(799_999), told()]).toEqual(["ok", []]);
    spend(1);
    spend(100_000);
    expect(told().map(({ alert_text }) => alert_text)).toEqual(["At most 20 % of the last credit of 1.00 dollars is left."]);
    spend(50_000);
    spend(49_000);
    expect(told().map(({ log_level }) => log_level)).toEqual(["warning", "warning"]);
    expect([spend(1_001), spend(1_001), told().length]).toEqual(["refused", "refused", 3]);
    expect(told()[2]).toMatchObject({ sid: `NO${"a".repeat(31)}4`, account_sid: ACCOUNT_SID, error_code: 61003, log_level: "error", resource_sid: GRANTS[0], alert_text: expect.stringContaining("does not cover") });
    spend(1_000);
    expect(told()[3]).toMatchObject({ sid: `NO${"a".repeat(31)}3`, log_level: "warning", alert_text: "Nothing of the last credit of 1.00 dollars is left." });
  });

  test("of the lowest level only, where one use goes through several", () => {
    const { spend, topUp, told } = world();
    topUp(0, 1_000_000);
    spend(990_000);
    expect(told().map(({ alert_text }) => alert_text)).toEqual(["At most 5 % of the last credit of 1.00 dollars is left."]);
  });

  test("anew after it was topped up", () => {
    const { spend, topUp, told } = world();
    topUp(0, 1_000_000);
    spend(1_000_000);
    topUp(1, 100_000);
    spend(85_000);
    expect(told().map(({ sid }) => sid)).toEqual([`NO${"a".repeat(31)}3`, `NO${"b".repeat(31)}1`]);
  });

  test("also of what is held for recordings", () => {
    const { store, topUp, told } = world();
    topUp(0, 1_000_000);
    hold(store, NOW, { xr: xr(1), micros: 900_000 });
    hold(store, NOW, { xr: xr(2), micros: 900_000 });
    expect(told().map(({ log_level }) => log_level)).toEqual(["warning", "error"]);
  });

  test("of both, though something too dear for it came first", () => {
    const { spend, topUp, told } = world();
    topUp(0, 1_000_000);
    spend(1_000_001);
    spend(990_000);
    expect(told().map(({ log_level }) => log_level)).toEqual(["error", "warning"]);
  });

  test("of what was answered as not covered before the desk was asked for it", () => {
    const { store, topUp, told } = world();
    topUp(0, 1_000_000);
    for (let count = 0; count < 2; count++) settle(store, NOW, { begunAtMs: NOW, events: [{ xr: xr(50 + count), priceMicros: 0, isUnpaid: true, record: "{}" }] });
    expect(told().map(({ log_level }) => log_level)).toEqual(["error"]);
  });

  test("never where it was never given any, nor for what costs nothing", () => {
    const { store, spend, told } = world();
    spend(5);
    spend(0);
    hold(store, NOW, { xr: xr(9), micros: 0 });
    expect(told()).toEqual([]);
  });
});

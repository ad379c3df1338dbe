import { expect, test } from "vitest";
import { dayOf } from "../../src/domain/billing/daily-cap.ts";
import { DAILY_CAP_REACHED } from "../../src/domain/billing/daily-cap.ts";
import { creditFor, rememberCaps } from "../../src/invocation/credit.ts";
import { asFailed, type AddOnCall } from "../../src/domain/response/outcome.ts";
import type { Credit } from "../../src/invocation/ports.ts";
import { recordOf } from "../support/invocation-records.ts";
import { jumpingClock } from "../support/scripted-desk.ts";

const ACCOUNT = "AC00000000000000000000000000000001";

type Installed = Parameters<Credit["refusal"]>[0];

/** As much of an install, and of a call, as its price is read from. */
const installedAt = (unitPriceMicros: number, dailyCapMicros: number | null = null) => ({ sid: "XE1", dailyCapMicros, version: { unitPriceMicros } }) as unknown as Installed;
const callAt = (unitPriceMicros: number) => ({ requestSid: "XR1", installed: installedAt(unitPriceMicros, 1_000) }) as unknown as AddOnCall;

function ask(lastMicros: number | undefined, balance: () => Promise<{ leftMicros: number }>, prices = [60, 60]) {
  const balances = new Map(lastMicros === undefined ? [] : [[ACCOUNT, lastMicros]]);
  const { clock, elapsedMs } = jumpingClock();
  let asked = 0;
  const desk = {
    balance: () => {
      asked += 1;
      return balance();
    },
  };
  const reachedCaps = new Map<string, string>();
  const credit = creditFor(ACCOUNT, prices.map(callAt), { balances, reachedCaps, clock, desk }).then(({ refusal }) => ({
    covers: async (priceMicros: number) => (await refusal(installedAt(priceMicros))) === null,
    refusal,
  }));
  return { credit, balances, reachedCaps, clock, elapsedMs, asked: () => asked };
}

const leaves = (leftMicros: number) => async () => ({ leftMicros });
const silence = () => new Promise<never>(() => {});

test("a desk that does not answer is waited for half a second, before any call, and then the calls go out", async () => {
  const { credit, elapsedMs } = ask(undefined, silence);
  const { covers } = await credit;
  expect(elapsedMs()).toBe(500);
  expect(await Promise.all([covers(60), covers(60)])).toEqual([true, true]);
  expect(elapsedMs()).toBe(500);
});

const breaks = () => Promise.reject(new Error("Network connection lost."));

test("a desk that breaks lets the calls go out at once", async () => {
  const { credit, elapsedMs } = ask(undefined, breaks);
  expect(await (await credit).covers(60)).toBe(true);
  expect(elapsedMs()).toBe(0);
});

test.each([["breaks", breaks], ["does not answer", silence]])("a desk that %s lets no more go out than its last answer covers, by any of the account's requests", async (_how, balance) => {
  const { credit, balances, reachedCaps, clock } = ask(130, balance);
  const { covers } = await credit;
  expect([await covers(60), await covers(0)]).toEqual([true, true]);
  const next = await creditFor(ACCOUNT, [callAt(60)], { balances, reachedCaps, clock, desk: { balance } });
  const refusals = [];
  for (let call = 0; call < 3; call++) refusals.push((await next.refusal(installedAt(60)))?.kind);
  expect(refusals).toEqual([undefined, "credit_exhausted", "credit_exhausted"]);
  expect([await covers(60), await covers(0)]).toEqual([false, true]);
});

test.each([
  ["nothing is known yet", undefined, 1],
  ["what was left is little", 11_999, 1],
  ["what was left is plenty", 12_000, 0],
])("the desk is asked once for all calls, and only when it must be: %s", async (_when, lastMicros, times) => {
  const { credit, asked } = ask(lastMicros, leaves(1_000_000));
  const { covers } = await credit;
  await Promise.all([covers(60), covers(60)]);
  expect(asked()).toBe(times);
});

test("free calls ask nobody", async () => {
  const { credit, asked } = ask(undefined, leaves(0), [0, 0]);
  expect(await (await credit).covers(0)).toBe(true);
  expect(asked()).toBe(0);
});

test("what the desk says is spent call by call, and remembered", async () => {
  const { credit, balances } = ask(undefined, leaves(100));
  const { covers } = await credit;
  expect([await covers(60), await covers(60), await covers(0), await covers(40)]).toEqual([true, false, true, true]);
  expect(balances.get(ACCOUNT)).toBe(100);
});

test("a cap that the desk found reached is remembered for its day, its install, its amount and the price", async () => {
  const { credit, reachedCaps, clock } = ask(1_000_000, leaves(1_000_000));
  const { refusal } = await credit;
  expect(await refusal(installedAt(60, 1_000))).toBeNull();
  const outcome = { record: asFailed(recordOf({ request_sid: "XR1", price_micros: 60 }), DAILY_CAP_REACHED), answer: null, cap: { installSid: "XE1", limitMicros: 1_000 } };
  // Refused from memory: the desk has found nothing.
  rememberCaps([outcome], reachedCaps);
  expect(await refusal(installedAt(60, 1_000))).toBeNull();
  rememberCaps([{ ...outcome, cappedBy: { day: dayOf(clock.nowMs()), priceMicros: 60 } }], reachedCaps);
  const others = [installedAt(0, 1_000), installedAt(59, 1_000), installedAt(60, 2_000), installedAt(60, null)];
  expect([await refusal(installedAt(60, 1_000)), ...(await Promise.all(others.map(refusal)))]).toEqual([DAILY_CAP_REACHED, null, null, null, null]);
  const tomorrow = { ...clock, nowMs: () => clock.nowMs() + 24 * 3_600_000 };
  const next = await creditFor(ACCOUNT, [callAt(60)], { balances: new Map([[ACCOUNT, 1_000_000]]), reachedCaps, clock: tomorrow, desk: { balance: silence } });
  expect(await next.refusal(installedAt(60, 1_000))).toBeNull();
});

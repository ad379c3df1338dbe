import { expect, test } from "vitest";
import { creditFor } from "../../src/invocation/credit.ts";
import type { AddOnCall } from "../../src/domain/response/outcome.ts";
import { jumpingClock } from "../support/scripted-desk.ts";

const ACCOUNT = "AC00000000000000000000000000000001";

/** As much of a call as its price is read from. */
const callAt = (unitPriceMicros: number) => ({ installed: { version: { unitPriceMicros } } }) as unknown as AddOnCall;

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
  const credit = creditFor(ACCOUNT, prices.map(callAt), { balances, clock, desk });
  return { credit, balances, elapsedMs, asked: () => asked };
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

test("a desk that breaks lets the calls go out at once", async () => {
  const { credit, elapsedMs } = ask(0, () => Promise.reject(new Error("Network connection lost.")));
  expect(await (await credit).covers(60)).toBe(true);
  expect(elapsedMs()).toBe(0);
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

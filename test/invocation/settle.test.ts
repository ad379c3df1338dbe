import { describe, expect, test } from "vitest";
import type { SettleReply, VoidReply } from "../../src/domain/billing/desk.ts";
import type { AddOnOutcome } from "../../src/domain/response/outcome.ts";
import { settleRequest, type Settled } from "../../src/invocation/settle.ts";
import { outcomeOf, xr } from "../support/invocation-records.ts";
import { jumpingClock, scriptedDesk, type Turn } from "../support/scripted-desk.ts";

const DAY = 20_000;
const ok: SettleReply = { kind: "ok", leftMicros: 900 };
const unsound: SettleReply = { kind: "unsound", problem: "a request SID occurs twice" };
const outcomes = [outcomeOf({ request_sid: xr(1), price_micros: 100 }), outcomeOf({ request_sid: xr(2), price_micros: 30 })];

/** An answer that shows what it was rendered from: prices, and codes of failures. */
const render = (final: readonly AddOnOutcome[]): string => final.map(({ record }) => record.code ?? record.price_micros).join(" ");
const seal = async (text: string): Promise<Uint8Array> => new TextEncoder().encode(`sealed ${text}`);

async function settleWith(turns: Turn<SettleReply>[], isKeyed = false, voidTurns: Turn<VoidReply>[] = [], goesOn = false) {
  const script = scriptedDesk({ settle: turns, voidAll: voidTurns });
  const ports = jumpingClock();
  const keyed = isKeyed ? { keyed: { key: "k", seed: "s", seal, goesOn } } : {};
  const settled = await settleRequest(script.desk, { outcomes, render, ...keyed }, ports);
  const elapsedMs = ports.elapsedMs();
  await Promise.all(ports.background);
  return { settled, elapsedMs, ...script, undelivered: ports.undelivered };
}

describe("a request is answered", () => {
  const answered: [name: string, turns: Turn<SettleReply>[], answer: string, calls: number][] = [
    ["when the desk has settled it", [ok], "100 30", 1],
    ["after a lost reply", ["lost", ok], "100 30", 2],
    ["after three lost replies", ["lost", "lost", "silence", ok], "100 30", 4],
    ["with 61003 for what the credit does not cover", [{ kind: "refused", xrs: [xr(2)], cappedXrs: [], day: DAY, leftMicros: 100 }, ok], "100 61003", 2],
    ["with the refusal taken back when the desk had charged it after all", [
      { kind: "refused", xrs: [xr(1), xr(2)], cappedXrs: [], day: DAY, leftMicros: 0 },
      { kind: "differs", recorded: [{ xr: xr(1), priceMicros: 100 }] },
      ok,
    ], "100 61003", 3],
    ["as the desk has it when that was recorded unpaid", [{ kind: "differs", recorded: [{ xr: xr(1), priceMicros: 0 }] }, ok], "61003 30", 2],
  ];
  test.each(answered)("%s", async (_name, turns, answer, calls) => {
    const { settled, settles, voids } = await settleWith(turns);
    expect(settled).toMatchObject({ kind: "settled", answer, leftMicros: 900 });
    expect(settles).toHaveLength(calls);
    expect(voids).toEqual([]);
  });

  test("without asking the desk when nothing ran and there is no key", async () => {
    const { desk, settles } = scriptedDesk({});
    expect(await settleRequest(desk, { outcomes: [], render }, jumpingClock())).toMatchObject({ kind: "settled", answer: "" });
    expect(settles).toEqual([]);
  });

  test("and the desk was told exactly what is answered: refused events at price 0, as failures", async () => {
    const { settles } = await settleWith([{ kind: "refused", xrs: [xr(2)], cappedXrs: [], day: DAY, leftMicros: 100 }, ok]);
    expect(settles[0]?.events.map(({ priceMicros }) => priceMicros)).toEqual([100, 30]);
    expect(settles[1]?.events.map(({ xr: sid, priceMicros }) => [sid, priceMicros])).toEqual([[xr(1), 100], [xr(2), 0]]);
    expect(JSON.parse(settles[1]?.events[1]?.record ?? "")).toMatchObject({ status: "failed", code: 61003, failure: "credit_exhausted", price_micros: 0 });
  });

  test("in little time when a reply is lost at once", async () => {
    expect((await settleWith(["lost", "lost", ok])).elapsedMs).toBeLessThan(150);
  });
});

describe("a request with a key", () => {
  const cases: [name: string, turns: () => Promise<Turn<SettleReply>[]>, settled: Partial<Settled>][] = [
    ["is answered and its sealed answer kept", async () => [ok], { kind: "settled", answer: "100 30" }],
    ["has its own answer back after a lost reply, which is no replay", async () => ["lost", { kind: "replay", answer: await seal("100 30") }], { kind: "settled", answer: "100 30" }],
    ["gives way to the answer of another run", async () => [{ kind: "replay", answer: await seal("other") }], { kind: "replay" }],
    ["is unavailable when four replies are lost: its claim stands", async () => [], { kind: "unavailable", overloaded: false }],
    ["is unavailable when the desk is overloaded", async () => ["overloaded"], { kind: "unavailable", overloaded: true }],
    ["fails when the desk cannot take the message: asking again would find out no more", async () => [unsound, ok], { kind: "failed", overloaded: false }],
    ["is unavailable when a reply was lost before the desk could not take the message", async () => ["lost", unsound, ok], { kind: "unavailable", overloaded: false }],
    ["is unavailable when its claim has passed to another", async () => [{ kind: "gone", xrs: [xr(1)] }], { kind: "unavailable", overloaded: false }],
  ];
  test.each(cases)("%s", async (_name, turns, settled) => {
    const result = await settleWith(await turns(), true);
    expect(result.settled).toMatchObject(settled);
    expect(result.voids).toEqual([]);
  });

  test("seals the answer that is given in the end", async () => {
    const { settles } = await settleWith([{ kind: "refused", xrs: [xr(1)], cappedXrs: [], day: DAY, leftMicros: 50 }, ok], true);
    expect(settles.map(({ keyed }) => new TextDecoder().decode(keyed !== undefined && "answer" in keyed ? keyed.answer : undefined))).toEqual(["sealed 100 30", "sealed 61003 30"]);
  });
});

describe("a request that goes on after it has settled", () => {
  const cases: [name: string, turns: () => Promise<Turn<SettleReply>[]>, settled: Partial<Settled>][] = [
    ["keeps what it goes on from", async () => [ok], { kind: "settled", answer: "100 30" }],
    ["goes on from its own settlement after a lost reply", async () => ["lost", { kind: "resume", progress: await seal("100 30") }], { kind: "settled", answer: "100 30" }],
    ["goes on from the settlement of another run that was first", async () => [{ kind: "resume", progress: await seal("other") }], { kind: "resume" }],
    ["gives way to a run that has ended", async () => [{ kind: "replay", answer: await seal("other") }], { kind: "replay" }],
  ];
  test.each(cases)("%s", async (_name, turns, settled) => {
    const result = await settleWith(await turns(), true, [], true);
    expect(result.settled).toMatchObject(settled);
    expect(result.settles[0]?.keyed).toEqual({ key: "k", seed: "s", progress: await seal("100 30") });
  });
});

describe("a request without a key fails", () => {
  const voided: VoidReply = { kind: "ok", leftMicros: 1_000 };

  test("with nothing to void when the desk turned it away at once, and is not sent again", async () => {
    const { settled, settles, voids } = await settleWith(["overloaded", ok]);
    expect(settled).toEqual({ kind: "failed", overloaded: true });
    expect(settles).toHaveLength(1);
    expect(voids).toEqual([]);
  });

  test("with nothing to void when the desk cannot take the message, and is not sent again", async () => {
    const { settled, settles, voids } = await settleWith([unsound, ok]);
    expect(settled).toEqual({ kind: "failed", overloaded: false });
    expect(settles).toHaveLength(1);
    expect(voids).toEqual([]);
  });

  const doubtful: [name: string, turns: Turn<SettleReply>[], overloaded: boolean][] = [
    ["when four replies were lost", ["lost", "lost", "lost", "lost", ok], false],
    ["when no reply ever comes", ["silence", "silence", "silence", "silence"], false],
    ["when the desk is overloaded after a lost reply", ["lost", "overloaded"], true],
    ["when the desk is overloaded after a refusal, which may arrive once more", [{ kind: "refused", xrs: [xr(2)], cappedXrs: [], day: DAY, leftMicros: 0 }, "overloaded"], true],
    ["when the desk cannot take the message after a lost reply", ["lost", unsound], false],
    ["when the desk no longer knows", [{ kind: "gone", xrs: [xr(1)] }], false],
    ["when the desk has a price that is none of its", [{ kind: "differs", recorded: [{ xr: xr(1), priceMicros: 7 }] }], false],
  ];
  test.each(doubtful)("and is voided %s", async (_name, turns, overloaded) => {
    const { settled, settles, voids } = await settleWith(turns, false, [voided]);
    expect(settled).toEqual({ kind: "failed", overloaded });
    expect(voids).toHaveLength(1);
    expect(voids[0]).toMatchObject({ begunAtMs: settles[0]?.begunAtMs, events: [{ xr: xr(1), priceMicros: 0 }, { xr: xr(2), priceMicros: 0 }] });
    expect(JSON.parse(voids[0]?.events[0]?.record ?? "")).toMatchObject({ status: "failed", code: 61000, failure: "internal", price_micros: 0 });
  });

  test("within ten seconds, also when every call hangs", async () => {
    expect((await settleWith(["silence", "silence", "silence", "silence"], false, [voided])).elapsedMs).toBeLessThan(10_000);
  });

  test("and its void is sent until the desk has it, also through an overload", async () => {
    const { voids, undelivered } = await settleWith([], false, ["lost", "overloaded", "silence", voided]);
    expect(voids).toHaveLength(4);
    expect(undelivered).toEqual([]);
  });

  test("and says which may stay charged when no void got through in the platform's time", async () => {
    const { voids, undelivered } = await settleWith([]);
    expect(voids.length).toBeGreaterThan(8);
    expect(undelivered).toEqual([xr(1), xr(2)]);
  });

  test("and says which may stay charged when the desk cannot take the void, which is not sent again", async () => {
    const { voids, undelivered } = await settleWith([], false, [{ kind: "unsound", problem: "a request SID occurs twice" }, voided]);
    expect(voids).toHaveLength(1);
    expect(undelivered).toEqual([xr(1), xr(2)]);
  });

  test("and says which may stay charged when the void came too late", async () => {
    const { undelivered } = await settleWith([], false, [{ kind: "late", xrs: [xr(2)] }]);
    expect(undelivered).toEqual([xr(2)]);
  });
});

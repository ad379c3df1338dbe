import { describe, expect, it } from "vitest";
import type { HoldReply, SettleHoldReply, SettleHoldRequest } from "../../src/domain/billing/hold.ts";
import type { HoldingDesk } from "../../src/invocation/desk.ts";
import { holdCredit, settleRecording } from "../../src/invocation/settle-recording.ts";
import { recordOf, xr } from "../support/invocation-records.ts";
import { jumpingClock } from "../support/scripted-desk.ts";

const RECORD = recordOf({ request_sid: xr(7), price_micros: 500, integration_point: "recording-api" });

async function reply<T>(value: T | null | undefined): Promise<T> {
  if (value === null || value === undefined) throw new Error("Network connection lost.");
  return value;
}

/** A desk that answers as it is told; null: its reply is lost. */
function deskThat({ holds, settles }: { holds?: HoldReply | null; settles?: SettleHoldReply | null }) {
  const asked: unknown[] = [];
  const desk: HoldingDesk = {
    hold: (request) => (asked.push(["hold", request]), reply(holds)),
    settleHold: (request: SettleHoldRequest) => (asked.push(["settle", request]), reply(settles)),
  };
  return { desk, asked };
}

const { clock } = jumpingClock();
const settled: SettleHoldReply = { kind: "settled", priceMicros: 500 };
const inProgress = { isHeld: true, isCanceled: false };

describe("a recording's credit", () => {
  it.each<[string, HoldReply | null]>([
    ["is held", { kind: "held" }],
    ["does not cover it", { kind: "refused", for: "credit" }],
    ["may be held, for all that is known", null],
  ])("%s", async (_what, holds) => {
    expect(await holdCredit(deskThat({ holds }).desk, { xr: xr(7), micros: 500 }, clock)).toEqual(holds);
  });
});

describe("a recording's settlement", () => {
  it.each<[string, SettleHoldReply | null, boolean]>([
    ["is made, now or before", settled, true],
    ["was made so long ago that the desk has forgotten it", { kind: "unknown" }, true],
    ["comes to a desk that cannot take it", { kind: "unsound", problem: "no" }, false],
    ["may have been made, for all that is known", null, false],
  ])("that %s", async (_what, settles, expected) => {
    expect(await settleRecording(deskThat({ settles }).desk, RECORD, inProgress, clock)).toBe(expected);
  });

  it("that gets no reply at all is given up for now", async () => {
    const silent: HoldingDesk = { hold: () => new Promise(() => {}), settleHold: () => new Promise(() => {}) };
    expect([await holdCredit(silent, { xr: xr(7), micros: 500 }, clock), await settleRecording(silent, RECORD, inProgress, clock)]).toEqual([null, false]);
  });

  it("sends the record, and whether it was canceled", async () => {
    const { desk, asked } = deskThat({ settles: settled });
    await settleRecording(desk, RECORD, { isHeld: true, isCanceled: true }, clock);
    expect(asked).toEqual([["settle", { event: { xr: xr(7), priceMicros: 500, record: JSON.stringify(RECORD) }, isCanceled: true }]]);
  });

  it("of what ended before the desk has heard of it makes it known first, at its price, which is then nothing", async () => {
    const { desk, asked } = deskThat({ holds: { kind: "held" }, settles: settled });
    const canceled = { ...RECORD, price_micros: 0 };
    expect(await settleRecording(desk, canceled, { isHeld: false, isCanceled: true }, clock)).toBe(true);
    expect(asked).toMatchObject([["hold", { xr: xr(7), micros: 0 }], ["settle", {}]]);
    expect(await settleRecording(deskThat({ holds: { kind: "held" }, settles: { kind: "unknown" } }).desk, canceled, { isHeld: false, isCanceled: true }, clock)).toBe(false);
    expect(await settleRecording(deskThat({ holds: null, settles: settled }).desk, canceled, { isHeld: false, isCanceled: true }, clock)).toBe(false);
  });
});

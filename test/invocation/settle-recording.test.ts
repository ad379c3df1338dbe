import { describe, expect, it } from "vitest";
import { begin } from "../../src/domain/billing/claim.ts";
import { grant } from "../../src/domain/billing/credit.ts";
import { settle } from "../../src/domain/billing/desk.ts";
import type { Desk } from "../../src/invocation/desk.ts";
import { settleRecording } from "../../src/invocation/settle-recording.ts";
import { recordOf, xr } from "../support/invocation-records.ts";
import { MapDeskStore } from "../support/map-desk-store.ts";
import { scriptedDesk, type Turn } from "../support/scripted-desk.ts";

const NOW = 1_700_000_000_000;
const RECORD = recordOf({ request_sid: xr(7), price_micros: 500, integration_point: "recording-api" });
const RUN = { kind: "run", seed: xr(7) } as const;
const answer = Uint8Array.from([1]);

describe("a recording's settlement", () => {
  it.each<[string, Parameters<typeof scriptedDesk>[0], "settled" | "unpaid" | "unknown"]>([
    ["is made", { begin: [RUN], settle: [{ kind: "ok", leftMicros: 0 }] }, "settled"],
    ["was made before", { begin: [{ kind: "replay", answer }] }, "settled"],
    ["was made by another call meanwhile", { begin: [RUN], settle: [{ kind: "replay", answer }] }, "settled"],
    ["is not covered by the credit", { begin: [RUN], settle: [{ kind: "refused", xrs: [xr(7)], leftMicros: 1 }] }, "unpaid"],
    ["is under way in another call", { begin: [{ kind: "wait", waitMs: 10 }] }, "unknown"],
    ["finds no room for its key", { begin: [{ kind: "full", waitMs: 10 }] }, "unknown"],
    ["comes to a desk that has lost the key", { begin: [RUN], settle: [{ kind: "gone", xrs: [xr(7)] }] }, "unknown"],
    ["cannot be begun for all that is known", { begin: ["lost"] }, "unknown"],
    ["may have been made, for all that is known", { begin: [RUN], settle: ["lost"] }, "unknown"],
    ["comes to a desk that is overloaded", { begin: [RUN], settle: ["overloaded"] }, "unknown"],
  ])("that %s", async (_what, turns, expected) => {
    expect(await settleRecording(scriptedDesk(turns).desk, RECORD, NOW)).toBe(expected);
  });

  it("sends the record under a key of the invocation's own", async () => {
    const { desk, settles } = scriptedDesk({ begin: [RUN], settle: [{ kind: "ok", leftMicros: 0 }] });
    await settleRecording(desk, RECORD, NOW);
    expect(settles).toEqual([
      { begunAtMs: NOW, events: [{ xr: xr(7), priceMicros: 500, record: JSON.stringify(RECORD) }], keyed: { key: `recording ${xr(7)}`, seed: xr(7), answer } },
    ]);
  });

  it("charges once in a day, however often replies are lost and however much time passes, and the desk forgets it in between", async () => {
    const store = new MapDeskStore();
    grant(store, NOW, { key: "g", sid: "CR1", micros: 10_000, reason: "test" });
    let nowMs = NOW;
    let losses: Turn<"kept">[] = ["lost", "kept", "lost", "lost", "kept"];
    const reply = async <T>(value: T): Promise<T> => {
      if (losses.shift() === "lost") throw new Error("Network connection lost.");
      return value;
    };
    const desk: Pick<Desk, "begin" | "settle"> = {
      begin: (request) => reply(begin(store, nowMs, request)),
      settle: (request) => reply(settle(store, nowMs, request)),
    };
    const outcomes: string[] = [];
    for (let hour = 0; hour < 23; hour++) {
      outcomes.push(await settleRecording(desk as Desk, RECORD, nowMs));
      nowMs += 3_600_000;
      store.commit(nowMs);
    }
    expect(new Set(outcomes)).toEqual(new Set(["unknown", "settled"]));
    expect(store.totals()).toMatchObject({ events: 1, spentMicros: 500 });
    losses = [];
    expect(await settleRecording(desk as Desk, { ...RECORD, request_sid: xr(8) }, nowMs)).toBe("settled");
    expect(store.totals().spentMicros).toBe(1_000);
  });

  it("that the credit does not cover can be made at no price afterwards, once", async () => {
    const store = new MapDeskStore();
    const desk = { begin: async (request: Parameters<Desk["begin"]>[0]) => begin(store, NOW, request), settle: async (request: Parameters<Desk["settle"]>[0]) => settle(store, NOW, request) } as Desk;
    expect(await settleRecording(desk, RECORD, NOW)).toBe("unpaid");
    expect(await settleRecording(desk, { ...RECORD, price_micros: 0, status: "failed", code: 61003 }, NOW)).toBe("settled");
    expect(await settleRecording(desk, { ...RECORD, price_micros: 0, status: "failed", code: 61003 }, NOW)).toBe("settled");
    expect(store.totals()).toMatchObject({ events: 1, spentMicros: 0 });
  });
});

import { describe, expect, test } from "vitest";
import { begin, finish, type FinishReply, forgetAnswer } from "../../src/domain/billing/claim.ts";
import { grant } from "../../src/domain/billing/credit.ts";
import { type DeskEvent, settle } from "../../src/domain/billing/desk.ts";
import { eventOf, xr } from "../support/invocation-records.ts";
import { MapDeskStore } from "../support/map-desk-store.ts";

const NOW = 1_700_000_000_000;
const SECOND = 1_000;

const event = (number: number, priceMicros: number): DeskEvent => eventOf({ request_sid: xr(number), price_micros: priceMicros });

function storeWithCredit(): MapDeskStore {
  const store = new MapDeskStore();
  grant(store, NOW, { key: "first", sid: "CR1", micros: 100, reason: "test" });
  return store;
}

describe("a request that goes on after it has settled", () => {
  const progress = Uint8Array.from([5]);
  const answer = Uint8Array.from([1, 2, 3]);
  const claimMs = 50 * SECOND;
  const claimed = (): MapDeskStore => {
    const store = storeWithCredit();
    begin(store, NOW, { key: "k", print: "p", seed: "s1", claimMs });
    return store;
  };
  const settled = (): MapDeskStore => {
    const store = claimed();
    settle(store, NOW, { begunAtMs: NOW, events: [event(1, 30)], keyed: { key: "k", seed: "s1", progress } });
    return store;
  };
  const finished = (): MapDeskStore => {
    const store = settled();
    finish(store, { key: "k", seed: "s1", holder: "s1", answer, alerts: [] });
    return store;
  };
  const givenBack = (): MapDeskStore => {
    const store = settled();
    finish(store, { key: "k", seed: "s1", holder: "s1", answer: null, alerts: [] });
    return store;
  };
  const takenOver = (): MapDeskStore => {
    const store = settled();
    begin(store, NOW + claimMs, { key: "k", print: "p", seed: "s2", claimMs });
    return store;
  };
  const forgotten = (): MapDeskStore => {
    const store = settled();
    forgetAnswer(store, "k");
    return store;
  };

  const forgottenAndFinished = (): MapDeskStore => {
    const store = forgotten();
    finish(store, { key: "k", seed: "s1", holder: "s1", answer, alerts: [] });
    return store;
  };
  const answerForgotten = (): MapDeskStore => {
    const store = finished();
    forgetAnswer(store, "k");
    return store;
  };

  const begins: [name: string, store: () => MapDeskStore, afterMs: number, reply: ReturnType<typeof begin>][] = [
    ["has its key for as long as it said", settled, claimMs - 1, { kind: "wait", waitMs: 1 }],
    ["is taken up by another run where it had come to, when it died", settled, claimMs, { kind: "run", seed: "s1", progress }],
    ["is run from its beginning when it died before it settled", claimed, claimMs, { kind: "run", seed: "s1" }],
    ["is taken up at once when it gave its key back", givenBack, 0, { kind: "run", seed: "s1", progress }],
    ["is replayed when it came to an answer", finished, claimMs, { kind: "replay", answer }],
    ["is waited for anew when another run has taken it up", takenOver, claimMs + 1, { kind: "wait", waitMs: claimMs - 1 }],
    ["is taken up with nothing of its results when they were forgotten", forgotten, claimMs, { kind: "run", seed: "s1", progress: new Uint8Array(0) }],
    ["is nobody's when it was forgotten and then came to an answer", forgottenAndFinished, claimMs, { kind: "conflict" }],
    ["is nobody's when its answer was forgotten", answerForgotten, claimMs, { kind: "conflict" }],
  ];
  test.each(begins)("%s", (_name, store, afterMs, reply) => {
    expect(begin(store(), NOW + afterMs, { key: "k", print: "p", seed: "s3", claimMs })).toEqual(reply);
  });

  const finishes: [name: string, store: () => MapDeskStore, holder: string, answer: Uint8Array | null, reply: FinishReply, kept: Uint8Array | null][] = [
    ["keeps its answer", settled, "s1", answer, { kind: "ok" }, answer],
    ["keeps its answer though it settled nothing", claimed, "s1", answer, { kind: "ok" }, answer],
    ["keeps its answer also when another run took it up meanwhile: the first answer counts", takenOver, "s1", answer, { kind: "ok" }, answer],
    ["has the answer that was first", finished, "s2", Uint8Array.from([9]), { kind: "replay", answer }, answer],
    ["has the answer that was first though it came to none", finished, "s2", null, { kind: "replay", answer }, answer],
    ["finds nothing to end under a key that nobody has", () => storeWithCredit(), "s1", answer, { kind: "gone" }, null],
    ["keeps no answer when its results were forgotten meanwhile", forgotten, "s1", answer, { kind: "ok" }, new Uint8Array(0)],
    ["leaves an answer that was forgotten forgotten", answerForgotten, "s1", Uint8Array.from([9]), { kind: "gone" }, new Uint8Array(0)],
  ];
  test.each(finishes)("at its end %s", (_name, makeStore, holder, ended, reply, kept) => {
    const store = makeStore();
    expect(finish(store, { key: "k", seed: "s1", holder, answer: ended, alerts: [] })).toEqual(reply);
    expect(store.claim("k")?.answer ?? null).toEqual(kept);
    if (kept !== null) expect(store.claim("k")?.progress).toBeNull();
  });

  test("does not give back a key that another run has taken up", () => {
    const store = takenOver();
    finish(store, { key: "k", seed: "s1", holder: "s1", answer: null, alerts: [] });
    expect(begin(store, NOW + claimMs, { key: "k", print: "p", seed: "s3", claimMs }).kind).toBe("wait");
  });

  test("settles once: the next settlement goes on from the first one's, or has its answer", () => {
    const again = { begunAtMs: NOW, events: [event(1, 0)], keyed: { key: "k", seed: "s1", progress: Uint8Array.from([9]) } };
    const store = settled();
    expect(settle(store, NOW, again)).toEqual({ kind: "resume", progress });
    expect(store.totals()).toMatchObject({ events: 1, spentMicros: 30 });
    expect(settle(finished(), NOW, again)).toEqual({ kind: "replay", answer });
    expect(settle(forgotten(), NOW, again)).toEqual({ kind: "resume", progress: new Uint8Array(0) });
    expect(settle(answerForgotten(), NOW, again)).toEqual({ kind: "gone", xrs: [xr(1)] });
  });

  test("leaves its alerts with the desk, whatever became of its key", () => {
    const store = storeWithCredit();
    finish(store, { key: "nobody's", seed: "s1", holder: "s1", answer: null, alerts: ['{"sid":"NO1"}'] });
    expect(store.commit(NOW).alerts).toEqual(['{"sid":"NO1"}']);
  });
});

import { describe, expect, test } from "vitest";
import { begin, CLAIMS_BYTES, forgetAnswer } from "../../src/domain/billing/claim.ts";
import { availableMicros, grant, isCreditShort, unaffordable } from "../../src/domain/billing/credit.ts";
import { type DeskEvent, settle, type SettleReply, voidAll } from "../../src/domain/billing/desk.ts";
import { problemOfMessage } from "../../src/domain/billing/desk-message.ts";
import { eventOf, xr } from "../support/invocation-records.ts";
import { MapDeskStore } from "../support/map-desk-store.ts";

const NOW = 1_700_000_000_000;
const DAY = Math.floor(NOW / 86_400_000);
const SECOND = 1_000;
const HOUR = 3_600_000;

/** An event by a short notation: number of the request SID, and price. */
const event = (number: number, priceMicros: number): DeskEvent => eventOf({ request_sid: xr(number), price_micros: priceMicros });

type Before = { credit?: number; recorded?: [number, number][]; voided?: number[] };

function storeWith({ credit = 100, recorded = [], voided = [] }: Before): MapDeskStore {
  const store = new MapDeskStore();
  grant(store, NOW, { key: "first", sid: "CR1", micros: credit, reason: "test" });
  settle(store, NOW, { begunAtMs: NOW, events: recorded.map(([number, price]) => event(number, price)) });
  voidAll(store, NOW, { begunAtMs: NOW, events: voided.map((number) => event(number, 0)) });
  return store;
}

describe("settle, without a key", () => {
  const cases: [name: string, before: Before, events: [number, number][], reply: SettleReply, leftMicros: number, recorded: number][] = [
    ["records new events and charges their prices", {}, [[1, 30], [2, 0]], { kind: "ok", leftMicros: 70 }, 70, 2],
    ["spends the credit to the last micro-dollar", {}, [[1, 60], [2, 40]], { kind: "ok", leftMicros: 0 }, 0, 2],
    ["records what is free without any credit", { credit: 0 }, [[1, 0]], { kind: "ok", leftMicros: 0 }, 0, 1],
    ["has nothing to write for no events", {}, [], { kind: "ok", leftMicros: 100 }, 100, 0],
    ["gives a repetition the same reply and writes nothing", { recorded: [[1, 30], [2, 0]] }, [[1, 30], [2, 0]], { kind: "ok", leftMicros: 70 }, 70, 2],
    ["completes what is partly recorded", { recorded: [[1, 30]] }, [[1, 30], [2, 10]], { kind: "ok", leftMicros: 60 }, 60, 2],
    ["refuses the priced event that does not fit, and writes nothing", {}, [[1, 101], [2, 0]], { kind: "refused", xrs: [xr(1)], cappedXrs: [], day: DAY, leftMicros: 100 }, 100, 0],
    ["refuses those after which a cheaper one still fits", {}, [[1, 60], [2, 60], [3, 40]], { kind: "refused", xrs: [xr(2)], cappedXrs: [], day: DAY, leftMicros: 100 }, 100, 0],
    ["does not charge again for what is recorded when it asks what fits", { recorded: [[1, 90]] }, [[1, 90], [2, 20]], { kind: "refused", xrs: [xr(2)], cappedXrs: [], day: DAY, leftMicros: 10 }, 10, 1],
    ["says at which price an event is recorded", { recorded: [[1, 30]] }, [[1, 0], [2, 10]], { kind: "differs", recorded: [{ xr: xr(1), priceMicros: 30 }] }, 70, 1],
    ["says so also of one that was recorded as free", { recorded: [[1, 0]] }, [[1, 30]], { kind: "differs", recorded: [{ xr: xr(1), priceMicros: 0 }] }, 100, 1],
    ["writes nothing of a request of which one event was voided", { recorded: [[1, 30], [2, 5]], voided: [1] }, [[1, 30], [2, 5], [3, 1]], { kind: "gone", xrs: [xr(1)] }, 95, 2],
    ["finds a void that came before it", { voided: [1] }, [[1, 30]], { kind: "gone", xrs: [xr(1)] }, 100, 1],
    ["tells of a void before a price that differs", { recorded: [[2, 5]], voided: [1] }, [[1, 30], [2, 6]], { kind: "gone", xrs: [xr(1)] }, 95, 2],
  ];
  test.each(cases)("%s", (_name, before, events, reply, leftMicros, recorded) => {
    const store = storeWith(before);
    expect(settle(store, NOW, { begunAtMs: NOW, events: events.map(([number, price]) => event(number, price)) })).toEqual(reply);
    expect(availableMicros(store.totals(), 0)).toBe(leftMicros);
    expect(store.totals().events).toBe(recorded);
  });
});

describe("a message that comes long after its settlement began", () => {
  const late = NOW + 55 * SECOND + 1;
  test("is not taken for a new one, since what it repeats may be forgotten", () => {
    const store = storeWith({});
    expect(settle(store, late, { begunAtMs: NOW, events: [event(1, 30)] })).toEqual({ kind: "gone", xrs: [xr(1)] });
    expect(settle(store, late - 1, { begunAtMs: NOW, events: [event(1, 30)] })).toEqual({ kind: "ok", leftMicros: 70 });
  });
  test("is still recognised as long as the desk remembers", () => {
    const store = storeWith({ recorded: [[1, 30]] });
    expect(settle(store, late, { begunAtMs: NOW, events: [event(1, 30)] })).toEqual({ kind: "ok", leftMicros: 70 });
  });
  test("voids what is remembered and says what it could not void", () => {
    const store = storeWith({ recorded: [[1, 30]] });
    const request = { begunAtMs: NOW, events: [event(1, 0), event(2, 0)] };
    expect(voidAll(store, late, request)).toEqual({ kind: "late", xrs: [xr(2)] });
    expect(store.totals()).toEqual({ events: 1, grantedMicros: 100, spentMicros: 0 });
  });
});

describe("void", () => {
  const cases: [name: string, before: Before, voids: number[], leftMicros: number, events: number][] = [
    ["takes a charge back", { recorded: [[1, 30], [2, 5]] }, [1], 95, 2],
    ["leaves what was free as it is, but for its being void", { recorded: [[1, 0]] }, [1], 100, 1],
    ["records an invocation that never came", {}, [1], 100, 1],
    ["changes nothing the second time", { recorded: [[1, 30]], voided: [1] }, [1, 1], 100, 1],
  ];
  test.each(cases)("%s", (_name, before, voids, leftMicros, events) => {
    const store = storeWith(before);
    const request = { begunAtMs: NOW, events: voids.map((number) => event(number, 0)) };
    expect(voidAll(store, NOW, request)).toEqual({ kind: "ok", leftMicros });
    expect(store.totals().events).toBe(events);
    for (const number of voids) expect(store.recorded(xr(number))).toBe("void");
  });
});

describe("an idempotency key", () => {
  const request = { key: "k", print: "p", seed: "s1" };
  const answer = Uint8Array.from([1, 2, 3]);
  const claimed = (): MapDeskStore => {
    const store = storeWith({});
    begin(store, NOW, request);
    return store;
  };
  const settled = (): MapDeskStore => {
    const store = claimed();
    settle(store, NOW, { begunAtMs: NOW, events: [event(1, 30)], keyed: { key: "k", seed: "s1", answer } });
    return store;
  };

  const cases: [name: string, store: () => MapDeskStore, afterMs: number, print: string, seed: string, reply: ReturnType<typeof begin>][] = [
    ["that is new is run with the seed it came with", () => storeWith({}), 0, "p", "s2", { kind: "run", seed: "s2" }],
    ["of another request is a conflict while that runs", claimed, 0, "q", "s2", { kind: "conflict" }],
    ["of another request is a conflict when that is answered", settled, HOUR, "q", "s2", { kind: "conflict" }],
    ["of another request is a conflict also when that died", claimed, HOUR, "q", "s2", { kind: "conflict" }],
    ["that is answered is replayed", settled, 23 * HOUR, "p", "s2", { kind: "replay", answer }],
    ["whose run is under way is waited for", claimed, 10 * SECOND, "p", "s2", { kind: "wait", waitMs: 20 * SECOND }],
    ["whose run repeats its begin goes on with that run", claimed, 10 * SECOND, "p", "s1", { kind: "run", seed: "s1" }],
    ["whose run died is run again with the first seed", claimed, 30 * SECOND, "p", "s2", { kind: "run", seed: "s1" }],
    ["is anybody's again after a day", settled, 24 * HOUR, "q", "s2", { kind: "run", seed: "s2" }],
  ];
  test.each(cases)("%s", (_name, store, afterMs, print, seed, reply) => {
    expect(begin(store(), NOW + afterMs, { key: "k", print, seed })).toEqual(reply);
  });

  test("whose run died is claimed anew by the next, for which a third one waits", () => {
    const store = claimed();
    begin(store, NOW + 30 * SECOND, { ...request, seed: "s2" });
    expect(begin(store, NOW + 40 * SECOND, { ...request, seed: "s3" })).toEqual({ kind: "wait", waitMs: 20 * SECOND });
    expect(begin(store, NOW + 40 * SECOND, { ...request, seed: "s2" })).toEqual({ kind: "run", seed: "s1" });
  });

  const settling: [name: string, store: () => MapDeskStore, seed: string, reply: SettleReply, spentMicros: number][] = [
    ["stores the answer with the charge", claimed, "s1", { kind: "ok", leftMicros: 70 }, 30],
    ["gives the answer of the settlement that was first", settled, "s1", { kind: "replay", answer }, 30],
    ["writes nothing for a key that nobody claimed", () => storeWith({}), "s1", { kind: "gone", xrs: [xr(1)] }, 0],
    ["writes nothing for a claim that has passed to another request", claimed, "s0", { kind: "gone", xrs: [xr(1)] }, 0],
  ];
  test.each(settling)("settles once: it %s", (_name, makeStore, seed, reply, spentMicros) => {
    const store = makeStore();
    const keyed = { key: "k", seed, answer: reply.kind === "replay" ? Uint8Array.from([9]) : answer };
    expect(settle(store, NOW, { begunAtMs: NOW, events: [event(1, 30)], keyed })).toEqual(reply);
    expect(store.totals().spentMicros).toBe(spentMicros);
  });

  test("keeps no answer of a settlement that was refused", () => {
    const store = claimed();
    expect(settle(store, NOW, { begunAtMs: NOW, events: [event(1, 500)], keyed: { key: "k", seed: "s1", answer } }).kind).toBe("refused");
    expect(store.claim("k")?.answer).toBeNull();
  });

  test("whose answer is to be forgotten never replays it and never runs again", () => {
    const store = settled();
    forgetAnswer(store, "k");
    expect(begin(store, NOW, { ...request, seed: "s2" })).toEqual({ kind: "conflict" });
    expect(store.claim("k")?.answer).toHaveLength(0);
  });
});

test("an answer that is not there yet is not forgotten: its run goes on", () => {
  const store = storeWith({});
  begin(store, NOW, { key: "k", print: "p", seed: "s1" });
  forgetAnswer(store, "k");
  const keyed = { key: "k", seed: "s1", answer: Uint8Array.from([1]) };
  expect(settle(store, NOW, { begunAtMs: NOW, events: [], keyed })).toMatchObject({ kind: "ok" });
});

describe("a desk that keeps as many answers as it may", () => {
  const keyed = { key: "old", seed: "s1", answer: Uint8Array.from([1]) };
  /** Full by what one claim and its answer are said to take; nobody stores a gigabyte for a test. */
  const full = (): MapDeskStore => {
    const store = storeWith({});
    begin(store, NOW, { key: "old", print: "p", seed: "s1" });
    begin(store, NOW + HOUR, { key: "running", print: "p", seed: "s2" });
    settle(store, NOW, { begunAtMs: NOW, events: [], keyed });
    store.claimsBytes = () => CLAIMS_BYTES;
    return store;
  };

  test("takes no further key before the first one's day is over", () => {
    expect(begin(full(), NOW + 2 * HOUR, { key: "new", print: "p", seed: "s3" })).toEqual({ kind: "full", waitMs: 22 * HOUR });
    expect(full().claim("new")).toBeUndefined();
  });

  test("asks for a second's patience when that is over, and the claim only not removed yet", () => {
    expect(begin(full(), NOW + 24 * HOUR, { key: "old", print: "p", seed: "s3" })).toEqual({ kind: "full", waitMs: SECOND });
  });

  test("goes on with the keys that it has, and with what has none", () => {
    const store = full();
    expect(begin(store, NOW, { key: "old", print: "p", seed: "s3" })).toEqual({ kind: "replay", answer: keyed.answer });
    expect(begin(store, NOW + 2 * HOUR, { key: "running", print: "p", seed: "s3" })).toEqual({ kind: "run", seed: "s2" });
    expect(settle(store, NOW, { begunAtMs: NOW, events: [event(1, 30)], keyed: { key: "running", seed: "s2", answer: keyed.answer } })).toMatchObject({ kind: "ok" });
    expect(settle(store, NOW, { begunAtMs: NOW, events: [event(2, 30)] })).toMatchObject({ kind: "ok" });
  });
});

describe("credit", () => {
  test("is granted once for its key, with the first answer repeated", () => {
    const store = new MapDeskStore();
    const request = { key: "k", sid: "CR1", micros: 500, reason: "trial" };
    const first = grant(store, NOW, request);
    expect(first).toMatchObject({ kind: "granted", replayed: false, grant: { sid: "CR1", micros: 500, leftMicros: 500 } });
    grant(store, NOW, { ...request, key: "other", sid: "CR2" });
    expect(grant(store, NOW + HOUR, { ...request, sid: "CR3" })).toEqual({ ...first, replayed: true });
    expect(store.totals().grantedMicros).toBe(1_000);
  });

  test.each([["amount", { micros: 501 }], ["reason", { reason: "gift" }]])("is a conflict when its key comes with another %s", (_what, change) => {
    const store = new MapDeskStore();
    const request = { key: "k", sid: "CR1", micros: 500, reason: "trial" };
    grant(store, NOW, request);
    expect(grant(store, NOW, { ...request, ...change })).toEqual({ kind: "conflict" });
    expect(store.totals().grantedMicros).toBe(500);
  });

  test("stops where sums would no longer be exact", () => {
    const store = storeWith({ credit: 1_000_000_000_000_000 - 5 });
    expect(grant(store, NOW, { key: "k", sid: "CR2", micros: 6, reason: "" })).toEqual({ kind: "too_much", maxMicros: 5 });
    expect(grant(store, NOW, { key: "k", sid: "CR2", micros: 5, reason: "" })).toMatchObject({ kind: "granted" });
  });

  test.each([
    ["all when there is nothing", 0, [1, 2], [1, 2]],
    ["none when all fit", 3, [1, 2], []],
    ["never what is free", 0, [0, 1], [1]],
    ["what is too dear, in order", 5, [4, 2, 1, 1], [2, 1]],
  ])("does not cover %s", (_name, leftMicros, prices, refused) => {
    const events = prices.map((priceMicros) => ({ priceMicros }));
    expect(unaffordable(leftMicros, events).map(({ priceMicros }) => priceMicros)).toEqual(refused);
  });

  test.each([
    ["short below 100 requests", 9_999, 100, true],
    ["plenty from 100 requests on", 10_000, 100, false],
    ["no matter for what is free", 0, 0, false],
    ["unknown, and then not asked for", undefined, 100, false],
  ])("is %s", (_name, left, price, short) => {
    expect(isCreditShort(left, price)).toBe(short);
  });
});

describe("a message to the desk is refused", () => {
  const sound = { begunAtMs: NOW, events: [event(1, 30)] };
  test.each([
    ["not when it is sound", sound, null],
    ["when a request SID occurs twice", { begunAtMs: NOW, events: [event(1, 30), event(1, 30)] }, "a request SID occurs twice"],
    ["when a price is negative", { begunAtMs: NOW, events: [event(1, -1)] }, `the price of ${xr(1)} is not a whole number of micro-dollars`],
    ["when a price is a fraction", { begunAtMs: NOW, events: [event(1, 0.5)] }, `the price of ${xr(1)} is not a whole number of micro-dollars`],
    ["when it has too many events", { begunAtMs: NOW, events: Array.from({ length: 101 }, (_, index) => event(index, 0)) }, "101 events are more than 100"],
    ["when its records are too long", { begunAtMs: NOW, events: [{ xr: xr(1), priceMicros: 0, record: "x".repeat(262_145) }] }, "the records are longer than 262144 characters"],
    ["when its answer is too large", { ...sound, keyed: { key: "k", seed: "s", answer: new Uint8Array(1_048_577) } }, "the answer is larger than 1048576 bytes"],
  ])("%s", (_name, message, problem) => {
    expect(problemOfMessage(message)).toBe(problem);
  });
});

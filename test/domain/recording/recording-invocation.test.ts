import { assert, array, constantFrom, nat, property, record } from "fast-check";
import { describe, expect, test } from "vitest";
import {
  next,
  NEW_INVOCATION,
  type Callback,
  type Dispatched,
  type DueKind,
  type InvocationEvent,
  type InvocationReply,
  type Phase,
  type RecordingInvocation,
} from "../../../src/domain/recording/recording-invocation.ts";

const NOW = 1_700_000_000_000;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const TIMEOUT = 10 * MINUTE;

const mine: Callback = { attempt: "a1", md5: "m1", sizeBytes: 10 };
const other: Callback = { attempt: "a2", md5: "m2", sizeBytes: 11 };
const accepted: Dispatched = { kind: "accepted" };
const busy: Dispatched = { kind: "unavailable", failure: { kind: "server_error", detail: "The publisher answered with status 503." } };
const refusedAudio: Dispatched = { kind: "failed", failure: { kind: "rejected", detail: "It refused." }, isRefusal: true };
const clientError: Dispatched = { kind: "failed", failure: { kind: "client_error", detail: "The publisher answered with status 404." }, isRefusal: false };
const dispatched = (result: Dispatched, number = 1): InvocationEvent => ({ kind: "dispatched", number, result, callbackTimeoutMs: TIMEOUT });
const HELD: InvocationEvent = { kind: "held", refusedFor: null };
const BEGIN: InvocationEvent = { kind: "begin_dispatch", deadlineMs: 40 * SECOND };
const settled = (isCanceled = false): InvocationEvent => ({ kind: "settled", isCanceled });
const calledBack = (callback: Callback, uploadedAtMs = NOW): InvocationEvent => ({ kind: "received", callback, uploadedAtMs });
const due = (kind: DueKind): InvocationEvent => ({ kind: "due", due: kind });

const after = (...events: InvocationEvent[]): RecordingInvocation => events.reduce((state, event) => next(state, event, NOW).state, NEW_INVOCATION);
/** Its price is held: it may be sent. */
const QUEUED = after(HELD);

/** A state of each phase, as events bring it about. */
function stateIn(phase: Phase): RecordingInvocation {
  const begin = BEGIN;
  const toReceived: InvocationEvent[] = [HELD, begin, dispatched(accepted), calledBack(mine)];
  const checked: InvocationEvent = { kind: "checked", failure: null, priceMicros: 500 };
  const paths: Record<Phase, RecordingInvocation> = {
    queued: QUEUED,
    sending: after(HELD, begin),
    in_progress: after(HELD, begin, dispatched(accepted)),
    received: after(...toReceived),
    settling: after(...toReceived, checked),
    completed: after(...toReceived, checked, settled()),
    failed: after(HELD, begin, dispatched(clientError), settled()),
    canceled: after({ kind: "cancel" }, settled(true)),
  };
  return paths[phase];
}

const PHASES: readonly Phase[] = ["queued", "sending", "in_progress", "received", "settling", "completed", "failed", "canceled"];

/** Each event, and per phase the phase after it with the reply, in the order of `PHASES`. A dash: nothing changes. */
const TABLE: [name: string, event: InvocationEvent, atMs: number, phases: (Phase | "-" | [Phase | "-", InvocationReply["kind"]])[]][] = [
  ["a turn to send", BEGIN, 0, [["sending", "go"], "-", "-", "-", "-", "-", "-", "-"]],
  ["its acceptance", dispatched(accepted), 0, ["-", ["in_progress", "taken"], "-", "-", "-", "-", "-", "-"]],
  ["a server error", dispatched(busy), 0, ["-", ["queued", "taken"], "-", "-", "-", "-", "-", "-"]],
  ["a client error", dispatched(clientError), 0, ["-", ["settling", "taken"], "-", "-", "-", "-", "-", "-"]],
  ["a refusal of the audio", dispatched(refusedAudio), 0, ["-", ["settling", "taken"], "-", "-", "-", "-", "-", "-"]],
  ["what came of an attempt that is not this one", dispatched(accepted, 7), 0, ["-", "-", "-", "-", "-", "-", "-", "-"]],
  [
    "a callback",
    calledBack(mine),
    0,
    [["received", "received"], ["received", "received"], ["received", "received"], ["-", "repeated"], ["-", "repeated"], ["-", "repeated"], ["-", "gone"], ["-", "gone"]],
  ],
  [
    "another callback",
    calledBack(other),
    0,
    [["received", "received"], ["received", "received"], ["received", "received"], ["-", "conflict"], ["-", "conflict"], ["-", "conflict"], ["-", "gone"], ["-", "gone"]],
  ],
  [
    "a callback at the very end of the time",
    calledBack(mine, NOW + TIMEOUT),
    TIMEOUT,
    [["received", "received"], ["received", "received"], ["received", "received"], ["-", "repeated"], ["-", "repeated"], ["-", "repeated"], ["-", "gone"], ["-", "gone"]],
  ],
  [
    "a callback after the time",
    calledBack(mine, NOW + TIMEOUT + 1),
    TIMEOUT + 1,
    [["received", "received"], ["received", "received"], ["-", "gone"], ["-", "repeated"], ["-", "repeated"], ["-", "repeated"], ["-", "gone"], ["-", "gone"]],
  ],
  [
    "a callback that was uploaded in time and read back after it",
    calledBack(mine, NOW + TIMEOUT),
    TIMEOUT + 4 * SECOND,
    [["received", "received"], ["received", "received"], ["received", "received"], ["-", "repeated"], ["-", "repeated"], ["-", "repeated"], ["-", "gone"], ["-", "gone"]],
  ],
  ["a good check", { kind: "checked", failure: null, priceMicros: 1 }, 0, ["-", "-", "-", "settling", "-", "-", "-", "-"]],
  ["a refusing check", { kind: "checked", failure: { kind: "response_schema_refused", detail: "no" }, priceMicros: 0 }, 0, ["-", "-", "-", "settling", "-", "-", "-", "-"]],
  ["the desk's record", settled(), 0, ["-", "-", "-", "-", "completed", "-", "-", "-"]],
  ["the desk's record of what has not been canceled", settled(true), 0, ["-", "-", "-", "-", "-", "-", "-", "-"]],
  ["that its price is held, again", HELD, 0, ["-", "-", "-", "-", "-", "-", "-", "-"]],
  ["that its price is not covered, after it was held", { kind: "held", refusedFor: "credit" }, 0, ["-", "-", "-", "-", "-", "-", "-", "-"]],
  ["the recording's deletion", { kind: "cancel" }, 0, ["settling", "settling", "settling", "settling", "settling", "-", "-", "-"]],
  ["the end of the time, and of that to read a callback back", due("deadline"), TIMEOUT + 5 * SECOND, ["-", "-", "settling", "-", "-", "-", "-", "-"]],
  ["the alarm just before that", due("deadline"), TIMEOUT + 5 * SECOND - 1, ["-", "-", "-", "-", "-", "-", "-", "-"]],
  ["the end of the time to check", due("check_limit"), 15 * MINUTE, ["-", "-", "-", "settling", "-", "-", "-", "-"]],
  ["the row of the dispatch", due("dispatch"), 16 * MINUTE, ["-", "queued", "-", "-", "-", "-", "-", "-"]],
  ...(["check", "settle", "publish", "relay", "retention"] as const).map((kind): (typeof TABLE)[number] => [`the row ${kind}`, due(kind), 0, ["-", "-", "-", "-", "-", "-", "-", "-"]]),
];

describe.each(TABLE)("%s", (_name, event, atMs, phases) => {
  test.each(PHASES.map((phase, index) => [phase, phases[index] ?? "-"] as const))("in %s", (phase, expected) => {
    const [phaseAfter, reply] = Array.isArray(expected) ? expected : [expected, "none" as const];
    const before = stateIn(phase);
    const transition = next(before, event, NOW + atMs);
    expect([transition.state.phase, transition.reply.kind]).toEqual([phaseAfter === "-" ? phase : phaseAfter, reply]);
    if (phaseAfter === "-") expect(transition.state).toEqual(before);
  });
});

describe("sending again", () => {
  test("happens after 5 s, 30 s, 2, 10 and 30 minutes, and then no more: it has failed with the last failure", () => {
    let state = QUEUED;
    const delays: (number | null | undefined)[] = [];
    for (let number = 1; number <= 6; number++) {
      state = next(state, BEGIN, NOW).state;
      const transition = next(state, dispatched(busy, number), NOW);
      state = transition.state;
      delays.push(transition.due.dispatch === null || transition.due.dispatch === undefined ? transition.due.dispatch : transition.due.dispatch - NOW);
    }
    expect(delays).toEqual([5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, null]);
    expect(state).toMatchObject({ phase: "settling", outcome: { failure: { kind: "server_error" }, priceMicros: 0 } });
  });
  test("happens too when whoever sent it has died: a minute after its time is over, and the schedule's delay", () => {
    expect(next(QUEUED, BEGIN, NOW).due.dispatch).toBe(NOW + 40 * SECOND + MINUTE);
    expect(next(stateIn("sending"), due("dispatch"), NOW + 2 * MINUTE).due.dispatch).toBe(NOW + 2 * MINUTE + 5 * SECOND);
  });
});

describe("what is due", () => {
  test("after acceptance is the end of the publisher's time", () => {
    expect(next(stateIn("sending"), dispatched(accepted), NOW).due).toEqual({ dispatch: null, deadline: NOW + TIMEOUT + 5 * SECOND, publish: NOW });
  });
  test("after a callback is its check, and the end of the time for that; the deadline is over", () => {
    const transition = next(stateIn("in_progress"), calledBack(mine), NOW);
    expect(transition.due).toEqual({ dispatch: null, deadline: null, check: NOW, check_limit: NOW + 15 * MINUTE });
  });
  test("after a callback that came before its acceptance was read is to show that it is in progress, too", () => {
    for (const phase of ["queued", "sending"] as const) expect(next(stateIn(phase), calledBack(mine), NOW).due).toMatchObject({ publish: NOW, check: NOW });
  });
  test("after a callback that came too late is what was due before: another one may have come in time, and be read back", () => {
    expect(next(stateIn("in_progress"), calledBack(mine, NOW + TIMEOUT + 1), NOW + TIMEOUT + 1)).toMatchObject({ due: {}, reply: { kind: "gone" } });
  });
  test("after the end is to publish, to relay, and to remove after 30 days", () => {
    expect(next(stateIn("settling"), settled(), NOW).due).toEqual({ settle: null, publish: NOW, relay: NOW, retention: NOW + 30 * DAY });
  });
  test("after a cancellation is no relay: nobody waits for it", () => {
    const canceling = next(stateIn("in_progress"), { kind: "cancel" }, NOW).state;
    expect(next(canceling, settled(), NOW).due).not.toHaveProperty("relay");
  });
  test("after a wake-up is the same again a minute later, as long as nobody followed it", () => {
    expect(next(stateIn("queued"), due("dispatch"), NOW).due).toEqual({ dispatch: NOW + MINUTE });
    expect(next(stateIn("received"), due("check"), NOW).due).toEqual({ check: NOW + MINUTE });
    expect(next(stateIn("settling"), due("settle"), NOW).due).toEqual({ settle: NOW + MINUTE });
  });
});

test("a callback of a recording that was deleted is gone, also when it had come before", () => {
  const canceling = next(stateIn("received"), { kind: "cancel" }, NOW).state;
  for (const callback of [mine, other]) expect(next(canceling, calledBack(callback), NOW).reply).toEqual({ kind: "gone" });
});

test("a callback of what has failed before it came is gone, before and after the failure is settled", () => {
  const failing = after(HELD, BEGIN, dispatched(clientError));
  const failed = next(failing, settled(), NOW).state;
  for (const state of [failing, failed]) expect(next(state, calledBack(mine), NOW)).toEqual({ state, due: {}, reply: { kind: "gone" } });
});

test("what the credit does not cover fails before anything is sent, at no price", () => {
  const unpaid = next(NEW_INVOCATION, { kind: "held", refusedFor: "credit" }, NOW);
  expect(unpaid).toMatchObject({ state: { phase: "settling", isHeld: true, outcome: { failure: { kind: "credit_exhausted" }, priceMicros: 0 } }, due: { settle: NOW, dispatch: null } });
  expect(next(unpaid.state, settled(), NOW).state.phase).toBe("failed");
});

test("nothing is sent before its price is held", () => {
  expect(next(NEW_INVOCATION, BEGIN, NOW)).toMatchObject({ state: NEW_INVOCATION, reply: { kind: "none" } });
});

test("what is canceled before it is settled is settled as canceled: what was settled meanwhile does not count", () => {
  const canceling = next(stateIn("settling"), { kind: "cancel" }, NOW).state;
  expect(canceling.outcome).toEqual({ failure: null, priceMicros: 0, canceled: true, refusal: false });
  expect(next(canceling, settled(false), NOW).state).toEqual(canceling);
  expect(next(canceling, settled(true), NOW).state.phase).toBe("canceled");
});

const isEnd = ({ phase }: RecordingInvocation): boolean => phase === "completed" || phase === "failed" || phase === "canceled";

test("whatever happens, in any order and any number of times, ends once, with one callback and one outcome that stays", () => {
  const events = constantFrom<InvocationEvent>(...TABLE.map(([, event]) => event), { kind: "held", refusedFor: "credit" });
  const steps = array(record({ event: events, waitMs: nat(TIMEOUT) }), { minLength: 1, maxLength: 40 });
  assert(
    property(steps, (taken) => {
      let state = NEW_INVOCATION;
      let nowMs = NOW;
      for (const { event, waitMs } of taken) {
        nowMs += waitMs;
        const { state: then } = next(state, event, nowMs);
        if (isEnd(state)) expect(then).toEqual(state);
        if (state.callback !== null) expect(then.callback).toEqual(state.callback);
        if (state.outcome !== null && event.kind !== "cancel") expect(then.outcome).toEqual(state.outcome);
        if (then.phase === "completed") expect(then.callback).not.toBeNull();
        if (then.outcome?.failure ?? then.outcome?.canceled) expect(then.outcome?.priceMicros).toBe(0);
        state = then;
      }
    }),
    { numRuns: 2_000 },
  );
});

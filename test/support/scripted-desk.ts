import type { BeginReply, FinishReply, FinishRequest } from "../../src/domain/billing/claim.ts";
import type { SettleReply, SettleRequest, VoidReply, VoidRequest } from "../../src/domain/billing/desk.ts";
import type { Desk } from "../../src/invocation/desk.ts";
import type { SettlePorts } from "../../src/invocation/settle.ts";

/** What becomes of one call: a reply, its loss, a refusal by an overloaded object, or silence for ever. */
export type Turn<T> = T | "lost" | "overloaded" | "silence";

type Turns = { begin?: Turn<BeginReply>[]; finish?: Turn<FinishReply>[]; settle?: Turn<SettleReply>[]; voidAll?: Turn<VoidReply>[] };

/** A desk that answers as it is told, and remembers what it was asked; further calls are lost. */
export function scriptedDesk(turns: Turns) {
  const settles: SettleRequest[] = [];
  const voids: VoidRequest[] = [];
  const finishes: FinishRequest[] = [];
  const left = { begin: [...(turns.begin ?? [])], finish: [...(turns.finish ?? [])], settle: [...(turns.settle ?? [])], voidAll: [...(turns.voidAll ?? [])] };
  const desk: Desk = {
    begin: () => take(left.begin),
    settle: (request) => {
      settles.push(request);
      return take(left.settle);
    },
    finish: (request) => {
      finishes.push(request);
      return take(left.finish);
    },
    voidAll: (request) => {
      voids.push(request);
      return take(left.voidAll);
    },
  };
  return { desk, settles, finishes, voids };
}

function take<T extends object>(turns: Turn<T>[]): Promise<T> {
  const turn = turns.shift() ?? "lost";
  if (turn === "silence") return new Promise(() => {});
  if (turn === "lost") return Promise.reject(new Error("Network connection lost."));
  if (turn === "overloaded") return Promise.reject(Object.assign(new Error("Durable Object is overloaded."), { overloaded: true }));
  return Promise.resolve(turn);
}

/** Time that jumps to the next timer as soon as nothing else can happen, so that waiting takes none. */
export function jumpingClock(): SettlePorts & { elapsedMs(): number; background: Promise<void>[]; undelivered: string[] } {
  const startMs = 1_700_000_000_000;
  let nowMs = startMs;
  const timers = new Set<{ atMs: number; callback: () => void }>();
  const jump = () => {
    const next = [...timers].toSorted((left, right) => left.atMs - right.atMs)[0];
    if (next === undefined) return;
    timers.delete(next);
    nowMs = next.atMs;
    next.callback();
  };
  const background: Promise<void>[] = [];
  const undelivered: string[] = [];
  return {
    clock: {
      nowMs: () => nowMs,
      random: () => 0.5,
      after: (delayMs, callback) => {
        const timer = { atMs: nowMs + delayMs, callback };
        timers.add(timer);
        setImmediate(jump);
        return () => void timers.delete(timer);
      },
    },
    afterAnswer: (work) => void background.push(work),
    reportUndelivered: (xrs) => void undelivered.push(...xrs),
    elapsedMs: () => nowMs - startMs,
    background,
    undelivered,
  };
}

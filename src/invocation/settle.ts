import { CREDIT_EXHAUSTED } from "../domain/billing/credit.ts";
import { DAILY_CAP_REACHED } from "../domain/billing/daily-cap.ts";
import type { DeskEvent, SettleReply } from "../domain/billing/desk.ts";
import { DESK_REPLY_MS, SETTLE_BUDGET_MS } from "../domain/billing/desk-times.ts";
import type { InvocationFailure } from "../domain/failure.ts";
import { asFailed, type AddOnOutcome } from "../domain/response/outcome.ts";
import { type Desk, reachDesk } from "./desk.ts";
import type { Clock } from "./ports.ts";
import { voidUntilDelivered } from "./void.ts";

export type SettlePorts = {
  clock: Clock;
  /** Keeps the request's process alive after its answer (`waitUntil`). */
  afterAnswer(work: Promise<void>): void;
  /** Logs request SIDs that may stay charged although they were answered as failed, because no void got through. */
  reportUndelivered(xrs: string[]): void;
};

export type Settlement = {
  outcomes: readonly AddOnOutcome[];
  /** The answer for these outcomes. It is asked for again when the desk changed an outcome. */
  render(outcomes: readonly AddOnOutcome[]): string;
  /**
   * With an idempotency key: the seed that `beginRequest` gave, the encryption of what the desk keeps, and whether the request goes on after
   * this, so that the answer here is only what it goes on from.
   */
  keyed?: { key: string; seed: string; seal(answer: string): Promise<Uint8Array>; goesOn: boolean };
};

export type Settled =
  /** Recorded and charged as this answer says. `leftMicros` is null when the desk did not say it. */
  | { kind: "settled"; answer: string; outcomes: readonly AddOnOutcome[]; leftMicros: number | null }
  /** Another run with the same key settled first: its sealed answer is the answer. */
  | { kind: "replay"; sealed: Uint8Array }
  /** Another run with the same key settled first and has not ended: this is what to go on from. */
  | { kind: "resume"; sealed: Uint8Array }
  /** The envelope is 61000. Nothing is charged, or nothing will be once the void is through. With a key: the desk cannot take what it was told, so asking again finds out no more. */
  | { kind: "failed"; overloaded: boolean }
  /** With a key: it may be settled or not, and the claim stands, so the client can find out by sending the same request again. */
  | { kind: "unavailable"; overloaded: boolean };

/**
 * Settles a request before it is answered: what is answered as a success is charged at the price shown, and nothing else is.
 *
 * What is not durable is a void on its way: it lives in this process until the desk has it, at most 25 s after the answer. A failure
 * stays charged only if the desk did settle, its replies were lost four times, and then this process died or could not reach the desk for
 * all that time; `reportUndelivered` names the latter.
 */
export async function settleRequest(desk: Desk, settlement: Settlement, ports: SettlePorts): Promise<Settled> {
  let { outcomes } = settlement;
  if (outcomes.length === 0 && settlement.keyed === undefined) return { kind: "settled", answer: settlement.render(outcomes), outcomes, leftMicros: null };
  const begunAtMs = ports.clock.nowMs();
  const limits = { replyMs: DESK_REPLY_MS, untilMs: begunAtMs + SETTLE_BUDGET_MS };
  let isInDoubt = false;
  const giveUp = (overloaded: boolean): Settled => {
    if (settlement.keyed !== undefined) return { kind: "unavailable", overloaded };
    if (isInDoubt) ports.afterAnswer(voidUntilDelivered(desk, { begunAtMs, events: outcomes.map(unsettled) }, ports));
    return { kind: "failed", overloaded };
  };

  // It ends: an outcome changes at most twice, refused and then found to be recorded after all.
  do {
    const answer = settlement.render(outcomes);
    const message = await messageOf(settlement, outcomes, answer);
    const reached = await reachDesk(() => desk.settle({ begunAtMs, ...message.body }), ports.clock, limits);
    isInDoubt ||= reached.hasLost;
    if (reached.kind !== "reply") return giveUp(reached.kind === "overloaded");
    const { reply } = reached;
    // The desk has logged it, and the same message again would be refused again.
    if (reply.kind === "unsound") return isInDoubt ? giveUp(false) : { kind: "failed", overloaded: false };
    if (reply.kind === "ok") return { kind: "settled", answer, outcomes, leftMicros: reply.leftMicros };
    if (reply.kind === "replay" || reply.kind === "resume") {
      const sealed = reply.kind === "replay" ? reply.answer : reply.progress;
      // Its own answer, stored by an attempt whose reply was lost, is not a replay to the client.
      if (message.sealed !== undefined && isSame(sealed, message.sealed)) return { kind: "settled", answer, outcomes, leftMicros: null };
      return { kind: reply.kind, sealed };
    }
    // What was refused once could be taken when it arrives again, after a credit.
    isInDoubt = true;
    const revised = revise(settlement.outcomes, outcomes, reply);
    if (revised === null) break;
    outcomes = revised;
  } while (ports.clock.nowMs() < limits.untilMs);
  return giveUp(false);
}

async function messageOf(settlement: Settlement, outcomes: readonly AddOnOutcome[], answer: string) {
  const events = outcomes.map(eventOf);
  if (settlement.keyed === undefined) return { body: { events } };
  const { key, seed, seal, goesOn } = settlement.keyed;
  const sealed = await seal(answer);
  return { body: { events, keyed: { key, seed, ...(goesOn ? { progress: sealed } : { answer: sealed }) } }, sealed };
}

function eventOf({ record, cap }: AddOnOutcome): DeskEvent {
  return { xr: record.request_sid, priceMicros: record.price_micros, ...(cap && { cap }), ...(record.failure === "credit_exhausted" && { isUnpaid: true as const }), record: JSON.stringify(record) };
}

/** @returns the outcomes as the desk has them or would take them; null when they cannot be told from its reply. */
function revise(
  original: readonly AddOnOutcome[],
  present: readonly AddOnOutcome[],
  reply: Extract<SettleReply, { kind: "gone" | "differs" | "refused" }>,
): AddOnOutcome[] | null {
  if (reply.kind === "gone") return null;
  if (reply.kind === "refused") {
    const [unaffordable, capped] = [new Set(reply.xrs), new Set(reply.cappedXrs)];
    return present.map((outcome) => {
      const { request_sid: xr } = outcome.record;
      if (unaffordable.has(xr)) return unpaid(outcome, CREDIT_EXHAUSTED);
      return capped.has(xr) ? { ...unpaid(outcome, DAILY_CAP_REACHED), cappedBy: { day: reply.day, priceMicros: outcome.record.price_micros } } : outcome;
    });
  }
  const recorded = new Map(reply.recorded.map(({ xr, priceMicros }) => [xr, priceMicros]));
  const revised: AddOnOutcome[] = [];
  for (const [index, outcome] of original.entries()) {
    const priceMicros = recorded.get(outcome.record.request_sid);
    if (priceMicros === undefined) revised.push(present[index] ?? outcome);
    else if (priceMicros === outcome.record.price_micros) revised.push(outcome);
    else if (priceMicros === 0) revised.push(unpaid(outcome, CREDIT_EXHAUSTED));
    else return null;
  }
  return revised;
}

const unpaid = (outcome: AddOnOutcome, failure: InvocationFailure): AddOnOutcome => ({ ...outcome, record: asFailed(outcome.record, failure), answer: null });

const UNSETTLED: InvocationFailure = { kind: "internal", detail: "It could not be recorded in time, so its result was not given and is not charged." };

function unsettled(outcome: AddOnOutcome): DeskEvent {
  return eventOf({ ...outcome, record: asFailed(outcome.record, UNSETTLED), answer: null });
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

import type { BeginReply, BeginRequest, FinishReply, FinishRequest } from "../domain/billing/claim.ts";
import type { SettleReply, SettleRequest, Unsound, VoidReply, VoidRequest } from "../domain/billing/desk.ts";
import type { HoldReply, HoldRequest, SettleHoldReply, SettleHoldRequest } from "../domain/billing/hold.ts";
import { SETTLE_ATTEMPTS } from "../domain/limits.ts";
import type { Clock } from "./ports.ts";

/** The account's desk as the use cases see it: a call, or the reply to it, may be lost, repeated or late. */
export type Desk = {
  begin(request: BeginRequest): Promise<BeginReply>;
  settle(request: SettleRequest): Promise<SettleReply>;
  finish(request: FinishRequest): Promise<FinishReply | Unsound>;
  voidAll(request: VoidRequest): Promise<VoidReply>;
};

/** The same desk, as recordings use it: their credit is held long before it is spent. */
export type HoldingDesk = {
  hold(request: HoldRequest): Promise<HoldReply | Unsound>;
  settleHold(request: SettleHoldRequest): Promise<SettleHoldReply>;
};

export type DeskReached<T> =
  /** @property hasLost some attempt before ended without a reply; the desk may have done its work, or may do it yet. */
  | { kind: "reply"; reply: T; hasLost: boolean }
  /** The desk turned the call away because too many are waiting. Calling again would make it worse. */
  | { kind: "overloaded"; hasLost: boolean }
  | { kind: "unknown"; hasLost: true };

const RETRY_BASE_MS = 20;

/**
 * Calls the desk up to four times, with a little jittered delay between the attempts, until it replies.
 * @param limits how long one attempt waits for its reply, and when no further one is started.
 */
export async function reachDesk<T>(call: () => Promise<T>, clock: Clock, limits: { replyMs: number; untilMs: number }): Promise<DeskReached<T>> {
  for (let attempt = 0; attempt < SETTLE_ATTEMPTS; attempt++) {
    if (attempt > 0) await pause(clock, RETRY_BASE_MS * 2 ** attempt);
    if (attempt > 0 && clock.nowMs() >= limits.untilMs) break;
    const outcome = await callOnce(call, clock, limits.replyMs);
    if (outcome.kind !== "lost") return { ...outcome, hasLost: attempt > 0 };
  }
  return { kind: "unknown", hasLost: true };
}

/** One attempt. Whatever is thrown is the loss of a reply: only the desk's own reply says what it did. */
export function callOnce<T>(
  call: () => Promise<T>,
  clock: Clock,
  replyMs: number,
): Promise<{ kind: "reply"; reply: T } | { kind: "overloaded" } | { kind: "lost" }> {
  return new Promise((resolve) => {
    const cancel = clock.after(replyMs, () => resolve({ kind: "lost" }));
    call()
      .then(
        (reply) => resolve({ kind: "reply", reply }),
        (error: unknown) => resolve({ kind: isOverloaded(error) ? "overloaded" : "lost" }),
      )
      .finally(cancel);
  });
}

/** Between half of the delay and all of it. */
export function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs * (0.5 + clock.random() / 2), resolve);
  });
}

/** Platform: the flag is set on the errors of a Durable Object whose queue is full. */
function isOverloaded(error: unknown): boolean {
  return error instanceof Error && "overloaded" in error && error.overloaded === true;
}

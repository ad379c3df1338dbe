import type { BeginRequest } from "../domain/billing/claim.ts";
import { CLAIM_WAIT_MS, DESK_REPLY_MS } from "../domain/billing/desk-times.ts";
import { IDEMPOTENCY_CLAIM_MS } from "../domain/limits.ts";
import { type Desk, pause, reachDesk } from "./desk.ts";
import type { Clock } from "./ports.ts";

export type Begun =
  /**
   * Run the request; its request SIDs are derived from this seed, so that a second run sends publishers the same ones. With `progress`, an
   * earlier run has settled, and this one goes on from there.
   */
  | { kind: "run"; seed: string; progress?: Uint8Array }
  /** The key belongs to another request. */
  | { kind: "conflict" }
  | { kind: "replay"; sealed: Uint8Array }
  /** The account's desk has no room for another key for so long. */
  | { kind: "full"; waitMs: number }
  /** The desk cannot be reached, or the first request with this key has not been answered in all the time it has. */
  | { kind: "unavailable"; overloaded: boolean };

const ASK_AGAIN_MS = 200;

/** Claims an idempotency key; while another run has it, waits for that run's answer or its end. */
export async function beginRequest(desk: Desk, request: BeginRequest, { clock }: { clock: Clock }): Promise<Begun> {
  const limits = { replyMs: CLAIM_WAIT_MS + DESK_REPLY_MS, untilMs: clock.nowMs() + (request.claimMs ?? IDEMPOTENCY_CLAIM_MS) + CLAIM_WAIT_MS };
  while (clock.nowMs() < limits.untilMs) {
    const reached = await reachDesk(() => desk.begin(request), clock, limits);
    if (reached.kind !== "reply") return { kind: "unavailable", overloaded: reached.kind === "overloaded" };
    const { reply } = reached;
    if (reply.kind === "replay") return { kind: "replay", sealed: reply.answer };
    if (reply.kind !== "wait") return reply;
    await pause(clock, ASK_AGAIN_MS);
  }
  return { kind: "unavailable", overloaded: false };
}

import type { FinishRequest } from "../domain/billing/claim.ts";
import { DESK_REPLY_MS, SETTLE_BUDGET_MS } from "../domain/billing/desk-times.ts";
import { type Desk, reachDesk } from "./desk.ts";
import type { Clock } from "./ports.ts";

export type Finished =
  | { kind: "stored" }
  /** Another run had come to an answer before: its sealed answer is the answer. */
  | { kind: "replay"; sealed: Uint8Array }
  /** The answer stands, and whether a repetition will get it again is not known. */
  | { kind: "unknown" };

/** Ends a run that went on after it had settled: stores its answer, or gives its key back. */
export async function finishRequest(desk: Desk, request: FinishRequest, { clock }: { clock: Clock }): Promise<Finished> {
  const limits = { replyMs: DESK_REPLY_MS, untilMs: clock.nowMs() + SETTLE_BUDGET_MS };
  const reached = await reachDesk(() => desk.finish(request), clock, limits);
  if (reached.kind !== "reply") return { kind: "unknown" };
  const { reply } = reached;
  if (reply.kind === "ok") return { kind: "stored" };
  // Its own answer, stored by an attempt whose reply was lost, comes back as the very same bytes.
  return reply.kind === "replay" ? { kind: "replay", sealed: reply.answer } : { kind: "unknown" };
}

import { DESK_REPLY_MS } from "../domain/billing/desk-times.ts";
import type { DailyCap } from "../domain/billing/daily-cap.ts";
import type { HoldReply, HoldRequest } from "../domain/billing/hold.ts";
import type { InvocationRecord } from "../domain/billing/invocation-record.ts";
import { callOnce, type HoldingDesk } from "./desk.ts";
import type { Clock } from "./ports.ts";

/**
 * Keeps what a recording's invocation may cost.
 * @returns null when it is not known whether it is kept: ask again later.
 */
export async function holdCredit(desk: Pick<HoldingDesk, "hold">, request: HoldRequest, clock: Clock): Promise<HoldReply | null> {
  const held = await callOnce(() => desk.hold(request), clock, DESK_REPLY_MS);
  if (held.kind !== "reply" || held.reply.kind === "unsound") return null;
  return held.reply;
}

/**
 * Records and charges a recording's invocation, once, however often it is called: the desk knows it by its hold.
 * @param course.isHeld whether the desk has said that it knows it; one that ended before it was sent may not be known yet, and costs nothing.
 * @returns false when it is not known whether it was done: call again later.
 */
export async function settleRecording(
  desk: HoldingDesk,
  record: InvocationRecord,
  { isHeld, isCanceled, cap }: { isHeld: boolean; isCanceled: boolean; cap?: DailyCap },
  clock: Clock,
): Promise<boolean> {
  const { request_sid: xr, price_micros: priceMicros } = record;
  if (!isHeld && (await holdCredit(desk, { xr, micros: priceMicros }, clock)) === null) return false;
  const event = { xr, priceMicros, ...(cap && { cap }), record: JSON.stringify(record) };
  const settled = await callOnce(() => desk.settleHold({ event, isCanceled }), clock, DESK_REPLY_MS);
  if (settled.kind !== "reply") return false;
  // What the desk has known and forgotten was settled long ago.
  return settled.reply.kind === "settled" || (isHeld && settled.reply.kind === "unknown");
}

import type { InvocationRecord } from "../domain/billing/invocation-record.ts";
import type { Desk } from "./desk.ts";

const PRINT = "recording";
/** What the desk keeps for the key: that it was settled. */
const SETTLED = Uint8Array.from([1]);

/**
 * Records and charges a recording's invocation, once, however often it is called: its request SID is its key in the desk, which remembers a key
 * for a day, far longer than the desk remembers invocations.
 * @returns `unpaid`: the credit does not cover it, and nothing was recorded; `unknown`: call again later.
 */
export async function settleRecording(desk: Desk, record: InvocationRecord, nowMs: number): Promise<"settled" | "unpaid" | "unknown"> {
  const { request_sid: xr, price_micros: priceMicros } = record;
  try {
    const begun = await desk.begin({ key: `${PRINT} ${xr}`, print: PRINT, seed: xr, isOurs: true });
    if (begun.kind === "replay") return "settled";
    if (begun.kind !== "run") return "unknown";
    const event = { xr, priceMicros, record: JSON.stringify(record) };
    const reply = await desk.settle({ begunAtMs: nowMs, events: [event], keyed: { key: `${PRINT} ${xr}`, seed: begun.seed, answer: SETTLED } });
    if (reply.kind === "ok" || reply.kind === "replay") return "settled";
    return reply.kind === "refused" ? "unpaid" : "unknown";
  } catch {
    // A lost reply, or a desk that is overloaded: the row stands, and strikes again.
    return "unknown";
  }
}

import { ERROR_CODES } from "../error-code.ts";
import { INVOCATION_FAILURES } from "../failure.ts";
import type { RecordingOutcome } from "./recording-invocation.ts";
import type { RecordingOrder } from "./recording-order.ts";
import { RELAY_DELAYS_MS } from "./recording-times.ts";

/** What the developer is told of one result: guide, "Twilio will … take responsibility for relaying any async results back". */
export function relayParameters(order: RecordingOrder, outcome: RecordingOutcome, payloadSid: string, publicUrl: string): [string, string][] {
  const { accountSid, recordingSid, xr } = order;
  const recording = `${publicUrl}/2010-04-01/Accounts/${accountSid}/Recordings/${recordingSid}`;
  const result = `${recording}/AddOnResults/${xr}`;
  const code = outcome.failure === null ? null : INVOCATION_FAILURES[outcome.failure.kind].code;
  const item = {
    request_sid: xr,
    status: code === null ? "successful" : "failed",
    message: code === null ? null : ERROR_CODES[code].title,
    code,
    ...(order.channel !== null && { channel: order.channel }),
    ...(outcome.failure !== null && { detail: outcome.failure.detail }),
    payload: code === null ? [{ content_type: "application/json", url: `${result}/Payloads/${payloadSid}/Data` }] : [],
    links: { add_on_result: `${result}.json`, payloads: `${result}/Payloads.json`, recording: `${recording}.json` },
  };
  const addOns = { status: "successful", message: null, code: null, results: { [order.uniqueName]: item } };
  return [
    ["AccountSid", accountSid],
    ["RecordingSid", recordingSid],
    ["AddOns", JSON.stringify(addOns)],
  ];
}

/** What came of one attempt. */
export type Relayed = { status: number | null; detail: string; isDelivered: boolean };

/**
 * What is to be done after an attempt: another one in so long, or none. A 410 says that nobody wants it any more.
 * @param attempts those made so far, this one included.
 * @param chance in [0, 1).
 */
export function afterRelay({ isDelivered, status }: Relayed, attempts: number, chance: number): { kind: "delivered" | "stopped" } | { kind: "again"; delayMs: number } | { kind: "dead" } {
  if (isDelivered) return { kind: "delivered" };
  if (status === 410) return { kind: "stopped" };
  const delayMs = RELAY_DELAYS_MS[attempts];
  // ±20 %, so that what failed together is not repeated together.
  return delayMs === undefined ? { kind: "dead" } : { kind: "again", delayMs: Math.round(delayMs * (0.8 + 0.4 * chance)) };
}

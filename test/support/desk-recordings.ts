import { holdCredit, settleRecording } from "../../src/invocation/settle-recording.ts";
import type { HoldingDesk } from "../../src/invocation/desk.ts";
import type { Clock } from "../../src/invocation/ports.ts";
import { recordOf } from "./invocation-records.ts";

const AGAIN_MS = 60_000;

/** What a recording's invocation has stored: it outlives every process that works on it. */
export type ModelRecording = {
  xr: string;
  fullMicros: number;
  isHeld: boolean;
  outcome: { priceMicros: number; isCanceled: boolean } | null;
  isDone: boolean;
};

export const newRecording = (xr: string, fullMicros: number): ModelRecording => ({ xr, fullMicros, isHeld: false, outcome: null, isDone: false });

type Ports = { desk: HoldingDesk; clock: Clock };

/**
 * Takes a recording to its end, as its object's alarm does: hold, publisher, settle. Any number may work on one at once, and each may die; what
 * they have learned is stored in one step.
 */
export async function workOn(recording: ModelRecording, { desk, clock }: Ports): Promise<void> {
  const work = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
  while (!recording.isDone) {
    if (!recording.isHeld && recording.outcome === null) {
      const held = await holdCredit(desk, { xr: recording.xr, micros: recording.fullMicros }, clock);
      if (held === null) {
        await work(AGAIN_MS);
        continue;
      }
      if (!recording.isHeld) [recording.isHeld, recording.outcome] = [true, held.kind === "held" ? recording.outcome : { priceMicros: 0, isCanceled: false }];
    }
    await work(clock.random() * 5_000);
    recording.outcome ??= { priceMicros: clock.random() < 0.25 ? 0 : recording.fullMicros, isCanceled: false };
    const { priceMicros, isCanceled } = recording.outcome;
    const record = recordOf({ request_sid: recording.xr, price_micros: priceMicros, status: priceMicros > 0 ? "successful" : "failed" });
    const isSettled = await settleRecording(desk, record, { isHeld: recording.isHeld, isCanceled }, clock);
    if (!isSettled) await work(AGAIN_MS);
    // Meanwhile it may have been canceled: then that is to be settled too.
    else if (recording.outcome.isCanceled === isCanceled) recording.isDone = true;
  }
}

/** Its recording is deleted, at any time before its end is stored. */
export function cancelRecording(recording: ModelRecording): void {
  if (!recording.isDone) recording.outcome = { priceMicros: 0, isCanceled: true };
}

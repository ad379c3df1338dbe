import { CALLS_IN_FLIGHT } from "../domain/limits.ts";
import { failed, type AddOnCall, type AddOnOutcome } from "../domain/response/outcome.ts";
import { invokeAddOn } from "./invoke-add-on.ts";
import type { InvocationPorts } from "./ports.ts";

/**
 * Runs a request's add-ons together, at most six at a time: the platform lets six connections wait for headers and queues the
 * seventh without a word, whose time would then run while nothing is sent. One add-on's failure, also a bug of ours that
 * throws, is its own.
 * @returns the outcomes in the order of the calls.
 */
export async function invokeAddOns(calls: readonly AddOnCall[], ports: InvocationPorts): Promise<AddOnOutcome[]> {
  const outcomes: AddOnOutcome[] = [];
  const arrivedAtMs = ports.clock.nowMs();
  const queue = calls.entries();
  const runSlot = async (): Promise<void> => {
    for (const [index, call] of queue) {
      outcomes[index] = await invokeAddOn(call, ports.clock.nowMs() - arrivedAtMs, ports).catch((error: unknown) => {
        ports.report(call, error);
        const now = ports.clock.nowMs();
        const course = { startedAtMs: now, endedAtMs: now, waitMs: 0, bytesOut: 0, bytesIn: 0, attempts: [], warning: null };
        return failed(call, course, { kind: "internal", detail: `${call.uniqueName} could not be run.` });
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(CALLS_IN_FLIGHT, calls.length) }, runSlot));
  return outcomes;
}

import { CALLS_IN_FLIGHT } from "../domain/limits.ts";
import { failed, unsent, type AddOnCall, type AddOnOutcome } from "../domain/response/outcome.ts";
import type { InvocationPorts } from "./ports.ts";

/**
 * Runs a request's add-ons together, at most six at a time: the platform lets six connections wait for headers and queues the
 * seventh without a word, whose time would then run while nothing is sent. One add-on's failure, also a bug of ours that
 * throws, is its own.
 * @param invoke runs one of them, once its slot is taken.
 * @returns the outcomes in the order of the calls.
 */
export async function invokeAddOns(
  calls: readonly AddOnCall[],
  invoke: (call: AddOnCall, waitMs: number) => Promise<AddOnOutcome>,
  ports: Pick<InvocationPorts, "clock" | "report">,
): Promise<AddOnOutcome[]> {
  const outcomes: AddOnOutcome[] = [];
  const arrivedAtMs = ports.clock.nowMs();
  const queue = calls.entries();
  const runSlot = async (): Promise<void> => {
    for (const [index, call] of queue) {
      outcomes[index] = await invoke(call, ports.clock.nowMs() - arrivedAtMs).catch((error: unknown) => {
        ports.report(call, error);
        return failed(call, unsent(ports.clock.nowMs()), { kind: "internal", detail: "The add-on could not be run." });
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(CALLS_IN_FLIGHT, calls.length) }, runSlot));
  return outcomes;
}

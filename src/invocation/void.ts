import type { VoidRequest } from "../domain/billing/desk.ts";
import { DESK_REPLY_MS, VOID_BUDGET_MS } from "../domain/billing/desk-times.ts";
import { callOnce, type Desk, pause } from "./desk.ts";
import type { SettlePorts } from "./settle.ts";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 3_000;

/** Sends a void again and again, also to an overloaded desk, until it is acknowledged or the platform's time after the answer is used up. */
export async function voidUntilDelivered(desk: Desk, request: VoidRequest, ports: Pick<SettlePorts, "clock" | "reportUndelivered">): Promise<void> {
  const { clock } = ports;
  const untilMs = clock.nowMs() + VOID_BUDGET_MS;
  for (let pauseMs = FIRST_PAUSE_MS; clock.nowMs() < untilMs; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const outcome = await callOnce(() => desk.voidAll(request), clock, DESK_REPLY_MS);
    if (outcome.kind === "reply") {
      if (outcome.reply.kind === "late") ports.reportUndelivered(outcome.reply.xrs);
      if (outcome.reply.kind === "unsound") break;
      return;
    }
    await pause(clock, pauseMs);
  }
  ports.reportUndelivered(request.events.map((event) => event.xr));
}

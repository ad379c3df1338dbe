import { SYNCHRONOUS_DEADLINE_MS } from "../domain/limits.ts";
import { failed, successful, unsent, type AddOnCall, type AddOnOutcome } from "../domain/response/outcome.ts";
import { testAnswer } from "../domain/response/test-answer.ts";
import { preparedRequest } from "./invoke-add-on.ts";
import { invokeAddOns } from "./invoke-add-ons.ts";
import type { Clock } from "./ports.ts";
import { callsOf, type AddOnsRequest, type RunPorts } from "./run-add-ons.ts";

/**
 * Runs the add-ons of a Lookup with test credentials: as in earnest up to the publisher's request, in place of which the number or the
 * version's sample response decides. There is no port here to send, charge, record or log an invocation with.
 * @returns the whole answer.
 */
export async function testAddOns(request: AddOnsRequest, ports: Pick<RunPorts, "clock" | "randomBytes" | "report">): Promise<string> {
  const calls = await callsOf(request, null, ports);
  return request.render(await invokeAddOns(calls, (call) => testAddOn(call, ports.clock), ports));
}

async function testAddOn(call: AddOnCall, clock: Clock): Promise<AddOnOutcome> {
  const startedAtMs = clock.nowMs();
  const prepared = await preparedRequest(call, { startedAtMs, ttlMs: SYNCHRONOUS_DEADLINE_MS });
  const answer = prepared.ok ? testAnswer(call.content.get("primary_address") ?? "", prepared.value.installed.version.definition) : prepared;
  return answer.ok ? successful(call, unsent(startedAtMs), answer.value, 0) : failed(call, unsent(startedAtMs), answer.error);
}

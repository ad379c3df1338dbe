import type { AddOnOutcome } from "../domain/response/outcome.ts";
import type { Settled } from "../invocation/settle.ts";
import { log } from "./log.ts";

/** One line per invocation, for whoever runs the gateway; its account finds the same, and more, in `/v1/Invocations`. */
export function logInvocations(outcomes: readonly AddOnOutcome[], settlement: Settled["kind"]): void {
  for (const { record } of outcomes) {
    log({
      event: "invocation",
      request_sid: record.request_sid,
      account_sid: record.account_sid,
      add_on_sid: record.add_on_sid,
      version_sid: record.version_sid,
      integration_point: record.integration_point,
      status: record.status,
      code: record.code,
      failure: record.failure,
      settlement,
      duration_ms: record.duration_ms,
      attempts: record.attempts.length,
      bytes_out: record.bytes_out,
      bytes_in: record.bytes_in,
    });
  }
}

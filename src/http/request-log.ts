import { routePath } from "hono/route";
import type { AddOnOutcome } from "../domain/response/outcome.ts";
import { log } from "../platform/log.ts";
import type { AppContext } from "./context.ts";

/**
 * One structured line per request, with the route's pattern in place of its path: a Lookup's path is a phone number.
 */
export function logRequest(c: AppContext, startedAtMs: number): void {
  log({
    event: "request",
    request_sid: c.var.requestSid,
    method: c.req.method,
    route: routePath(c, -1),
    status: c.res.status,
    account_sid: c.get("caller")?.account.sid ?? null,
    duration_ms: Date.now() - startedAtMs,
  });
}

/** One line per invocation, for whoever runs the gateway; its account finds the same, and more, in `/v1/Invocations`. */
export function logInvocations(outcomes: readonly AddOnOutcome[]): void {
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
      duration_ms: record.duration_ms,
      attempts: record.attempts.length,
      bytes_out: record.bytes_out,
      bytes_in: record.bytes_in,
    });
  }
}

import { routePath } from "hono/route";
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
    account_sid: c.get("caller")?.account.sid ?? c.get("accountSid") ?? null,
    duration_ms: Date.now() - startedAtMs,
  });
}

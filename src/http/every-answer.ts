import { createMiddleware } from "hono/factory";
import { newSid } from "../platform/randomness.ts";
import type { AppEnv } from "./context.ts";
import { logRequest } from "./request-log.ts";

/** Any origin may call, with credentials of its own and never with the browser's. */
const PREFLIGHT = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "GET,POST,PUT,DELETE,OPTIONS",
  "Access-Control-Allow-Headers": "Content-Type,Authorization,Idempotency-Key,I-Twilio-Idempotency-Token",
  "Access-Control-Max-Age": "86400",
};
const EXPOSED = "Twilio-Request-Id,Retry-After,Idempotent-Replayed";

/** Needs no authentication: a browser sends it without. */
export const answerPreflight = createMiddleware<AppEnv>(async (c, next) => {
  if (c.req.method === "OPTIONS") return c.body(null, 204, PREFLIGHT);
  return next();
});

/**
 * What every answer has, also an error: its request SID, the CORS headers, a log line. They are set on the finished response; hono's own
 * CORS middleware makes one before the handler does, and the two then have to be merged, on every request.
 */
export const everyAnswer = createMiddleware<AppEnv>(async (c, next) => {
  const startedAtMs = Date.now();
  c.set("requestSid", newSid("RQ"));
  await next();
  const { headers } = c.res;
  headers.set("Twilio-Request-Id", c.var.requestSid);
  headers.set("Access-Control-Allow-Origin", "*");
  headers.set("Access-Control-Expose-Headers", EXPOSED);
  logRequest(c, startedAtMs);
});

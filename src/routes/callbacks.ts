import { OpenAPIHono } from "@hono/zod-openapi";
import { refusedCallbackAlert } from "../domain/alert/recording-alerts.ts";
import { hexOf, sha256Hex } from "../domain/bytes.ts";
import { CALLBACK_BYTES } from "../domain/limits.ts";
import { JSON_DEPTH, type JsonFault, type JsonFaultReason } from "../domain/recording/json-scan.ts";
import type { Refusal } from "../domain/refusal.ts";
import { isSid } from "../domain/sid.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { codeOf, notFoundMessage, refuse } from "../http/refused.ts";
import { declare, json, z } from "../http/route.ts";
import { receiveCallback, type IncomingCallback, type ReceivedCallback } from "../invocation/receive-callback.ts";
import { storeAlerts } from "../platform/d1/alerts.ts";
import { errorOf, log } from "../platform/log.ts";
import { callbackStore } from "../platform/r2/callback-store.ts";
import { randomBytes } from "../platform/randomness.ts";
import { invocationOf } from "../platform/recording-invocation.ts";

const receipt = z.object({ status: z.literal("received"), request_sid: z.string() }).openapi("CallbackReceipt");

export const callbackRoutes = new OpenAPIHono<AppEnv>();
callbackRoutes.openapi(
  declare("account", {
    method: "post",
    path: "/v1/AddOnResults/{RequestSid}/Callback/{Secret}",
    summary: "Takes a recording's result from its publisher: the URL that the field callback_url has.",
    description: `The body is one JSON object of at most ${CALLBACK_BYTES} bytes with a Content-Length, whatever its Content-Type. The same body again gets the same answer; any other is a conflict. A body that is refused leaves the URL as it was.`,
    request: { params: z.object({ RequestSid: z.string(), Secret: z.string() }) },
    responses: { 200: json(receipt, "The result is kept; only its response schema is still to be checked") },
  }),
  async (c) => {
    const { RequestSid: xr, Secret } = c.req.valid("param");
    const invocation = await requireOpen(c, xr, Secret);
    const refusal = refusalOfHeaders(c) ?? (await takeCallback(c, xr));
    if (refusal === null) return c.json({ status: "received" as const, request_sid: xr }, 200);
    await alertPublisher(c, invocation, refusal);
    return refuse(refusal);
  },
);

type OpenInvocation = { xr: string; publisherSid: string; addOnSid: string };

/** Who has not both, the secret and the publisher's credentials, is told the same as if there were nothing. */
async function requireOpen(c: AppContext, xr: string, secret: string): Promise<OpenInvocation> {
  const nothing = { kind: "not_found", message: notFoundMessage("callback of", xr) } as const;
  // Made-up names must not make objects.
  if (!isSid("XR", xr)) return refuse(nothing);
  const opening = await invocationOf(c.var.gateway.invocations, xr).openCallback(await sha256Hex(secret), c.var.caller.account.sid);
  if (opening.kind === "not_found") return refuse(nothing);
  // Its alert is that of the time which is over, or it is nobody's fault.
  if (opening.kind === "gone") return refuse(goneRefusal(xr));
  return { xr, publisherSid: c.var.caller.account.sid, addOnSid: opening.addOnSid };
}

/** Before the first byte is read. The limit is the guide's. */
function refusalOfHeaders(c: AppContext): Refusal | null {
  if (c.req.header("Content-Encoding") !== undefined) return { kind: "unsupported_encoding", message: "The body must be JSON as it is, without a Content-Encoding" };
  const sizeBytes = c.req.header("Transfer-Encoding") === undefined ? c.req.header("Content-Length") : undefined;
  if (sizeBytes === undefined || !/^\d+$/.test(sizeBytes)) return { kind: "length_required", message: "The body must have a Content-Length" };
  return Number(sizeBytes) > CALLBACK_BYTES ? { kind: "too_large", message: `The body must be at most ${CALLBACK_BYTES} bytes` } : null;
}

/** @returns null when it was taken, now or before. */
async function takeCallback(c: AppContext, xr: string): Promise<Refusal | null> {
  const { body } = c.req.raw;
  if (body === null) return malformedRefusal({ reason: "empty", atByte: 0 });
  const receiving = received(c, { xr, attempt: hexOf(randomBytes(16)), body });
  // Platform: the work of a request ends when its client hangs up. What was sent whole is then claimed, or deleted, all the same.
  c.executionCtx.waitUntil(receiving.then(() => undefined, () => undefined));
  const outcome = await receiving;
  switch (outcome.kind) {
    case "received":
    case "repeated":
      return null;
    case "malformed":
      return malformedRefusal(outcome.fault);
    case "conflict":
      return { kind: "conflict", message: `${xr} was called back before, with another result` };
    case "gone":
      return goneRefusal(xr);
  }
}

/** The answer is decided, whether or not the alert can be kept. */
async function alertPublisher(c: AppContext, invocation: OpenInvocation, refusal: Refusal): Promise<void> {
  if (refusal.kind === "gone" || !("message" in refusal)) return;
  const { gateway, requestSid } = c.var;
  const nowMs = Date.now();
  const alert = refusedCallbackAlert({ ...invocation, code: codeOf(refusal), message: refusal.message }, gateway.settings.publicUrl, nowMs);
  await storeAlerts(gateway.d1, [alert], nowMs).catch((error: unknown) => log({ event: "alert_lost", request_sid: requestSid, invocation_sid: invocation.xr, ...errorOf(error) }));
}

async function received(c: AppContext, callback: IncomingCallback): Promise<ReceivedCallback> {
  const { gateway, requestSid } = c.var;
  const { xr } = callback;
  try {
    // The invocation itself wakes up whoever checks it: its row is due at once.
    return await receiveCallback(callback, {
      callbacks: callbackStore(gateway.recordings),
      invocation: invocationOf(gateway.invocations, xr),
      nowMs: gateway.clock.nowMs,
      reportLeft: (key, error) => log({ event: "callback_left", request_sid: requestSid, key, ...errorOf(error) }),
    });
  } catch (error) {
    // The client hung up, which it does not hear, or storage failed: the same again is safe.
    log({ event: "callback_failed", request_sid: requestSid, invocation_sid: xr, ...errorOf(error) });
    return refuse({ kind: "unavailable", message: `The result of ${xr} could not be stored; send it again`, retryAfterSeconds: 1 });
  }
}

const FAULTS: Record<JsonFaultReason, string> = {
  empty: "is empty",
  not_utf8: "is not UTF-8",
  not_json: "is not well-formed JSON",
  not_an_object: "is not a JSON object",
  too_deep: `nests deeper than ${JSON_DEPTH} levels`,
};

/** Where it is wrong, and never what stands there. */
const malformedRefusal = ({ reason, atByte }: JsonFault): Refusal => ({
  kind: "invalid",
  parameter: "body",
  message: `The body ${FAULTS[reason]}, at byte ${atByte}; it must be one JSON object. The callback URL can still be used`,
});

const goneRefusal = (xr: string): Refusal => ({ kind: "gone", message: `The time to call back for ${xr} is over, or its recording was deleted` });

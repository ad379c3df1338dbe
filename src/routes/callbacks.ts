import { OpenAPIHono } from "@hono/zod-openapi";
import { createMiddleware } from "hono/factory";
import { hexOf, sha256Hex } from "../domain/bytes.ts";
import { CALLBACK_BYTES } from "../domain/limits.ts";
import { JSON_DEPTH, type JsonFault, type JsonFaultReason } from "../domain/recording/json-scan.ts";
import { isSid } from "../domain/sid.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { notFoundMessage, refuse } from "../http/refused.ts";
import { declare, json, z } from "../http/route.ts";
import { receiveCallback, type IncomingCallback, type ReceivedCallback } from "../invocation/receive-callback.ts";
import { errorOf, log } from "../platform/log.ts";
import { callbackStore } from "../platform/r2/callback-store.ts";
import { randomBytes } from "../platform/randomness.ts";
import { invocationOf } from "../platform/recording-invocation.ts";

const receipt = z.object({ status: z.literal("received"), request_sid: z.string() }).openapi("CallbackReceipt");

/** Before anything else, and also before the caller is known: no part of such a body is looked at. */
const refuseEncoded = createMiddleware<AppEnv>(async (c, next) => {
  if (c.req.header("Content-Encoding") !== undefined) refuse({ kind: "unsupported_encoding", message: "The body must be JSON as it is, without a Content-Encoding" });
  await next();
});

export const callbackRoutes = new OpenAPIHono<AppEnv>();
callbackRoutes.on("POST", "/v1/AddOnResults/:RequestSid/Callback/:Secret", refuseEncoded);
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
    requireBoundedSize(c);
    await requireOpen(c, xr, Secret);
    const receiving = received(c, { xr, attempt: hexOf(randomBytes(16)), body: c.req.raw.body ?? refuseMalformed({ reason: "empty", atByte: 0 }) });
    // Platform: the work of a request ends when its client hangs up. What was sent whole is then claimed, or deleted, all the same.
    c.executionCtx.waitUntil(receiving.then(() => undefined, () => undefined));
    const outcome = await receiving;
    switch (outcome.kind) {
      case "received":
      case "repeated":
        return c.json({ status: "received" as const, request_sid: xr }, 200);
      case "malformed":
        return refuseMalformed(outcome.fault);
      case "conflict":
        return refuse({ kind: "conflict", message: `${xr} was called back before, with another result` });
      case "gone":
        return refuseGone(xr);
    }
  },
);

/** The limit is the guide's, and is kept before the first byte is read. */
function requireBoundedSize(c: AppContext): void {
  const sizeBytes = c.req.header("Transfer-Encoding") === undefined ? c.req.header("Content-Length") : undefined;
  if (sizeBytes === undefined || !/^\d+$/.test(sizeBytes)) return refuse({ kind: "length_required", message: "The body must have a Content-Length" });
  if (Number(sizeBytes) > CALLBACK_BYTES) return refuse({ kind: "too_large", message: `The body must be at most ${CALLBACK_BYTES} bytes` });
}

/** Who has not both, the secret and the publisher's credentials, is told the same as if there were nothing. */
async function requireOpen(c: AppContext, xr: string, secret: string): Promise<void> {
  const nothing = { kind: "not_found", message: notFoundMessage("callback of", xr) } as const;
  // Made-up names must not make objects.
  if (!isSid("XR", xr)) return refuse(nothing);
  const opening = await invocationOf(c.var.gateway.invocations, xr).openCallback(await sha256Hex(secret));
  if (opening.kind === "not_found" || opening.publisherSid !== c.var.caller.account.sid) return refuse(nothing);
  if (opening.kind === "gone") return refuseGone(xr);
}

async function received(c: AppContext, callback: IncomingCallback): Promise<ReceivedCallback> {
  const { gateway, requestSid } = c.var;
  const { xr } = callback;
  try {
    // The invocation itself wakes up whoever checks it: its row is due at once.
    return await receiveCallback(callback, {
      callbacks: callbackStore(gateway.recordings),
      invocation: invocationOf(gateway.invocations, xr),
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
function refuseMalformed({ reason, atByte }: JsonFault): never {
  refuse({ kind: "invalid", parameter: "body", message: `The body ${FAULTS[reason]}, at byte ${atByte}; it must be one JSON object. The callback URL can still be used` });
}

function refuseGone(xr: string): never {
  refuse({ kind: "gone", message: `The time to call back for ${xr} is over, or its recording was deleted` });
}

import { OpenAPIHono } from "@hono/zod-openapi";
import { unmetRequirement } from "../domain/catalog/install.ts";
import { addOnsToRun } from "../domain/incoming/add-ons-to-run.ts";
import { INCOMING, type IncomingKind } from "../domain/incoming/incoming-kind.ts";
import { incomingContent, incomingParameters, type IncomingParameters } from "../domain/incoming/incoming-parameters.ts";
import type { WebhookAnswer } from "../domain/incoming/webhook-answer.ts";
import { requireCarrier, type Recipient } from "../http/carrier.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { formParameters } from "../http/form-parameters.ts";
import { deliveryIdempotency } from "../http/idempotency.ts";
import { refuse } from "../http/refused.ts";
import { declare, form, z } from "../http/route.ts";
import { deliverIncoming, type IncomingAnswer, type IncomingRequest } from "../invocation/deliver-incoming.ts";
import { loggedNumber } from "../platform/logged-number.ts";
import { deliveryPortsOf } from "../wiring.ts";

const PATHS: Record<IncomingKind, string> = { message: "/v1/IncomingMessages", call: "/v1/IncomingCalls" };

/**
 * What a carrier delivers for an account's number. The parameters are declared for the description and parsed by hand: all that come are
 * passed on, also those that nobody here knows, in their order.
 */
export const incomingRoutes = new OpenAPIHono<AppEnv>();
for (const kind of ["message", "call"] as const) {
  const { sidParameter, urlParameter, integrationPoint } = INCOMING[kind];
  const parameters = z.looseObject({ [sidParameter]: z.string(), To: z.string(), From: z.string().optional(), ...(kind === "message" && { Body: z.string().optional() }) });
  incomingRoutes.openAPIRegistry.registerPath(
    declare("carrier", {
      method: "post",
      path: PATHS[kind],
      summary: `Runs the add-ons of an incoming ${kind} (${integrationPoint}), then the account's webhook (${urlParameter}) with their results as AddOns.`,
      description: "The webhook's answer comes back as it is. The same SID again within 24 hours is the same delivery, and gets the same answer.",
      request: form(parameters),
      responses: { 200: { description: "The answer of the account's webhook, with any status of 2xx and any media type" } },
    }),
  );
  incomingRoutes.post(PATHS[kind], async (c) => {
    const recipientOf = await requireCarrier(c);
    const incoming = incomingParameters(kind, [...(await formParameters(c))]);
    if (!incoming.ok) return refuse(incoming.error);
    const recipient = await recipientOf({ to: incoming.value.to, parameters: incoming.value.all });
    const request = await requestOf(c, incoming.value, recipient);
    c.set("accountSid", recipient.account.sid);
    const ports = deliveryPortsOf(c.var.gateway, recipient.account);
    const delivering = deliverIncoming(request, ports);
    // Platform: the work of a request ends when its client hangs up. A carrier's patience may be shorter than a developer's webhook.
    ports.afterAnswer(delivering.then(() => undefined, () => undefined));
    return answerOf(await delivering, recipient.account.sid);
  });
}

async function requestOf(c: AppContext, incoming: IncomingParameters, { number, account }: Recipient): Promise<IncomingRequest> {
  const { integrationPoint, webhook: ofNumber } = INCOMING[incoming.kind];
  const webhook = number[ofNumber];
  const enabled = await enabledAddOns(c, { number, account }, integrationPoint);
  // Without a URL nobody would hear of the results, and a GET has no room for them: guide, 61006. Nothing runs, so nothing is charged.
  const runs = webhook.url !== null && webhook.method === "POST";
  return {
    delivery: {
      incoming,
      accountSid: account.sid,
      phoneNumberSid: number.phoneNumberSid,
      webhook,
      leavesAddOnsOut: webhook.url !== null && !runs && enabled.size > 0,
    },
    addOns: runs ? enabled : new Map(),
    content: incomingContent(incoming),
    number: incoming.from && (await loggedNumber(account.logKey, incoming.from)),
    idempotency: await deliveryIdempotency(c, account, `${incoming.kind} ${incoming.sid}`),
  };
}

/** An add-on that could not run by the snapshot is looked up in the primary before it fails. */
async function enabledAddOns(c: AppContext, { number, account }: Recipient, point: (typeof INCOMING)[IncomingKind]["integrationPoint"]) {
  const enabled = addOnsToRun(account.installed, number.assigned, point);
  const now = Date.now();
  if (![...enabled].some(([name, addOn]) => unmetRequirement(name, addOn, point, now) !== null)) return enabled;
  const rechecked = await c.var.gateway.recheckAccount(account.sid);
  return rechecked === null ? enabled : addOnsToRun(rechecked.installed, number.assigned, point);
}

function answerOf(result: IncomingAnswer, accountSid: string): Response {
  switch (result.kind) {
    case "answered":
      return developersAnswer(result.answer, result.isReplay);
    case "webhook_failed":
      return refuse({ kind: "webhook_failed", code: result.code, message: "The account's webhook failed, and so did its fallback if it has one. The account has an alert that says why" });
    case "forgotten":
      return refuse({ kind: "conflict", message: "It was delivered before, and its account had what was kept of it deleted" });
    case "account_not_active":
      return refuse({ kind: "account_not_active", accountSid });
    case "unavailable":
      return refuse({ kind: "unavailable", message: "The delivery could not be settled; send it again with the same SID", retryAfterSeconds: 1 });
  }
}

/** A developer's page must not be able to act as ours in the operator's browser. */
const AS_DATA = { "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox" };

/** Status, media type and body, and none of its other headers: they were meant for us. */
function developersAnswer({ status, mediaType, body }: WebhookAnswer, isReplay: boolean): Response {
  const hasBody = status !== 204 && status !== 205;
  const headers = { ...AS_DATA, ...(mediaType !== null && { "Content-Type": mediaType }), ...(isReplay && { "Idempotent-Replayed": "true" }) };
  return new Response(hasBody ? new Uint8Array(body) : null, { status, headers });
}

import type { Alert } from "../domain/alert.ts";
import type { ErrorCode } from "../domain/error-code.ts";
import { deliveryAlert, urlParameterOf, webhookParameters, type Delivery, type WebhookError, type WebhookTarget } from "../domain/incoming/delivery.ts";
import { describeFailure, EMPTY_TWIML, type WebhookAnswer, type WebhookErrorCode } from "../domain/incoming/webhook-answer.ts";
import { shownUrl } from "../domain/incoming/webhook-request.ts";
import { envelopeText } from "../domain/response/outcome.ts";
import { WEBHOOK_ANSWER_BYTES, WEBHOOK_DEADLINE_MS } from "../domain/limits.ts";
import { sidOf } from "../domain/sid.ts";
import { sendWebhook, type SendPorts } from "./send-webhook.ts";

export type WebhookPorts = SendPorts & {
  randomBytes(count: number): Uint8Array<ArrayBuffer>;
  /** The account as it is now, at most 10 s old: a delivery may take longer than a token or an account stays valid. */
  recipient(): Promise<{ isActive: boolean; signingKey: CryptoKey }>;
};

/** What became of a delivery, and what its account should know of it. `failure` is the last URL's. */
export type Called = { answer: WebhookAnswer; alerts: Alert[] } | { answer: null; failure: WebhookErrorCode | "account_not_active"; alerts: Alert[] };

/**
 * Calls the developer's webhook with what came in and the add-ons' results, and, when that fails, the fallback URL with the reason.
 * @param idempotencyToken the same in every run of this delivery.
 */
export async function callWebhook(delivery: Delivery, addOns: string, idempotencyToken: string, ports: WebhookPorts): Promise<Called> {
  const alerts: Alert[] = [];
  const alert = (code: ErrorCode, text: string, target: WebhookTarget | null): void => {
    alerts.push(deliveryAlert(delivery, { sid: sidOf("NO", ports.randomBytes(16)), code, text, target, atMs: ports.clock.nowMs() }));
  };
  const { url, method, fallbackUrl, fallbackMethod } = delivery.webhook;
  if (url === null) {
    alert(11200, `The number ${delivery.phoneNumberSid} has no ${urlParameterOf(delivery)}, so nobody was told.`, null);
    return { answer: EMPTY_TWIML, alerts };
  }
  if (delivery.leavesAddOnsOut) alert(61006, `The number ${delivery.phoneNumberSid} is called with GET, so none of its add-ons ran.`, { url, method });
  const hasResults = addOns !== envelopeText([]);
  const targets: WebhookTarget[] = [{ url, method }, ...(fallbackUrl === null ? [] : [{ url: fallbackUrl, method: fallbackMethod }])];
  let error: (WebhookError & { code: WebhookErrorCode }) | null = null;
  for (const target of targets) {
    const { isActive, signingKey } = await ports.recipient();
    if (!isActive) return { answer: null, failure: "account_not_active", alerts };
    if (target.method === "GET" && hasResults) alert(61006, `A webhook of the number ${delivery.phoneNumberSid} is called with GET, so it did not get the add-ons' results.`, target);
    const parameters = webhookParameters(delivery, target.method, addOns, error);
    const attempt = await sendWebhook(target, parameters, { signingKey, idempotencyToken }, { deadlineMs: WEBHOOK_DEADLINE_MS, maxBytes: WEBHOOK_ANSWER_BYTES }, ports);
    if (attempt.kind === "answered") return { answer: attempt, alerts };
    const { code, text } = describeFailure(attempt);
    alert(code, `A webhook of the number ${delivery.phoneNumberSid} failed. ${text}`, target);
    error = { code, url: shownUrl(target.url) };
  }
  return { answer: null, failure: error?.code ?? 11200, alerts };
}

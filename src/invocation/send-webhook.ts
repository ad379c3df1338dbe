import type { WebhookTarget } from "../domain/incoming/delivery.ts";
import type { WebhookAttempt } from "../domain/incoming/webhook-answer.ts";
import { webhookRequest, type WebhookSigning } from "../domain/incoming/webhook-request.ts";
import type { Clock, DeveloperWebhook } from "./ports.ts";

export type SendPorts = { webhook: DeveloperWebhook; clock: Clock };

/**
 * Calls one of an account's URLs once, signed.
 * @param limits.deadlineMs covers connecting, headers and body.
 * @param limits.maxBytes 0 where the answer's status is enough.
 */
export async function sendWebhook(
  target: WebhookTarget,
  parameters: [string, string][],
  signing: WebhookSigning,
  { deadlineMs, maxBytes }: { deadlineMs: number; maxBytes: number },
  { webhook, clock }: SendPorts,
): Promise<WebhookAttempt> {
  // The API stores none such; a row that another version wrote may.
  if (!URL.canParse(target.url)) return { kind: "url_refused", reason: "must be an absolute URL" };
  const request = await webhookRequest(target, parameters, signing);
  const time = new AbortController();
  const cancel = clock.after(deadlineMs, () => time.abort());
  try {
    return await webhook.send(request, { signal: time.signal, maxBytes });
  } finally {
    cancel();
  }
}

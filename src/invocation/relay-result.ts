import { describeFailure } from "../domain/incoming/webhook-answer.ts";
import type { WebhookSigning } from "../domain/incoming/webhook-request.ts";
import { WEBHOOK_DEADLINE_MS } from "../domain/limits.ts";
import type { Relayed } from "../domain/recording/relay.ts";
import { sendWebhook, type SendPorts } from "./send-webhook.ts";

type Relay = WebhookSigning & { url: string; parameters: [string, string][] };

/** Posts a result to its developer once, signed as every webhook is. What it answers is not read for its own sake. */
export async function relayResult({ url, parameters, ...signing }: Relay, ports: SendPorts): Promise<Relayed> {
  const attempt = await sendWebhook({ url, method: "POST" }, parameters, signing, { deadlineMs: WEBHOOK_DEADLINE_MS, maxBytes: 0 }, ports);
  if (attempt.kind === "answered" || attempt.kind === "too_large" || attempt.kind === "encoded") {
    return { status: attempt.status, detail: `It answered with status ${attempt.status}.`, isDelivered: true };
  }
  return { status: attempt.kind === "refused_status" ? attempt.status : null, detail: describeFailure(attempt).text, isDelivered: false };
}

import { describeFailure } from "../domain/incoming/webhook-answer.ts";
import { webhookRequest } from "../domain/incoming/webhook-request.ts";
import { WEBHOOK_DEADLINE_MS } from "../domain/limits.ts";
import type { Relayed } from "../domain/recording/relay.ts";
import type { Clock, DeveloperWebhook } from "./ports.ts";

type Relay = { url: string; parameters: [string, string][]; signingKey: CryptoKey; idempotencyToken: string };

/** Posts a result to its developer once, signed as every webhook is. What it answers is not read for its own sake. */
export async function relayResult({ url, parameters, ...signing }: Relay, { webhook, clock }: { webhook: DeveloperWebhook; clock: Clock }): Promise<Relayed> {
  const request = await webhookRequest({ url, method: "POST" }, parameters, signing);
  const time = new AbortController();
  const cancel = clock.after(WEBHOOK_DEADLINE_MS, () => time.abort());
  try {
    const attempt = await webhook.send(request, { signal: time.signal, maxBytes: 0 });
    if (attempt.kind === "answered" || attempt.kind === "too_large" || attempt.kind === "encoded") {
      return { status: attempt.status, detail: `It answered with status ${attempt.status}.`, isDelivered: true };
    }
    return { status: attempt.kind === "refused_status" ? attempt.status : null, detail: describeFailure(attempt).text, isDelivered: false };
  } finally {
    cancel();
  }
}

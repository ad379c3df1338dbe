import { base64Of, hmac } from "./signature.ts";

type StandardWebhookHeaders = { "webhook-id": string; "webhook-timestamp": string; "webhook-signature": string };

/**
 * The headers of the Standard Webhooks specification, which publishers' frameworks verify out of the box.
 * @param key HMAC-SHA256 over the bytes of the publisher's primary auth token.
 * @param message its id is the request SID, which publishers treat as an idempotency token; its body is the text that is sent.
 */
export async function standardWebhookHeaders(
  key: CryptoKey,
  message: { id: string; timestampSeconds: number; body: string },
): Promise<StandardWebhookHeaders> {
  const { id, timestampSeconds, body } = message;
  const signature = base64Of(await hmac(key, `${id}.${timestampSeconds}.${body}`));
  return { "webhook-id": id, "webhook-timestamp": String(timestampSeconds), "webhook-signature": `v1,${signature}` };
}

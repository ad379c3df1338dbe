import { utf8 } from "../bytes.ts";
import { base64Of, twilioSignature } from "../request/signature.ts";

type Parameters = readonly (readonly [string, string])[];

/** What goes to a developer's webhook. */
export type WebhookRequest = { method: "GET" | "POST"; url: string; headers: Record<string, string>; body: string | null };

/** @property idempotencyToken the same whenever the same message, call or result is delivered again. */
export type WebhookSigning = { signingKey: CryptoKey; idempotencyToken: string };

/**
 * A developer's webhook, signed with the account's primary auth token as the official clients' middleware checks it. User info of the URL
 * is sent as HTTP Basic and is not signed, since the server does not see it in its URL.
 */
export async function webhookRequest(webhook: { url: string; method: "GET" | "POST" }, parameters: Parameters, { signingKey, idempotencyToken }: WebhookSigning): Promise<WebhookRequest> {
  const url = new URL(webhook.url);
  const headers: Record<string, string> = { Accept: "*/*", "User-Agent": "Dipswitch/1", "I-Twilio-Idempotency-Token": idempotencyToken, ...basicOf(url) };
  // None of these reaches the server, so none may be in what is signed.
  [url.username, url.password, url.hash] = ["", "", ""];
  const encoded = new URLSearchParams(parameters.map(([name, value]) => [name, value])).toString();
  if (webhook.method === "GET") {
    const target = withQuery(url.href, encoded);
    return { method: "GET", url: target, headers: { ...headers, "X-Twilio-Signature": await twilioSignature(signingKey, target, []) }, body: null };
  }
  headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8";
  headers["X-Twilio-Signature"] = await twilioSignature(signingKey, url.href, parameters);
  return { method: "POST", url: url.href, headers, body: encoded };
}

/** By the text: a URL that ends in a question mark has an empty query already. */
function withQuery(url: string, encoded: string): string {
  if (!url.includes("?")) return `${url}?${encoded}`;
  return /[?&]$/.test(url) ? url + encoded : `${url}&${encoded}`;
}

function basicOf({ username, password }: URL): Record<string, string> {
  if (username === "" && password === "") return {};
  const text = `${decoded(username)}:${decoded(password)}`;
  return { Authorization: `Basic ${base64Of(utf8(text))}` };
}

/** A percent sign that escapes nothing stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A URL as an alert, or another server, may see it: with its credentials masked. */
export function shownUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null) return "";
  if (url.username === "" && url.password === "") return text;
  [url.username, url.password] = ["***", "***"];
  return url.href;
}

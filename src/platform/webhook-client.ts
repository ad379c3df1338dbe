import type { WebhookAttempt } from "../domain/incoming/webhook-answer.ts";
import type { WebhookRequest } from "../domain/incoming/webhook-request.ts";
import { refuseUrl, type UrlPolicy } from "../domain/request/url-policy.ts";
import type { DeveloperWebhook } from "../invocation/ports.ts";
import { discardBody, readBody } from "./bounded-body.ts";

/** Calls developers' webhooks with the platform's `fetch`. */
export function webhookClient(urlPolicy: UrlPolicy): DeveloperWebhook {
  return {
    async send(request, { signal, maxBytes }) {
      // Checked again before each call: what may be called can have changed since the URL was stored.
      const refused = refuseUrl(request.url, urlPolicy);
      if (refused !== null) return { kind: "url_refused", reason: refused };
      try {
        return await attempt(request, signal, maxBytes);
      } catch (error) {
        if (signal.aborted) return { kind: "timed_out" };
        // The runtime's message can quote the URL, which may hold what came in; its kind is enough.
        return { kind: "unreachable", reason: error instanceof TypeError ? "the request could not be made" : "the connection failed" };
      }
    },
  };
}

async function attempt({ method, url, headers, body }: WebhookRequest, signal: AbortSignal, maxBytes: number): Promise<WebhookAttempt> {
  // A redirect is not followed: it would take the signature, the message and credentials along.
  const response = await fetch(url, { method, headers, body, signal, redirect: "manual", ...(method === "GET" && ({ cache: "no-store" } as const)) });
  const { status } = response;
  if (status < 200 || status > 299) {
    await discardBody(response);
    return { kind: "refused_status", status };
  }
  if (maxBytes === 0) {
    await discardBody(response);
    return { kind: "answered", status, mediaType: null, body: new Uint8Array() };
  }
  // The platform decodes these two; anything else would go on as bytes that nobody can read.
  if (!/^(?:identity|gzip|br)?$/i.test(response.headers.get("content-encoding")?.trim() ?? "")) {
    await discardBody(response);
    return { kind: "encoded", status };
  }
  const read = await readBody(response, maxBytes, signal);
  return read === null ? { kind: "too_large", status } : { kind: "answered", status, mediaType: response.headers.get("content-type"), body: read };
}

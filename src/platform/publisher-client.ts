import { leastRecentlyUsed } from "../domain/least-recently-used.ts";
import type { PublisherRequest } from "../domain/request/publisher-request.ts";
import { refuseUrl, type UrlPolicy } from "../domain/request/url-policy.ts";
import type { PublisherAttempt } from "../domain/response/publisher-answer.ts";
import type { Publisher } from "../invocation/ports.ts";
import { attemptOf } from "./publisher-attempt.ts";

const URLS_KEPT = 1_000;
/** The edge's cache must not keep an answer to a GET: its key would not have the credentials. */
const UNCACHED = { cache: "no-store" } as const;

/** Calls publishers with the platform's `fetch`. */
export function publisherClient(urlPolicy: UrlPolicy): Publisher {
  // By the URL without its query, which is ours: the same few publishers are called again and again.
  const refusals = leastRecentlyUsed<{ isRefused: boolean }>(URLS_KEPT);
  const isRefused = (url: string): boolean => {
    const place = url.slice(0, url.indexOf("?"));
    const known = refusals.get(place);
    if (known !== undefined) return known.isRefused;
    const refusal = { isRefused: refuseUrl(place, urlPolicy) !== null };
    refusals.set(place, refusal);
    return refusal.isRefused;
  };
  return {
    async send(request, { signal, maxBytes }) {
      // Checked again before each attempt: what may be called can have changed since the definition was stored.
      if (isRefused(request.url)) return { kind: "unreachable", reason: "its URL is not one that may be called" };
      try {
        return await attempt(request, signal, maxBytes);
      } catch (error) {
        if (signal.aborted) return { kind: "aborted" };
        // The runtime's message can quote the URL, which is the publisher's; its kind is enough.
        return { kind: "unreachable", reason: error instanceof TypeError ? "the request could not be made" : "the connection failed" };
      }
    },
  };
}

async function attempt(request: PublisherRequest, signal: AbortSignal, maxBytes: number): Promise<PublisherAttempt> {
  const { method, headers, body } = request;
  // A redirect is not followed: it would leave the URL rules behind, and take credentials along.
  const response = await fetch(request.url, { method, headers, body, signal, redirect: "manual", ...(method === "GET" && UNCACHED) });
  return attemptOf(response, maxBytes, signal);
}

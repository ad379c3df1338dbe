import { setTimeout as pause } from "node:timers/promises";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export type HealthCheck = {
  fetch: Fetch;
  /** A workers.dev name that was never used can need a minute or two until it resolves everywhere. */
  limitMs: number;
  pauseMs: number;
};

const attemptLimitMs = 10_000;

/** Asks `GET {publicUrl}/health` until it answers 200. @throws with the last answer when the time is over. */
export async function waitUntilHealthy(publicUrl: string, { fetch, limitMs, pauseMs }: HealthCheck): Promise<void> {
  const url = `${publicUrl}/health`;
  const endsAtMs = performance.now() + limitMs;
  for (;;) {
    const answer = await statusOf(url, {}, fetch).catch((error: unknown) => String(error));
    if (answer === 200) return;
    if (performance.now() + pauseMs > endsAtMs) {
      throw new Error(`GET ${url} did not answer 200 within ${limitMs / 1000} s; at last: ${answer}`);
    }
    await pause(pauseMs);
  }
}

/** Whether the gateway takes these credentials for the operator's. */
export async function canSignIn(publicUrl: string, sid: string, token: string, { fetch }: HealthCheck): Promise<boolean> {
  const authorization = `Basic ${Buffer.from(`${sid}:${token}`).toString("base64")}`;
  return (await statusOf(`${publicUrl}/2010-04-01/Accounts.json?PageSize=1`, { authorization }, fetch)) !== 401;
}

async function statusOf(url: string, headers: Record<string, string>, fetch: Fetch): Promise<number> {
  try {
    const response = await fetch(url, { headers, redirect: "manual", signal: AbortSignal.timeout(attemptLimitMs) });
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    // "fetch failed" is all that fetch's own message says; what it failed of is the cause.
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Error(`GET ${url}: ${reason instanceof Error ? reason.message : String(reason)}`, { cause: error });
  }
}

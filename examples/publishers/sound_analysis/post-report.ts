import { setTimeout } from "node:timers/promises";

/** An API key of the publisher's account, made with `POST /2010-04-01/Accounts/{AC}/Keys.json`. */
export type CallbackKey = { sid: string; secret: string };

export type RetryDelays = { firstMs: number; mostMs: number };

export type Report = { callbackUrl: string; text: string; deadlineMs: number };

/** How the last attempt ended. */
export type PostOutcome = number | "unreachable" | "stopped";

const attemptMs = 30_000;

/**
 * Posts a report until the gateway has decided about it: 200 it has it, 409 it has another, 410 it is too late, any other 3xx or 4xx it never will. Only
 * 5xx, 429 and no answer at all may be different the next time, for as long as the gateway waits.
 */
export async function postReport(report: Report, key: CallbackKey, delays: RetryDelays, stop: AbortSignal): Promise<PostOutcome> {
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await post(report, key, stop);
    if (outcome === "stopped" || (typeof outcome === "number" && outcome < 500 && outcome !== 429)) return outcome;
    // Half of the delay is chance, so that many reports do not come back together to a gateway that has just come up.
    const delayMs = Math.min(delays.mostMs, delays.firstMs * 2 ** attempt) * (0.5 + Math.random() / 2);
    if (Date.now() + delayMs >= report.deadlineMs) return outcome;
    if (!(await waited(delayMs, stop))) return "stopped";
  }
}

async function post({ callbackUrl, text }: Report, { sid, secret }: CallbackKey, stop: AbortSignal): Promise<PostOutcome> {
  const authorization = `Basic ${Buffer.from(`${sid}:${secret}`).toString("base64")}`;
  try {
    const response = await fetch(callbackUrl, {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: text,
      redirect: "manual",
      signal: AbortSignal.any([stop, AbortSignal.timeout(attemptMs)]),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return stop.aborted ? "stopped" : "unreachable";
  }
}

async function waited(delayMs: number, stop: AbortSignal): Promise<boolean> {
  return setTimeout(delayMs, true, { signal: stop }).catch(() => false);
}

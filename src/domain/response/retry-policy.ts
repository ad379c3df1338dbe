import { INVOCATION_FAILURES, type InvocationFailure } from "../failure.ts";
import { RETRIES, RETRY_BASE_DELAY_MS } from "../limits.ts";

/**
 * When to send the same request again. Guide: 4xx never, 5xx "up to N times, or until the TTL has passed".
 * @param attempt how many attempts there were.
 * @param random in [0, 1): full jitter, so that many callers of a publisher that stumbles do not come back together.
 * @returns the delay, or null when this failure is final.
 */
export function retryDelayMs(failure: InvocationFailure, attempt: number, random: number): number | null {
  if (!INVOCATION_FAILURES[failure.kind].retried || attempt > RETRIES) return null;
  return Math.floor(random * RETRY_BASE_DELAY_MS * 2 ** (attempt - 1));
}

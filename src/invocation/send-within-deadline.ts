import type { AttemptRecord } from "../domain/billing/invocation-record.ts";
import type { InvocationFailure } from "../domain/failure.ts";
import type { PublisherRequest } from "../domain/request/publisher-request.ts";
import { answerOf, type PublisherAnswer, type PublisherAttempt } from "../domain/response/publisher-answer.ts";
import { retryDelayMs } from "../domain/response/retry-policy.ts";
import type { Result } from "../domain/result.ts";
import type { Clock, InvocationPorts } from "./ports.ts";

export type Sent = { result: Result<PublisherAnswer, InvocationFailure>; attempts: AttemptRecord[]; bytesIn: number };

/**
 * Sends a request, again where the failure allows it, until there is an answer or the time is over. The time covers connecting,
 * headers, body and every retry: a publisher that trickles its body is cut off too.
 */
export async function sendWithinDeadline(
  request: PublisherRequest,
  limits: { startedAtMs: number; deadlineMs: number; maxBytes: number },
  { publisher, clock }: Pick<InvocationPorts, "publisher" | "clock">,
): Promise<Sent> {
  const endsAtMs = limits.startedAtMs + limits.deadlineMs;
  const attempts: AttemptRecord[] = [];
  // Not `AbortSignal.timeout`, which keeps the request open for its whole time even after the answer.
  const time = new AbortController();
  const cancel = clock.after(endsAtMs - clock.nowMs(), () => time.abort());
  try {
    for (;;) {
      const startedAtMs = clock.nowMs();
      const attempt = await publisher.send(request, { signal: time.signal, maxBytes: limits.maxBytes });
      const result = answerOf(attempt, limits.deadlineMs);
      attempts.push({
        started_at_ms: startedAtMs,
        duration_ms: clock.nowMs() - startedAtMs,
        status: "status" in attempt ? attempt.status : null,
        failure: result.ok ? null : result.error.kind,
      });
      const sent = { result, attempts, bytesIn: bytesOf(attempt) };
      if (result.ok) return sent;
      const delayMs = retryDelayMs(result.error, attempts.length, clock.random());
      // A retry that could not start in time is not made: the failure that was seen is the one reported.
      if (delayMs === null || clock.nowMs() + delayMs >= endsAtMs) return sent;
      await wait(delayMs, clock);
    }
  } finally {
    cancel();
  }
}

const bytesOf = (attempt: PublisherAttempt): number => ("bytes" in attempt ? attempt.bytes : 0);

const wait = (delayMs: number, clock: Clock): Promise<void> => new Promise((resolve) => void clock.after(delayMs, resolve));

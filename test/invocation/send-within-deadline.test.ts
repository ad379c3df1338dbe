import { expect, test } from "vitest";
import type { PublisherAttempt } from "../../src/domain/response/publisher-answer.ts";
import { sendWithinDeadline } from "../../src/invocation/send-within-deadline.ts";
import { jumpingClock } from "../support/scripted-desk.ts";

const REQUEST = { method: "GET" as const, url: "https://publisher.example.com/", headers: {}, body: null };
const DEADLINE_MS = 2_000;

/** A publisher that takes so long for each attempt, one after the other, to answer 500. */
async function sent(...attemptsMs: number[]) {
  const { clock, elapsedMs } = jumpingClock();
  const began: number[] = [];
  const send = (_request: unknown, { signal }: { signal: AbortSignal }): Promise<PublisherAttempt> => {
    const takesMs = attemptsMs[began.length] ?? 0;
    began.push(elapsedMs());
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve({ kind: "aborted" }));
      clock.after(takesMs, () => resolve({ kind: "refused_status", status: 500 }));
    });
  };
  const { result, attempts } = await sendWithinDeadline(REQUEST, { startedAtMs: clock.nowMs(), deadlineMs: DEADLINE_MS, maxBytes: 1_000 }, { publisher: { send }, clock });
  return { began, failures: attempts.map(({ failure }) => failure), failure: result.ok ? null : result.error.kind };
}

// The clock's jitter is half of 50 ms, then of 100 ms.
test.each([
  [1_974, { began: [0, 1_999], failures: ["server_error", "timed_out"], failure: "timed_out" }],
  [1_975, { began: [0], failures: ["server_error"], failure: "server_error" }],
  [1_999, { began: [0], failures: ["server_error"], failure: "server_error" }],
])("a retry that could not begin within the time is not made: after a failure at %i ms", async (failedAtMs, expected) => {
  expect(await sent(failedAtMs, 10)).toEqual(expected);
});

test("a failure is tried again twice, and the last one is reported", async () => {
  expect(await sent(100, 100, 100)).toEqual({ began: [0, 125, 275], failures: ["server_error", "server_error", "server_error"], failure: "server_error" });
});

import { type CallbackKey, type PostOutcome, postReport, type Report, type RetryDelays } from "./post-report.ts";

/** Equal for an upload and its retries, which have another date and perhaps another callback URL; different for anything else. */
type Request = { requestSid: string; fingerprint: string };

type Posting = { fingerprint: string; callbackUrl: string; deadlineMs: number; controller: AbortController };

const maxWaitingBytes = 64 * 1024 * 1024;
const maxRemembered = 20_000;

export type Reporting = { key: CallbackKey; delays: RetryDelays; onEnd: (requestSid: string, outcome: PostOutcome) => void };

/**
 * The reports under way, and, by request SID, those of the time in which the gateway may ask again. The SID is the guide's idempotency token: a
 * retry is accepted like the first request, and its report goes out once, or once more when the retry names another callback URL.
 *
 * It is this process's memory: what was accepted and not yet reported is lost with it. Publishers for whom that matters keep it in a store.
 */
export class Reports {
  readonly #reporting: Reporting;
  readonly #postings = new Map<string, Posting>();
  readonly #stop = new AbortController();
  #waitingBytes = 0;

  constructor(reporting: Reporting) {
    this.#reporting = reporting;
  }

  /** @returns "busy" when so many reports wait for their gateway that this one had better come again. */
  accept({ requestSid, fingerprint }: Request, report: Report, nowMs: number): "accepted" | "sid_reused" | "busy" {
    const earlier = this.#postings.get(requestSid);
    if (earlier !== undefined) {
      if (earlier.fingerprint !== fingerprint) return "sid_reused";
      if (earlier.callbackUrl === report.callbackUrl) return "accepted";
    }
    if (this.#waitingBytes + report.text.length > maxWaitingBytes) return "busy";
    earlier?.controller.abort();
    this.#forget(nowMs);
    const { callbackUrl, deadlineMs } = report;
    const controller = new AbortController();
    this.#postings.delete(requestSid);
    this.#postings.set(requestSid, { fingerprint, callbackUrl, deadlineMs, controller });
    void this.#post(requestSid, report, AbortSignal.any([this.#stop.signal, controller.signal]));
    return "accepted";
  }

  /** Gives up what is under way. */
  stop(): void {
    this.#stop.abort();
  }

  async #post(requestSid: string, report: Report, stop: AbortSignal): Promise<void> {
    const { key, delays, onEnd } = this.#reporting;
    this.#waitingBytes += report.text.length;
    const outcome = await postReport(report, key, delays, stop);
    this.#waitingBytes -= report.text.length;
    onEnd(requestSid, outcome);
  }

  /** After the deadline the callback URL takes no report, so nobody gains by a retry. Above the limit the oldest go, which a Map gives first. */
  #forget(nowMs: number): void {
    for (const [requestSid, { deadlineMs }] of this.#postings) {
      if (deadlineMs <= nowMs || this.#postings.size >= maxRemembered) this.#postings.delete(requestSid);
    }
  }
}

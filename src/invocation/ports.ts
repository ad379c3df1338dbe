import type { InstalledAddOn } from "../domain/catalog/install.ts";
import type { InvocationFailure } from "../domain/failure.ts";
import type { WebhookAttempt } from "../domain/incoming/webhook-answer.ts";
import type { WebhookRequest } from "../domain/incoming/webhook-request.ts";
import type { PublisherRequest } from "../domain/request/publisher-request.ts";
import type { AddOnCall } from "../domain/response/outcome.ts";
import type { PublisherAttempt } from "../domain/response/publisher-answer.ts";

/** The network to publishers. It never throws: whatever happens is an attempt's outcome. */
export type Publisher = {
  /** @param signal strikes when the add-on's time is over, also while the body is read. */
  send(request: PublisherRequest, limits: { signal: AbortSignal; maxBytes: number }): Promise<PublisherAttempt>;
};

/** The network to developers' webhooks. It never throws either. */
export type DeveloperWebhook = {
  /**
   * @param limits.signal strikes when the time is over, also while the body is read.
   * @param limits.maxBytes 0 where the status is enough: the body is then not waited for, and empty.
   */
  send(request: WebhookRequest, limits: { signal: AbortSignal; maxBytes: number }): Promise<WebhookAttempt>;
};

/** Whether the account's credit and its install's daily cap still cover a call; answered from memory as long as credit is plenty. */
export type Credit = { refusal(installed: Pick<InstalledAddOn, "sid" | "dailyCapMicros" | "version">): Promise<InvocationFailure | null> };

/** Time and chance, which the domain does not have. */
export type Clock = {
  nowMs(): number;
  /** In [0, 1). */
  random(): number;
  /** @returns a function that cancels it. */
  after(delayMs: number, callback: () => void): () => void;
};

export type InvocationPorts = {
  publisher: Publisher;
  credit: Credit;
  clock: Clock;
  /** Logs a bug of ours that stopped one add-on. */
  report(call: AddOnCall, error: unknown): void;
};

import type { Delivery } from "../domain/incoming/delivery.ts";
import { INCOMING } from "../domain/incoming/incoming-kind.ts";
import type { WebhookAnswer, WebhookErrorCode } from "../domain/incoming/webhook-answer.ts";
import { INCOMING_CLAIM_MS } from "../domain/limits.ts";
import { envelopeText, failedEnvelopeText } from "../domain/response/outcome.ts";
import { beginRequest } from "./begin.ts";
import { callWebhook, type WebhookPorts } from "./call-webhook.ts";
import { finishRequest } from "./finish.ts";
import { newSeed, runAndSettle, type AddOnsRequest, type Idempotency, type RunPorts } from "./run-add-ons.ts";

/** A message or call on its way to its account, with the add-ons that run before the account hears of it. */
export type IncomingRequest = {
  delivery: Delivery;
  addOns: AddOnsRequest["addOns"];
  content: AddOnsRequest["content"];
  number: AddOnsRequest["number"];
  /** By MessageSid or CallSid: the same one again is the same message or call. */
  idempotency: Idempotency;
};

export type IncomingAnswer =
  /** The developer's own answer, or that of the run that was first. */
  | { kind: "answered"; answer: WebhookAnswer; isReplay: boolean }
  /** The developer's URL failed, and so did the fallback, or there is none. What the add-ons came to is kept for the next try. */
  | { kind: "webhook_failed"; code: WebhookErrorCode }
  /** It was delivered, and what was kept of it forgotten at its account's wish. It is not run again. */
  | { kind: "forgotten" }
  | { kind: "account_not_active" }
  /** It may have been run or not, and the same message or call again finds out. */
  | { kind: "unavailable" };

/**
 * Runs the add-ons of a message or call, settles what they came to, and only then calls the developer's webhook with their results: what
 * is charged is charged once, whatever the webhook does. A further run of the same message goes on from what was settled, so that the
 * developer gets the same results however often the webhook has to be called.
 */
export async function deliverIncoming(request: IncomingRequest, ports: RunPorts & WebhookPorts): Promise<IncomingAnswer> {
  const { delivery, idempotency } = request;
  const { key, print, open, seal } = idempotency;
  const holder = newSeed(ports);
  const begun = await beginRequest(ports.desk, { key, print, seed: holder, claimMs: INCOMING_CLAIM_MS }, ports);
  if (begun.kind === "replay") return { kind: "answered", answer: answerOfText(await open(begun.sealed)), isReplay: true };
  if (begun.kind === "conflict") return { kind: "forgotten" };
  if (begun.kind === "unavailable") return begun;
  // A desk that can keep no further key must not keep a message from its account: it goes on without the promise of a replay.
  const claim = begun.kind === "full" ? null : { seed: begun.seed, progress: begun.progress };

  const run = { key, seed: claim?.seed ?? holder, holder };

  const settled = claim?.progress === undefined ? await settleAddOns(request, claim?.seed ?? null, ports) : await resultsOf(request, claim.progress);
  if (settled.kind === "unavailable" || settled.kind === "account_not_active") {
    // So that the next try need not wait until this run's time is over. What may still be on its way to the desk is settled once all the same.
    ports.afterAnswer(finishRequest(ports.desk, { ...run, answer: null, alerts: [] }, ports).then(() => undefined));
  }
  if (settled.kind !== "results") return settled;

  const called = await callWebhook(delivery, settled.text, run.seed, ports);
  const alerts = called.alerts.map((alert) => JSON.stringify(alert));
  const sealed = called.answer === null ? null : await seal(textOfAnswer(called.answer));
  const finished = await finishRequest(ports.desk, { ...run, answer: sealed, alerts }, ports);
  if (finished.kind === "replay") return { kind: "answered", answer: answerOfText(await open(finished.sealed)), isReplay: true };
  if (called.answer !== null) return { kind: "answered", answer: called.answer, isReplay: false };
  return called.failure === "account_not_active" ? { kind: "account_not_active" } : { kind: "webhook_failed", code: called.failure };
}

type AddOnResults = { kind: "results"; text: string } | Exclude<IncomingAnswer, { kind: "webhook_failed" }>;

/** What an earlier run settled; nothing of it when its account had it forgotten meanwhile. */
async function resultsOf({ idempotency }: IncomingRequest, progress: Uint8Array): Promise<AddOnResults> {
  return { kind: "results", text: progress.byteLength === 0 ? envelopeText([]) : await idempotency.open(progress) };
}

/** The add-ons' results, settled; or the answer of a run that was faster. */
async function settleAddOns(request: IncomingRequest, seed: string | null, ports: RunPorts & WebhookPorts): Promise<AddOnResults> {
  const { delivery, addOns, content, number, idempotency } = request;
  // Nothing to settle, so nothing but the claim itself is asked of the desk.
  if (addOns.size === 0) return { kind: "results", text: envelopeText([]) };
  // It may have waited for another run for longer than an account stays active.
  if (!(await ports.recipient()).isActive) return { kind: "account_not_active" };
  const { accountSid, incoming } = delivery;
  const { integrationPoint } = INCOMING[incoming.kind];
  const run = { accountSid, integrationPoint, addOns, content, runtimeData: new Map(), number, render: envelopeText, idempotency };
  const settled = await runAndSettle(run, seed === null ? null : { seed, goesOn: true }, ports);
  switch (settled.kind) {
    case "settled":
      return { kind: "results", text: settled.answer };
    case "resume":
      return resultsOf(request, settled.sealed);
    case "replay":
      return { kind: "answered", answer: answerOfText(await idempotency.open(settled.sealed)), isReplay: true };
    case "failed":
      // The account's message must not wait for a bug of ours.
      return { kind: "results", text: failedEnvelopeText() };
    case "unavailable":
      return { kind: "unavailable" };
  }
}

/** An answer as the desk keeps it. */
const textOfAnswer = ({ status, mediaType, body }: WebhookAnswer): string => JSON.stringify({ status, mediaType, body: [...body].map((byte) => String.fromCharCode(byte)).join("") });

function answerOfText(text: string): WebhookAnswer {
  const { status, mediaType, body }: { status: number; mediaType: string | null; body: string } = JSON.parse(text);
  return { status, mediaType, body: Uint8Array.from(body, (character) => character.charCodeAt(0)) };
}

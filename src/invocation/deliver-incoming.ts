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
  /** It was forgotten at its account's wish, and is not run again. */
  | { kind: "forgotten" }
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

  const settled = claim?.progress === undefined ? await settleAddOns(request, claim?.seed ?? null, ports) : { kind: "results" as const, text: await open(claim.progress) };
  if (settled.kind !== "results") return settled;

  const called = await callWebhook(delivery, settled.text, claim?.seed ?? holder, ports);
  const alerts = called.alerts.map((alert) => JSON.stringify(alert));
  const sealed = called.answer === null ? null : await seal(textOfAnswer(called.answer));
  const finished = await finishRequest(ports.desk, { key, seed: claim?.seed ?? holder, holder, answer: sealed, alerts }, ports);
  if (finished.kind === "replay") return { kind: "answered", answer: answerOfText(await open(finished.sealed)), isReplay: true };
  return called.answer === null ? { kind: "webhook_failed", code: called.failure } : { kind: "answered", answer: called.answer, isReplay: false };
}

type AddOnResults = { kind: "results"; text: string } | Exclude<IncomingAnswer, { kind: "webhook_failed" }>;

/** The add-ons' results, settled; or the answer of a run that was faster. */
async function settleAddOns(request: IncomingRequest, seed: string | null, ports: RunPorts): Promise<AddOnResults> {
  const { delivery, addOns, content, number, idempotency } = request;
  // Nothing to settle, so nothing but the claim itself is asked of the desk.
  if (addOns.size === 0) return { kind: "results", text: envelopeText([]) };
  const { accountSid, incoming } = delivery;
  const { integrationPoint } = INCOMING[incoming.kind];
  const run = { accountSid, integrationPoint, addOns, content, runtimeData: new Map(), number, render: envelopeText, idempotency };
  const settled = await runAndSettle(run, seed === null ? null : { seed, goesOn: true }, ports);
  switch (settled.kind) {
    case "settled":
      return { kind: "results", text: settled.answer };
    case "resume":
      return { kind: "results", text: await idempotency.open(settled.sealed) };
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

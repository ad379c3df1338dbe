import { utf8 } from "../domain/bytes.ts";
import { priceOfAnswer } from "../domain/billing/price.ts";
import { isUsable, unmetRequirement, type InstalledAddOn } from "../domain/catalog/install.ts";
import type { InvocationFailure } from "../domain/failure.ts";
import { SYNCHRONOUS_DEADLINE_MS } from "../domain/limits.ts";
import { fieldsOf } from "../domain/request/fields.ts";
import { publisherRequest, signRequest, type InvocationWindow, type PublisherRequest, type UnsignedRequest } from "../domain/request/publisher-request.ts";
import { requestValidationFailure } from "../domain/request/request-validation.ts";
import { failed, successful, type AddOnCall, type AddOnOutcome, type Course } from "../domain/response/outcome.ts";
import { validateAnswer } from "../domain/response/response-validation.ts";
import { err, ok, type Result } from "../domain/result.ts";
import type { InvocationPorts } from "./ports.ts";
import { sendWithinDeadline, type Sent } from "./send-within-deadline.ts";

/**
 * Runs one add-on, as the publisher guide tells it: fields → request validation → request → signature → send within the time →
 * response validation → outcome. The first reason to stop is the one that is reported.
 * @param waitMs how long the call waited for its slot; its time starts now.
 */
export async function invokeAddOn(call: AddOnCall, waitMs: number, ports: InvocationPorts): Promise<AddOnOutcome> {
  const window: InvocationWindow = { startedAtMs: ports.clock.nowMs(), ttlMs: SYNCHRONOUS_DEADLINE_MS };
  const course = (sent?: Sent, request?: PublisherRequest): Course => courseOf(window, waitMs, ports.clock.nowMs(), sent, request);
  const stop = (failure: InvocationFailure): AddOnOutcome => failed(call, course(), failure);

  const prepared = await preparedRequest(call, window);
  if (!prepared.ok) return stop(prepared.error);
  const { installed, unsigned } = prepared.value;
  const { version } = installed;
  const request = await signRequest(unsigned, installed, call.requestSid, window);

  // No credit, no call: a publisher must not work for an account that cannot pay. The desk decides for good when it settles.
  const unpaid = await ports.credit.refusal(installed);
  if (unpaid !== null) return stop(unpaid);

  const limits = { startedAtMs: window.startedAtMs, deadlineMs: window.ttlMs, maxBytes: version.answerBytes };
  const sent = await sendWithinDeadline(request, limits, ports);
  if (!sent.result.ok) return failed(call, course(sent, request), sent.result.error);

  const { status, text } = sent.result.value;
  const answer = validateAnswer(version, text);
  if (!answer.ok) return failed(call, course(sent, request), answer.error);
  return successful(call, course(sent, request), text, priceOfAnswer(version, status, answer.value));
}

/** The first half, which asks nobody anything: requirements → fields → request validation → request. */
export async function preparedRequest(call: AddOnCall, window: InvocationWindow): Promise<Result<{ installed: InstalledAddOn; unsigned: UnsignedRequest }, InvocationFailure>> {
  const { installed, requestSid } = call;
  const unmet = unmetRequirement(call.uniqueName, installed, call.integrationPoint, window.startedAtMs);
  if (unmet !== null || installed === null || !isUsable(installed)) return err(unmet ?? { kind: "internal", detail: "The add-on could not be run." });

  const fields = fieldsOf(installed, requestSid, call.content, call.runtimeData, window.startedAtMs);
  if (!fields.ok) return fields;

  const refused = requestValidationFailure(installed.version, fields.value);
  if (refused !== null) return err(refused);

  const unsigned = await publisherRequest(installed, requestSid, fields.value, window);
  return unsigned.ok ? ok({ installed, unsigned: unsigned.value }) : unsigned;
}

function courseOf(window: InvocationWindow, waitMs: number, endedAtMs: number, sent?: Sent, request?: PublisherRequest): Course {
  const mediaType = sent?.result.ok ? sent.result.value.mediaType : "application/json";
  return {
    startedAtMs: window.startedAtMs,
    endedAtMs,
    waitMs,
    bytesOut: request === undefined ? 0 : utf8(request.url + (request.body ?? "")).byteLength,
    bytesIn: sent?.bytesIn ?? 0,
    attempts: sent?.attempts ?? [],
    warning: isJsonMediaType(mediaType) ? null : "The answer's Content-Type is not application/json.",
  };
}

const isJsonMediaType = (mediaType: string | null): boolean => /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(mediaType ?? "");

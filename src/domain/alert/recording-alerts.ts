import { ERROR_CODES, type ErrorCode } from "../error-code.ts";
import { shownUrl } from "../incoming/webhook-request.ts";
import type { RecordingOrder } from "../recording/recording-order.ts";
import type { AlertDraft } from "./stored-alert.ts";

/** A callback of its publisher that was not taken. */
export type RefusedCallback = { xr: string; publisherSid: string; addOnSid: string; code: ErrorCode; message: string };

/** For the publisher: whoever built its callbacks may never look at what they are answered. One of each code is enough. */
export function refusedCallbackAlert({ xr, publisherSid, addOnSid, code, message }: RefusedCallback, publicUrl: string, atMs: number): AlertDraft {
  return {
    v: 1,
    seed: `${xr}/callback/${code}`,
    account_sid: publisherSid,
    error_code: code,
    log_level: "error",
    alert_text: `${ERROR_CODES[code].title}. A callback for ${xr} was refused. ${message}.`,
    request_method: "POST",
    // The secret is the publisher's alone.
    request_url: `${publicUrl}/v1/AddOnResults/${xr}/Callback/***`,
    resource_sid: xr,
    service_sid: addOnSid,
    generated_at_ms: atMs,
    version_sid: null,
  };
}

/** A result that the developer's URL did not take: at its first attempt, and when no more follow. */
export function relayAlert({ xr, accountSid, addOnSid, configurationSid }: RecordingOrder, relay: { url: string; attempts: number; detail: string; isDead: boolean }, atMs: number): AlertDraft {
  const { url, attempts, detail, isDead } = relay;
  const then = isDead ? `After ${attempts} attempts it is a dead letter, which can be sent again.` : "It is sent again.";
  return {
    v: 1,
    seed: `${xr}/relay/${attempts}`,
    account_sid: accountSid,
    error_code: 11200,
    log_level: "error",
    alert_text: `${ERROR_CODES[11200].title}. The callback_url of the installed add-on ${configurationSid} did not take the result ${xr}. ${detail} ${then}`,
    request_method: "POST",
    request_url: shownUrl(url),
    resource_sid: xr,
    service_sid: addOnSid,
    generated_at_ms: atMs,
    version_sid: null,
  };
}

/** A recording that none of its account's add-ons has heard, for a reason of ours. */
export function unstartedRecordingAlert({ sid, account_sid }: { sid: string; account_sid: string }, atMs: number): AlertDraft {
  return {
    v: 1,
    seed: `${sid}/unstarted`,
    account_sid,
    error_code: 61000,
    log_level: "error",
    alert_text: `${ERROR_CODES[61000].title}. The recording ${sid} could not be given to all of the account's add-ons.`,
    request_method: null,
    request_url: null,
    resource_sid: sid,
    service_sid: null,
    generated_at_ms: atMs,
    version_sid: null,
  };
}

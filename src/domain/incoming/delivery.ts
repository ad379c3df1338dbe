import type { Alert } from "../alert.ts";
import type { ErrorCode } from "../error-code.ts";
import { isSid, type SidPrefix } from "../sid.ts";
import { INCOMING } from "./incoming-kind.ts";
import type { IncomingParameters } from "./incoming-parameters.ts";
import { shownUrl } from "./webhook-request.ts";

type Method = "GET" | "POST";

/** Where a developer wants to hear of what comes in; null where no URL is set. */
export type Webhook = { url: string | null; method: Method; fallbackUrl: string | null; fallbackMethod: Method };

/** A message or call, and whom it is for. */
export type Delivery = {
  incoming: IncomingParameters;
  accountSid: string;
  phoneNumberSid: string;
  webhook: Webhook;
  /** Whether add-ons are left out because the webhook is called with GET. */
  leavesAddOnsOut: boolean;
};

/** One call of a webhook. */
export type WebhookTarget = { url: string; method: Method };

/** Why a webhook's fallback is called, as its parameters tell it. */
export type WebhookError = { code: ErrorCode; url: string };

/** Every parameter that came in, and the add-ons' results, which a GET has no room for: guide, 61006. */
export function webhookParameters({ incoming }: Delivery, method: Method, addOns: string, error: WebhookError | null): [string, string][] {
  // What a carrier calls so is not from us, and developers must be able to trust ours.
  const ours: ReadonlySet<string> = new Set(error === null ? ["AddOns"] : ["AddOns", "ErrorCode", "ErrorUrl"]);
  const received = incoming.all.filter(([name]) => !ours.has(name)).map(([name, value]): [string, string] => [name, value]);
  const results: [string, string][] = method === "POST" ? [["AddOns", addOns]] : [];
  const why: [string, string][] = error === null ? [] : [["ErrorCode", String(error.code)], ["ErrorUrl", error.url]];
  return [...received, ...results, ...why];
}

/** What an account is told of a delivery. Its own URL is its to see; what was sent there is not repeated. */
export function deliveryAlert(delivery: Delivery, alert: { sid: string; code: ErrorCode; text: string; target: WebhookTarget | null; atMs: number }): Alert {
  const { accountSid, incoming } = delivery;
  return {
    v: 1,
    sid: alert.sid,
    account_sid: accountSid,
    error_code: alert.code,
    log_level: alert.code === 61006 || alert.target === null ? "warning" : "error",
    alert_text: alert.text,
    request_method: alert.target?.method ?? null,
    request_url: alert.target === null ? null : shownUrl(alert.target.url).slice(0, SHOWN_URL_CHARACTERS),
    // A SID that is not one of ours could be anything, a phone number too.
    resource_sid: CARRIERS_SIDS.some((prefix) => isSid(prefix, incoming.sid)) ? incoming.sid : null,
    service_sid: null,
    generated_at_ms: alert.atMs,
  };
}

/** Ours: enough to tell one's own URLs apart. */
const SHOWN_URL_CHARACTERS = 2_048;

const CARRIERS_SIDS: readonly SidPrefix[] = ["SM", "MM", "CA"];

/** The parameter of the number that says where a message or call goes. */
export const urlParameterOf = ({ incoming }: Delivery): string => INCOMING[incoming.kind].urlParameter;

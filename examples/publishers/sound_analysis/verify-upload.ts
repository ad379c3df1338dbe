import type { IncomingHttpHeaders } from "node:http";
import twilio from "twilio";
import { credentialsMatch } from "../credentials.ts";
import type { Refusal } from "../verify-request.ts";
import type { SoundAnalysisDefinition } from "./definition.ts";

/** How far the two clocks may be apart. */
const clockSkewMs = 30_000;
/** The callback's time is up to ten times the recording's: ten days for a recording of a day. */
const maxTtlMs = 10 * 24 * 60 * 60 * 1_000;

export type Expected = {
  /** The origin under which this publisher is known, never the Host header. */
  origin: string;
  /** The publisher account's auth token; during a rotation the secondary one as well. */
  authTokens: readonly string[];
  definition: SoundAnalysisDefinition;
  nowMs: number;
};

/** What the signed URL promises about an upload of which no byte has been read yet. */
export type VerifiedUpload = { requestSid: string; bodySha256: string; ttlMs: number; query: URLSearchParams };

export type UploadVerification = { verified: true; upload: VerifiedUpload } | { verified: false; refusal: Refusal };

/**
 * The publisher guide's security chapter for a body too large to hold: the signature covers the URL, and the URL names the body's hash. So who may
 * upload is known beforehand; that the body is the signed one, only after its last byte.
 */
export function verifyUpload({ target, headers }: { target: string; headers: IncomingHttpHeaders }, expected: Expected): UploadVerification {
  const { origin, authTokens, definition, nowMs } = expected;
  const url = origin + target;
  if (!URL.canParse(url)) return refuse(400, "bad_url", "The request target is not a URL's path and query.");
  const query = new URL(url).searchParams;

  const signature = headers["x-twilio-signature"];
  if (typeof signature !== "string") return refuse(403, "no_signature", "The header X-Twilio-Signature is missing.");
  if (!authTokens.some((authToken) => twilio.validateRequest(authToken, signature, url, {}))) {
    return refuse(403, "wrong_signature", "X-Twilio-Signature does not fit the request.");
  }
  const bodySha256 = query.get("bodySHA256") ?? "";
  if (!/^[0-9a-f]{64}$/.test(bodySha256)) return refuse(403, "wrong_signature", "The signed URL does not have the body's hash.");
  if (!credentialsMatch(definition.request.credentials, { headers, query, parameters: {} })) {
    return refuse(401, "wrong_credentials", "The add-on's credentials are missing or wrong.");
  }

  const ttlMs = Number(query.get("InvocationTtlMs"));
  if (!isGoingOn(query, nowMs)) return refuse(403, "stale", "InvocationDate and InvocationTtlMs are missing or malformed, or the time is not now.");

  // A header is not covered by the signature, a parameter is: only together are they an idempotency token to rely on.
  const requestSid = headers["x-twilio-requestsid"];
  if (typeof requestSid !== "string" || requestSid === "" || requestSid !== query.get("request_sid")) {
    return refuse(403, "wrong_request_sid", "X-Twilio-RequestSid is missing or is not the signed parameter's.");
  }
  return { verified: true, upload: { requestSid, bodySha256, ttlMs, query } };
}

function refuse(status: Refusal["status"], code: string, message: string): UploadVerification {
  return { verified: false, refusal: { status, code, message } };
}

function isGoingOn(query: URLSearchParams, nowMs: number): boolean {
  const date = query.get("InvocationDate") ?? "";
  const ttl = query.get("InvocationTtlMs") ?? "";
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(date) || !/^[1-9]\d{0,8}$/.test(ttl)) return false;
  const startMs = Date.parse(date);
  const ttlMs = Number(ttl);
  if (Number.isNaN(startMs) || ttlMs > maxTtlMs) return false;
  return startMs - clockSkewMs <= nowMs && nowMs < startMs + ttlMs + clockSkewMs;
}

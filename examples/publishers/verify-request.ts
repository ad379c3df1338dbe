import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import twilio from "twilio";
import type { Parameters } from "./answer.ts";
import { credentialsMatch } from "./credentials.ts";
import type { Definition } from "./definitions.ts";
import { decodeUtf8, readParameters, requestSidParameter } from "./read-parameters.ts";

/** How far the two clocks may be apart. Network time keeps servers within a second; half a minute forgives one that lost it. */
const clockSkewMs = 30_000;
/** A signed request that claims to live longer is refused: it would have to be remembered as long. */
const maxTtlMs = 10_000;

/** A request as it came over the wire. `target` is the request line's path and query, character for character: it was signed. */
export type ReceivedRequest = { method: string; target: string; headers: IncomingHttpHeaders; body: Buffer };

export type Expected = {
  /** The origin under which this publisher is known. Never the Host header: whoever sends the request chooses that. */
  origin: string;
  /** The publisher account's auth token; during a rotation the secondary one as well. */
  authTokens: readonly string[];
  definition: Definition;
  nowMs: number;
};

export type VerifiedRequest = {
  requestSid: string;
  parameters: Parameters;
  /** Equal for a request and its retries, different for anything else. */
  fingerprint: string;
  /** From then on the date alone refuses a repetition. */
  expiresAtMs: number;
};

export type Refusal = { status: 400 | 401 | 403; code: string; message: string };

export type Verification = { verified: true; request: VerifiedRequest } | { verified: false; refusal: Refusal };

/**
 * The publisher guide's security chapter: the signature, the invocation's date and time to live, the request SID, and the
 * add-on's own credentials. That the SID was not used before is left to `AnsweredRequests`.
 */
export function verifyRequest(received: ReceivedRequest, expected: Expected): Verification {
  const { definition, origin, authTokens, nowMs } = expected;
  const url = origin + received.target;
  if (!URL.canParse(url)) return refuse(400, "bad_url", "The request target is not a URL's path and query.");
  const { searchParams } = new URL(url);

  const text = decodeUtf8(received.body);
  if (text === undefined) return refuse(400, "bad_body", "The body is not UTF-8.");

  const signature = received.headers["x-twilio-signature"];
  if (typeof signature !== "string") return refuse(403, "no_signature", "The header X-Twilio-Signature is missing.");
  const isSigned = authTokens.some((authToken) => {
    switch (definition.request.body_format) {
      // The signature covers the URL and, in it, the body's hash.
      case "json":
        return twilio.validateRequestWithBody(authToken, signature, url, text);
      // The signature covers the URL and the form's parameters.
      case "form":
        return twilio.validateRequest(authToken, signature, url, Object.fromEntries(new URLSearchParams(text)));
      // The signature covers the URL, which has all there is.
      case "none":
        return twilio.validateRequest(authToken, signature, url, {});
    }
  });
  if (!isSigned) return refuse(403, "wrong_signature", "X-Twilio-Signature does not fit the request.");

  const parameters = readParameters(definition, searchParams, text);
  if (parameters === undefined) return refuse(400, "bad_body", "The body is not a JSON object.");
  if (!credentialsMatch(definition.request.credentials, received.headers, parameters)) {
    return refuse(401, "wrong_credentials", "The add-on's credentials are missing or wrong.");
  }

  const expiresAtMs = invocationEndMs(searchParams, nowMs);
  if (expiresAtMs === undefined) {
    return refuse(403, "stale", "InvocationDate and InvocationTtlMs are missing or malformed, or the time is not now.");
  }

  // A header is not covered by the signature, a parameter is: only together are they an idempotency token to rely on.
  const requestSid = received.headers["x-twilio-requestsid"];
  if (typeof requestSid !== "string" || requestSid !== parameters[requestSidParameter(definition)]) {
    return refuse(403, "wrong_request_sid", "X-Twilio-RequestSid is missing or is not the signed parameter's.");
  }
  const fingerprint = createHash("sha256").update(`${received.method} ${received.target}\n`).update(received.body).digest("base64");
  return { verified: true, request: { requestSid, parameters, fingerprint, expiresAtMs } };
}

function refuse(status: Refusal["status"], code: string, message: string): Verification {
  return { verified: false, refusal: { status, code, message } };
}

/** When the invocation is over, if it is going on now. */
function invocationEndMs(query: URLSearchParams, nowMs: number): number | undefined {
  const date = query.get("InvocationDate") ?? "";
  const ttl = query.get("InvocationTtlMs") ?? "";
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(date) || !/^[1-9]\d{0,5}$/.test(ttl)) return undefined;
  const startMs = Date.parse(date);
  const ttlMs = Number(ttl);
  if (Number.isNaN(startMs) || ttlMs > maxTtlMs) return undefined;
  const endMs = startMs + ttlMs + clockSkewMs;
  return startMs - clockSkewMs <= nowMs && nowMs < endMs ? endMs : undefined;
}

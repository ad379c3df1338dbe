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
  /** Equal for a request, its retries and its re-runs, which have another time; different for anything else. */
  fingerprint: string;
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
  if (!credentialsMatch(definition.request.credentials, { headers: received.headers, query: searchParams, parameters })) {
    return refuse(401, "wrong_credentials", "The add-on's credentials are missing or wrong.");
  }

  if (!isGoingOn(searchParams, nowMs)) {
    return refuse(403, "stale", "InvocationDate and InvocationTtlMs are missing or malformed, or the time is not now.");
  }

  // A header is not covered by the signature, a parameter is: only together are they an idempotency token to rely on.
  const requestSid = received.headers["x-twilio-requestsid"];
  if (typeof requestSid !== "string" || requestSid !== parameters[requestSidParameter(definition)]) {
    return refuse(403, "wrong_request_sid", "X-Twilio-RequestSid is missing or is not the signed parameter's.");
  }
  return { verified: true, request: { requestSid, parameters, fingerprint: fingerprintOf(definition, searchParams, parameters) } };
}

/** What the gateway itself puts into the query and what changes with the time: the body's hash does when the body has a time in it. */
const gatewayTimes = { InvocationDate: "{{unix_timestamp}}", bodySHA256: "{{unix_timestamp}}" };

/**
 * Of the content without its times. A gateway that dies in the middle of a developer's keyed request runs it once more when the developer
 * repeats it: the same content under the same SID, half a minute later or more.
 */
function fingerprintOf({ request }: Definition, query: URLSearchParams, parameters: Parameters): string {
  const inQuery = withoutTimes(Object.fromEntries(query), { ...gatewayTimes, ...request.query });
  const inBody = request.body_format === "none" ? null : withoutTimes(parameters, request.body);
  return createHash("sha256").update(JSON.stringify([inQuery, inBody])).digest("base64");
}

/** The content without what its template fills with the time. */
function withoutTimes(content: unknown, template: unknown): unknown {
  if (!isNested(content)) return content;
  const templates: Record<string, unknown> = isNested(template) ? template : {};
  const lasting = Object.entries(content).filter(([name]) => !String(templates[name]).includes("unix_timestamp}}"));
  return lasting.map(([name, value]) => [name, withoutTimes(value, templates[name])]);
}

function isNested(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function refuse(status: Refusal["status"], code: string, message: string): Verification {
  return { verified: false, refusal: { status, code, message } };
}

function isGoingOn(query: URLSearchParams, nowMs: number): boolean {
  const date = query.get("InvocationDate") ?? "";
  const ttl = query.get("InvocationTtlMs") ?? "";
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(date) || !/^[1-9]\d{0,5}$/.test(ttl)) return false;
  const startMs = Date.parse(date);
  const ttlMs = Number(ttl);
  if (Number.isNaN(startMs) || ttlMs > maxTtlMs) return false;
  return startMs - clockSkewMs <= nowMs && nowMs < startMs + ttlMs + clockSkewMs;
}

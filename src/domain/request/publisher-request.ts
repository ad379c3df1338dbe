import { ADD_ON_TYPES } from "../catalog/add-on-type.ts";
import type { Credentials } from "../catalog/definition.ts";
import type { InstalledAddOn } from "../catalog/install.ts";
import { sha256Hex, utf8 } from "../bytes.ts";
import type { InvocationFailure } from "../failure.ts";
import { URL_CHARACTERS } from "../limits.ts";
import { err, ok, type Result } from "../result.ts";
import { missingContent } from "./fields.ts";
import { renderTree } from "./parameters.ts";
import { twilioSignature } from "./signature.ts";
import { standardWebhookHeaders } from "./standard-webhooks.ts";
import { hashFields, type Fields, type RenderContext } from "./template.ts";

/** What goes to the publisher, to the byte: a retry repeats it. */
export type PublisherRequest = {
  method: "GET" | "POST" | "PUT";
  url: string;
  headers: Record<string, string>;
  body: string | null;
};

/** A request before it is signed, with the form parameters that the signature covers beside the URL. */
export type UnsignedRequest = PublisherRequest & { signedParameters: readonly (readonly [string, string])[] };

/** Where an invocation comes from and how long it may take; both are told to the publisher inside the signed URL. */
export type InvocationWindow = { startedAtMs: number; ttlMs: number };

/**
 * Fills the definition's parameters, adds credentials, the guide's headers, and the invocation's date and time to live.
 * Guide, "API parameters", "Credentials", "Headers" and, for date and TTL, "Security" 5.
 */
export async function publisherRequest(
  installed: InstalledAddOn,
  requestSid: string,
  fields: Fields,
  window: InvocationWindow,
): Promise<Result<UnsignedRequest, InvocationFailure>> {
  const { version, credentials } = installed;
  const { definition } = version;
  const missing = missingContent(installed, ADD_ON_TYPES[definition.type].contentFields, fields);
  if (missing !== null) return err(missing);

  const head = await requestHead(installed, requestSid, fields, window);
  if (!head.ok) return head;
  const { url, headers, context } = head.value;
  const { method, body_format: format } = definition.request;

  if (format === "form") {
    const form = [...textParameters(version.body, context), ...parametersOf(credentials, "body")];
    headers["Content-Type"] = "application/x-www-form-urlencoded";
    return ok({ method, url, headers, body: encodeParameters(form), signedParameters: form });
  }
  if (format === "json") {
    const entries = [...version.body.map(([name, tree]) => [name, renderTree(tree, context)]), ...parametersOf(credentials, "body")];
    const body = JSON.stringify(Object.fromEntries(entries));
    headers["Content-Type"] = "application/json";
    // The URL carries the hash of the body, so that signing the URL signs the body.
    return ok({ method, url: `${url}&bodySHA256=${await sha256Hex(body)}`, headers, body, signedParameters: [] });
  }
  return ok({ method, url, headers, body: null, signedParameters: [] });
}

const BODY_HASH_CHARACTERS = "&bodySHA256=".length + 64;
const CONTENT_TOO_LONG: InvocationFailure = { kind: "content_too_long", detail: `The fields make a URL of more than ${URL_CHARACTERS} characters.` };

/** What every request has, whatever its body: URL with the query, and headers. */
export async function requestHead(
  installed: InstalledAddOn,
  requestSid: string,
  fields: Fields,
  window: InvocationWindow,
): Promise<Result<{ url: string; headers: Record<string, string>; context: RenderContext }, InvocationFailure>> {
  const { version, credentials } = installed;
  const context = { fields, hashes: await hashFields(version.hashedFields, fields) };
  const query = [...textParameters(version.query, context), ...parametersOf(credentials, "query"), ...windowParameters(window)];
  const url = version.urlPrefix + encodeParameters(query);
  // What is left of the limit is for the hash of a body. A server's refusal of what we made too long must not count against the publisher.
  if (url.length > URL_CHARACTERS - BODY_HASH_CHARACTERS) return err(CONTENT_TOO_LONG);
  return ok({ url, headers: { ...invocationHeaders(installed, requestSid), ...authorizationOf(credentials) }, context });
}

/** Guide, "Headers" and "Security" 3; and Standard Webhooks, which publishers' frameworks verify out of the box. */
export async function signRequest(request: UnsignedRequest, installed: InstalledAddOn, requestSid: string, window: InvocationWindow): Promise<PublisherRequest> {
  const { sha1, sha256 } = installed.publisher.signingKeys;
  const { signedParameters, ...unsigned } = request;
  const [signature, webhookHeaders] = await Promise.all([
    twilioSignature(sha1, request.url, signedParameters),
    standardWebhookHeaders(sha256, { id: requestSid, timestampSeconds: Math.floor(window.startedAtMs / 1_000), body: request.body ?? "" }),
  ]);
  return { ...unsigned, headers: { ...request.headers, "X-Twilio-Signature": signature, ...webhookHeaders } };
}

export type TextParameter = readonly [string, string];

export function textParameters(trees: InstalledAddOn["version"]["query"], context: RenderContext): TextParameter[] {
  return trees.flatMap(([name, tree]): TextParameter[] => {
    const value = renderTree(tree, context);
    return value === undefined ? [] : [[name, typeof value === "object" ? JSON.stringify(value) : String(value)]];
  });
}

function windowParameters({ startedAtMs, ttlMs }: InvocationWindow): TextParameter[] {
  return [
    ["InvocationDate", `${new Date(startedAtMs).toISOString().slice(0, 19)}Z`],
    ["InvocationTtlMs", String(ttlMs)],
  ];
}

export function parametersOf(credentials: Credentials, place: "query" | "body"): TextParameter[] {
  return credentials.type === place ? Object.entries(credentials.params) : [];
}

function authorizationOf(credentials: Credentials): Record<string, string> {
  if (credentials.type === "bearer") return { Authorization: `Bearer ${credentials.token}` };
  if (credentials.type !== "basic") return {};
  return { Authorization: `Basic ${btoa(String.fromCharCode(...utf8(`${credentials.username}:${credentials.password}`)))}` };
}

function invocationHeaders(installed: InstalledAddOn, requestSid: string): Record<string, string> {
  return {
    Accept: "application/json",
    "User-Agent": "Dipswitch/1",
    "X-Twilio-VendorAccountSid": installed.publisher.sid,
    "X-Twilio-RequestSid": requestSid,
    "X-Twilio-AddOnSid": installed.addOnSid,
    "X-Twilio-AddOnVersionSid": installed.version.sid,
    "X-Twilio-AddOnInstallSid": installed.installSid,
    "X-Twilio-AddOnConfigurationSid": installed.sid,
  };
}

/** Everything but RFC 3986's unreserved characters is escaped: no URL parser on the way then changes what was signed. */
function encodeParameters(parameters: readonly TextParameter[]): string {
  return parameters.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
}

const encode = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

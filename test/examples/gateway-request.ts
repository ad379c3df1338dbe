import { createHash, createHmac } from "node:crypto";
import type { Definition } from "../../examples/publishers/definitions.ts";

export type GatewayRequest = { method: string; target: string; headers: Record<string, string>; body: string };

type Signing = {
  authToken: string;
  date?: Date;
  ttlMs?: string;
  /** A body in place of the definition's, signed all the same. */
  jsonBody?: string;
};

/**
 * The request that a gateway makes of a definition, written from the publisher guide and not from the code under test: the
 * templates filled in, date and time to live in the query, signed with the account's token.
 */
export function gatewayRequest(definition: Definition, fields: Record<string, string>, signing: Signing): GatewayRequest {
  const { request } = definition;
  const url = new URL(request.url);
  for (const [name, value] of Object.entries(fillObject(request.query ?? {}, fields))) url.searchParams.set(name, String(value));
  url.searchParams.set("InvocationDate", (signing.date ?? new Date()).toISOString().replace(/\.\d+Z$/, "Z"));
  url.searchParams.set("InvocationTtlMs", signing.ttlMs ?? "2000");

  const headers: Record<string, string> = { "x-twilio-requestsid": fields["request_sid"] ?? "" };
  const parameters = fillObject(request.body ?? {}, fields);
  if (request.credentials.type === "basic") {
    headers["authorization"] = `Basic ${Buffer.from(`${request.credentials.username}:${request.credentials.password}`).toString("base64")}`;
  } else if (request.credentials.type === "bearer") {
    headers["authorization"] = `Bearer ${request.credentials.token}`;
  } else if (request.credentials.type === "query") {
    for (const [name, value] of Object.entries(request.credentials.params)) url.searchParams.set(name, value);
  } else Object.assign(parameters, request.credentials.params);

  let body = "";
  let signed = "";
  if (request.body_format === "json") {
    headers["content-type"] = "application/json";
    body = signing.jsonBody ?? JSON.stringify(parameters);
    url.searchParams.set("bodySHA256", createHash("sha256").update(body).digest("hex"));
  } else if (request.body_format === "form") {
    headers["content-type"] = "application/x-www-form-urlencoded";
    const pairs = Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]);
    body = new URLSearchParams(pairs).toString();
    signed = pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => name + value).join("");
  }
  headers["x-twilio-signature"] = createHmac("sha1", signing.authToken).update(url.href + signed).digest("base64");
  return { method: request.method, target: url.pathname + url.search, headers, body };
}

function fillObject(template: Record<string, unknown>, fields: Record<string, string>): Record<string, unknown> {
  const filled = Object.entries(template).map(([name, value]): [string, unknown] => [name, fill(value, fields)]);
  return Object.fromEntries(filled.filter(([, value]) => value !== undefined));
}

/** A parameter whose only field has no value is left out. */
function fill(value: unknown, fields: Record<string, string>): unknown {
  if (typeof value === "object" && value !== null) return fillObject({ ...value }, fields);
  const [, hash, field = ""] = /^\{\{(SHA256:)?(\w+)\}\}$/.exec(String(value)) ?? [];
  if (field === "") return value;
  const text = fields[field];
  return hash === undefined || text === undefined ? text : createHash("sha256").update(text).digest("hex");
}

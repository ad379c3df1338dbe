import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import twilio from "twilio";
import { authorization, type Login, type TestGateway } from "./gateway.ts";

/** Parameters of a message or call, in their order. */
export type Form = readonly (readonly [name: string, value: string])[];

/** What shows who delivers: the headers for a URL and the form that is posted to it. */
export type Sender = (url: string, form: Form) => Record<string, string>;

export type Resource = "/v1/IncomingMessages" | "/v1/IncomingCalls";

/** What the carrier got back; a developer's own answer may be anything. */
export type Delivered = { status: number; headers: Headers; bytes: Buffer; text: string; elapsedMs: number };

/** The operator's switch, or anybody else with an account. */
export const basic =
  (login: Login): Sender =>
  () =>
    authorization(login);

/** An upstream carrier that signs as the public algorithm has it. */
export const upstream =
  (upstreamAuthToken: string): Sender =>
  (url, form) => ({ "X-Twilio-Signature": twilio.getExpectedTwilioSignature(upstreamAuthToken, url, valuesByName(form)) });

export const nobody: Sender = () => ({});

/** By name, as Express would hand them to the official client's validator. */
function valuesByName(form: Form): Record<string, string | string[]> {
  const names = new Set(form.map(([name]) => name));
  return Object.fromEntries(
    [...names].map((name) => {
      const values = form.filter((pair) => pair[0] === name).map(([, value]) => value);
      return [name, values.length === 1 ? (values[0] ?? "") : values];
    }),
  );
}

export const newSid = (prefix: "SM" | "MM" | "CA"): string => prefix + randomBytes(16).toString("hex");

/** A message in the parameters of the public webhooks. A change of undefined leaves the parameter out. */
export function messageTo(to: string, change: Readonly<Record<string, string | undefined>> = {}): Form {
  const sid = newSid("SM");
  return changed({ MessageSid: sid, SmsSid: sid, AccountSid: `AC${"0".repeat(32)}`, From: "+14158675309", To: to, Body: "Hello", NumMedia: "0", NumSegments: "1" }, change);
}

/** A call in the parameters of the public webhooks. */
export function callTo(to: string, change: Readonly<Record<string, string | undefined>> = {}): Form {
  return changed({ CallSid: newSid("CA"), AccountSid: `AC${"0".repeat(32)}`, From: "+14158675309", To: to, CallStatus: "ringing", Direction: "inbound", ApiVersion: "2010-04-01" }, change);
}

function changed(parameters: Readonly<Record<string, string>>, change: Readonly<Record<string, string | undefined>>): Form {
  return Object.entries<string | undefined>({ ...parameters, ...change }).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]]));
}

export function valueOf(form: Form, name: string): string {
  const value = form.find((pair) => pair[0] === name)?.[1];
  if (value === undefined) throw new Error(`the form has no ${name}`);
  return value;
}

export type DeliveryOptions = { query?: string; headers?: Record<string, string>; signedForm?: Form };

/**
 * Posts a message or call to the gateway. What is a refusal or failure of the gateway is judged as its other errors are; the developer's own
 * answers can only be 2xx.
 */
export function deliver(gateway: TestGateway, resource: Resource, sender: Sender, form: Form, { query = "", headers = {}, signedForm = form }: DeliveryOptions = {}): Promise<Delivered> {
  const body = new URLSearchParams(form.map(([name, value]): [string, string] => [name, value])).toString();
  const own = { "Content-Type": "application/x-www-form-urlencoded", ...sender(`${gateway.url}${resource}${query}`, signedForm), ...headers };
  return post(gateway, resource + query, own, body);
}

/** Posts any bytes. */
export async function post(gateway: TestGateway, path: string, headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer>): Promise<Delivered> {
  const startedAtMs = performance.now();
  const response = await fetch(gateway.url + path, { method: "POST", headers, body, redirect: "manual" });
  const bytes = Buffer.from(await response.arrayBuffer());
  const elapsedMs = performance.now() - startedAtMs;
  const text = bytes.toString("utf8");
  expect(response.headers.get("Twilio-Request-Id")).toMatch(/^RQ[0-9a-f]{32}$/);
  if (response.status >= 300) gateway.judge({ method: "POST", path, status: response.status, headers: response.headers, text });
  return { status: response.status, headers: response.headers, bytes, text, elapsedMs };
}

/** The code of a refusal. */
export const codeOf = ({ text }: Delivered): number => (JSON.parse(text) as { code: number }).code;

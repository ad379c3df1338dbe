/**
 * The yardstick: the gateway's calls, its envelope and, if it is metered, one message that is awaited before the answer.
 * No accounts, signatures, schemas, deadlines or retries.
 */
import { addOnCountByNumber, addOnNames } from "../add-on-names.ts";
import { buildAddOns, buildEnvelope, type PublisherCall } from "../envelope.ts";
import { callPublishers } from "./publisher-calls.ts";

type Bucket = { put(key: string, body: ReadableStream): Promise<{ size: number }> };
type Env = { PUBLISHER_URL: string; WEBHOOK_URL: string; METER?: { send(message: unknown): Promise<unknown> }; BUCKET?: Bucket };
type MessageBatch = { messages: readonly unknown[]; ackAll(): void };

let sentCount = 0;
let consumedCount = 0;

async function meter(env: Env, calls: readonly PublisherCall[]): Promise<void> {
  if (env.METER === undefined) return;
  await env.METER.send({ v: 1, events: calls.map(({ name, requestSid }) => ({ xr: requestSid, name, micros: 100 })) });
  sentCount += 1;
}

async function lookUp(url: URL, env: Env): Promise<Response> {
  const phoneNumber = decodeURIComponent(url.pathname.slice("/v1/PhoneNumbers/".length));
  const calls = await callPublishers(env.PUBLISHER_URL, phoneNumber, url.searchParams.getAll("AddOns"));
  await meter(env, calls);
  return Response.json(buildEnvelope(phoneNumber, calls));
}

/** Metered also when no add-on ran: a gateway must at least remember that it has had this message. */
async function passOn(request: Request, env: Env): Promise<Response> {
  const parameters = new URLSearchParams(await request.text());
  const names = addOnNames(addOnCountByNumber[parameters.get("To") ?? ""] ?? 0);
  const calls = await callPublishers(env.PUBLISHER_URL, parameters.get("From") ?? "", names);
  await meter(env, calls);
  parameters.set("AddOns", JSON.stringify(buildAddOns(calls)));
  const answer = await fetch(env.WEBHOOK_URL, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: parameters.toString(),
  });
  const headers = { "Content-Type": answer.headers.get("Content-Type") ?? "text/xml" };
  return new Response(await answer.text(), { status: answer.status, headers });
}

/** Natively, as one stream from the socket to the bucket: the least that can be done with a body that is to be kept. */
async function keep(request: Request, key: string, bucket: Bucket | undefined): Promise<Response> {
  if (bucket === undefined || request.body === null) throw new Error("nothing to keep, or nowhere");
  const { size } = await bucket.put(key, request.body);
  return Response.json({ size });
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === "/health") return Response.json({ status: "ok", waiting: sentCount - consumedCount });
    if (request.method === "PUT") return keep(request, url.pathname.slice(1), env.BUCKET);
    return url.pathname === "/v1/IncomingMessages" ? passOn(request, env) : lookUp(url, env);
  },
  queue(batch: MessageBatch): void {
    consumedCount += batch.messages.length;
    batch.ackAll();
  },
};

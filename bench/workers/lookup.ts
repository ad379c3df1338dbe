/**
 * The yardstick: the gateway's calls, its envelope and, if it is metered, one message that is awaited before the answer.
 * No accounts, signatures, schemas, deadlines or retries.
 */
import { buildEnvelope, newInvocationSid } from "../envelope.ts";

type Env = { PUBLISHER_URL: string; METER?: { send(message: unknown): Promise<unknown> } };
type MessageBatch = { messages: readonly unknown[]; ackAll(): void };

let sentCount = 0;
let consumedCount = 0;

async function callPublisher(publisherUrl: string, phoneNumber: string) {
  const requestSid = newInvocationSid();
  const response = await fetch(publisherUrl, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: `e164=${encodeURIComponent(phoneNumber)}&id=${requestSid}`,
  });
  if (!response.ok) throw new Error(`publisher answered ${response.status}`);
  return { requestSid, result: await response.json() };
}

async function lookUp(url: URL, env: Env): Promise<Response> {
  const phoneNumber = decodeURIComponent(url.pathname.slice("/v1/PhoneNumbers/".length));
  const names = url.searchParams.getAll("AddOns");
  const calls = await Promise.all(
    names.map(async (name) => ({ name, ...(await callPublisher(env.PUBLISHER_URL, phoneNumber)) })),
  );
  if (env.METER !== undefined) {
    await env.METER.send({ v: 1, events: calls.map(({ name, requestSid }) => ({ xr: requestSid, name, micros: 100 })) });
    sentCount += 1;
  }
  return Response.json(buildEnvelope(phoneNumber, calls));
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === "/health") return Response.json({ status: "ok", waiting: sentCount - consumedCount });
    return lookUp(url, env);
  },
  queue(batch: MessageBatch): void {
    consumedCount += batch.messages.length;
    batch.ackAll();
  },
};

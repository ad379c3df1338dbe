import { once } from "node:events";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { buildEnvelope, newInvocationSid } from "../envelope.ts";
import { lookupRequest, requireLookupAnswer } from "../lookup.ts";
import type { StartSystem } from "../system.ts";

/** The gateway's own web framework on Node, with the platform's fetch. */
export const start: StartSystem = async ({ port, publisherUrl }) => {
  async function callPublisher(phoneNumber: string, name: string) {
    const requestSid = newInvocationSid();
    const response = await fetch(publisherUrl, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: `e164=${encodeURIComponent(phoneNumber)}&id=${requestSid}`,
    });
    if (!response.ok) throw new Error(`publisher answered ${response.status}`);
    return { name, requestSid, result: await response.json() };
  }

  const app = new Hono();
  app.get("/v1/PhoneNumbers/:number", async (c) => {
    const phoneNumber = c.req.param("number");
    const names = c.req.queries("AddOns") ?? [];
    return c.json(buildEnvelope(phoneNumber, await Promise.all(names.map((name) => callPublisher(phoneNumber, name)))));
  });

  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port });
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${port}`,
    request: (work) => lookupRequest(work),
    check: requireLookupAnswer,
    stop: () => new Promise((resolve, reject) => void server.close((error) => (error === undefined ? resolve() : reject(error)))),
  };
};

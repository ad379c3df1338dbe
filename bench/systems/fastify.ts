import fastify from "fastify";
import { Pool } from "undici";
import { z } from "zod";
import { buildEnvelope, newInvocationSid } from "../envelope.ts";
import { lookupRequest, requireLookupAnswer } from "../lookup.ts";
import type { StartSystem } from "../system.ts";

const parameters = z.object({ number: z.string() });
const query = z.object({ AddOns: z.union([z.string(), z.array(z.string())]) });

/** The usual fast gateway on Node: fastify in front, undici's pool behind. */
export const start: StartSystem = async ({ port, publisherUrl }) => {
  const { origin, pathname } = new URL(publisherUrl);
  const publisher = new Pool(origin);
  const server = fastify();

  async function callPublisher(phoneNumber: string, name: string) {
    const requestSid = newInvocationSid();
    const { statusCode, body } = await publisher.request({
      method: "POST",
      path: pathname,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: `e164=${encodeURIComponent(phoneNumber)}&id=${requestSid}`,
    });
    if (statusCode !== 200) throw new Error(`publisher answered ${statusCode}`);
    return { name, requestSid, result: await body.json() };
  }

  server.get("/v1/PhoneNumbers/:number", async (request) => {
    const { number } = parameters.parse(request.params);
    const { AddOns } = query.parse(request.query);
    const names = typeof AddOns === "string" ? [AddOns] : AddOns;
    return buildEnvelope(number, await Promise.all(names.map((name) => callPublisher(number, name))));
  });

  const url = await server.listen({ host: "127.0.0.1", port });
  return {
    url,
    request: (work) => lookupRequest(work),
    check: requireLookupAnswer,
    async stop() {
      await server.close();
      await publisher.close();
    },
  };
};

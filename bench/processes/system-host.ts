/** Runs one system in a process of its own. Arguments: name, port, URLs of the publisher and the webhook, state directory. */
import { z } from "zod";
import { serveCalls } from "../child.ts";
import { messageWriter } from "../message-sid.ts";
import { systemNames, type StartSystem, type SystemName } from "../system.ts";
import { workNames, type HttpRequest, type Work } from "../works.ts";

const load: Record<SystemName, () => Promise<{ start: StartSystem }>> = {
  dipswitch: () => import("../systems/dipswitch.ts"),
  bare: () => import("../systems/bare.ts"),
  proxy: () => import("../systems/proxy.ts"),
  portkey: () => import("../systems/portkey.ts"),
  fastify: () => import("../systems/fastify.ts"),
  "hono-node": () => import("../systems/hono-node.ts"),
};

const [name, port, publisherUrl, webhookUrl, stateDir] = z
  .tuple([z.enum(systemNames), z.coerce.number(), z.url(), z.url(), z.string()])
  .parse(process.argv.slice(2));

const starting = load[name]().then(({ start }) => start({ port, publisherUrl, webhookUrl, stateDir }));
starting.catch(() => undefined); // told to the parent by its first call

async function describe() {
  const system = await starting;
  const requests: Partial<Record<Work, HttpRequest>> = {};
  for (const work of workNames) {
    const request = system.request(work);
    if (request !== undefined) requests[work] = request;
  }
  return { url: system.url, requests };
}

async function check(input: unknown) {
  const work = z.enum(workNames).parse(input);
  const system = await starting;
  const request = system.request(work);
  if (request === undefined) throw new Error(`${work} is not one of its works`);
  const { method, path, headers, body } = request;
  const response = await fetch(system.url + path, { method, headers, ...(body === undefined ? {} : { body: messageWriter(body)() }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${work}: ${response.status} ${text.slice(0, 500)}`);
  system.check(work, text);
}

serveCalls(
  {
    describe,
    check,
    settle: async () => (await starting).settle?.(),
    audit: async (input) => (await starting).audit?.(z.record(z.enum(workNames), z.number()).parse(input)),
  },
  async () => (await starting).stop(),
);

/** One connection that looks up again and again, in a process that nothing else delays. */
import { once } from "node:events";
import { Agent, request as open, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { serveCalls } from "../child.ts";
import { requireLookupAnswer } from "../lookup.ts";
import { httpRequest } from "../works.ts";

const target = z.object({ url: z.string(), lookup: httpRequest });
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

let isOver = true;
let probing: Promise<number[]> = Promise.resolve([]);

async function probe(input: z.infer<typeof target>, shouldEnd: (count: number) => boolean): Promise<number[]> {
  const { method, path, headers } = input.lookup;
  const tookMs: number[] = [];
  while (!shouldEnd(tookMs.length)) {
    const startedAtMs = performance.now();
    const outgoing = open(input.url + path, { method, headers, agent }).end();
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    const body = await text(answer);
    tookMs.push(performance.now() - startedAtMs);
    if (answer.statusCode !== 200) throw new Error(`a look-up meanwhile: ${answer.statusCode} ${body.slice(0, 500)}`);
    requireLookupAnswer("lookup-1", body);
  }
  return tookMs;
}

serveCalls({
  async take(input) {
    const { amount, ...where } = target.extend({ amount: z.number() }).parse(input);
    return probe(where, (count) => count >= amount);
  },
  begin(input) {
    isOver = false;
    probing = probe(target.parse(input), (count) => isOver && count > 0);
    probing.catch(() => undefined); // told to the parent by `end`
  },
  async end() {
    isOver = true;
    return probing;
  },
});

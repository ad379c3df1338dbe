/** Runs one side in a process of its own. Arguments: name, port, URL of the publisher, state directory. */
import { z } from "zod";
import { getRuntimePid } from "../callbacks/runtime-memory.ts";
import { sideNames, type SideName, type StartSide } from "../callbacks/side.ts";
import { serveCalls } from "../child.ts";

const load: Record<SideName, () => Promise<{ start: StartSide }>> = {
  dipswitch: () => import("../callbacks/dipswitch.ts"),
  "bare-put": () => import("../callbacks/bare-put.ts"),
};

const [name, port, publisherUrl, stateDir] = z
  .tuple([z.enum(sideNames), z.coerce.number(), z.url(), z.string()])
  .parse(process.argv.slice(2));

const starting = load[name]().then(({ start }) => start({ port, publisherUrl, stateDir }));
starting.catch(() => undefined); // told to the parent by its first call

const ids = z.array(z.string());
const sent = z.object({ ids, sizeBytes: z.number() });
const counts = z.object({ lookups: z.number(), callbacks: z.number() });

serveCalls(
  {
    describe: async () => {
      const { url, lookup } = await starting;
      return { url, lookup, runtimePid: await getRuntimePid(process.pid) };
    },
    prepare: async (input) => (await starting).prepare(z.number().parse(input)),
    async settle(input) {
      const { ids: sentIds, sizeBytes } = sent.parse(input);
      for (const id of sentIds) await (await starting).settle(id, sizeBytes);
    },
    async clear(input) {
      for (const id of ids.parse(input)) await (await starting).clear(id);
    },
    audit: async (input) => (await starting).audit?.(counts.parse(input)),
  },
  async () => (await starting).stop(),
);

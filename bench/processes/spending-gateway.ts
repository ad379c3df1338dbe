/** Runs the gateway with both developers in a process of its own. Arguments: port, URL of the publisher, state directory. */
import { z } from "zod";
import { serveCalls } from "../child.ts";
import { startSpendingGateway } from "../spending/gateway.ts";
import { sideNames, spendingWorks } from "../spending/side.ts";

const [port, publisherUrl, stateDir] = z.tuple([z.coerce.number(), z.url(), z.string()]).parse(process.argv.slice(2));

const starting = startSpendingGateway({ port, publisherUrl, stateDir });
starting.catch(() => undefined); // told to the parent by its first call

const [side, work] = [z.enum(sideNames), z.enum(spendingWorks)];

serveCalls(
  {
    async describe() {
      const { url, requestOf } = await starting;
      return { url, cells: sideNames.flatMap((name) => spendingWorks.map((ofWork) => ({ side: name, work: ofWork, request: requestOf(name, ofWork) }))) };
    },
    async check(input) {
      const cell = z.object({ side, work }).parse(input);
      await (await starting).check(cell.side, cell.work);
    },
    settle: async (input) => (await starting).settle(side.parse(input)),
    audit: async (input) => (await starting).audit(z.record(side, z.record(work, z.number())).parse(input)),
  },
  async () => (await starting).stop(),
);

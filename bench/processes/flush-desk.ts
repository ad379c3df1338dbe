/** Runs one desk and its database in a process of its own. Arguments: port, state directory, how many rows the database has. */
import { z } from "zod";
import { serveCalls } from "../child.ts";
import { startFlushDesk } from "../flush/desk.ts";

const [port, stateDir, rowCount] = z.tuple([z.coerce.number(), z.string(), z.coerce.number()]).parse(process.argv.slice(2));

const starting = startFlushDesk({ port, stateDir, rowCount });
starting.catch(() => undefined); // told to the parent by its first call

serveCalls(
  {
    seeded: async () => void (await starting),
    round: async (input) => (await starting).round(z.number().parse(input)),
  },
  async () => (await starting).stop(),
);

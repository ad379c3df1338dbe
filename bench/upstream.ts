import { z } from "zod";
import type { Belongings } from "./belongings.ts";
import { loadedConnections } from "./cell.ts";
import type { LoadGenerator } from "./load.ts";

const warmUpRequests = 40_000;

/** The publisher or the developer's webhook, as the parent sees it. */
export type Upstream = {
  url: string;
  countAnswers(): Promise<number>;
  /** The body of the last request that it answered. */
  readLastBody(): Promise<string>;
  /** Compiled and ready, the load generator too. */
  warmUp(load: LoadGenerator): Promise<void>;
  /**
   * How many requests/s it could answer with a core to itself, from the CPU time that the run's answers took. A load
   * test of it alone would tell how fast the load generator is.
   */
  getCapacityRps(): Promise<number>;
};

export async function startUpstream(belongings: Belongings, program: "publisher.ts" | "webhook.ts", port: number): Promise<Upstream> {
  const child = belongings.start(program, [String(port)]);
  await child.call("listening");
  const readNumber = async (name: string) => z.number().parse(await child.call(name));
  const readUse = async () => ({ answers: await readNumber("answeredCount"), cpuMicros: await readNumber("cpuMicros") });
  const url = `http://127.0.0.1:${port}`;
  let before = { answers: 0, cpuMicros: 0 };
  return {
    url: `${url}/bench`,
    countAnswers: () => readNumber("answeredCount"),
    readLastBody: async () => z.string().parse(await child.call("lastBody")),

    async warmUp(load) {
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const request = { method: "POST" as const, path: "/bench", headers, body: "e164=%2B18778894546" };
      await load.measure({ url, request, connections: loadedConnections, amount: warmUpRequests });
      before = await readUse();
    },

    async getCapacityRps() {
      const after = await readUse();
      return (1e6 * (after.answers - before.answers)) / (after.cpuMicros - before.cpuMicros);
    },
  };
}

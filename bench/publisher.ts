import { z } from "zod";
import type { Belongings } from "./belongings.ts";
import { loadedConnections } from "./cell.ts";
import type { LoadGenerator } from "./load.ts";

const warmUpRequests = 40_000;

export async function startPublisher(belongings: Belongings, port: number) {
  const child = belongings.start("publisher.ts", [String(port)]);
  await child.call("listening");
  const url = `http://127.0.0.1:${port}/lookup`;
  const readNumber = async (name: string) => z.number().parse(await child.call(name));
  const readUse = async () => ({ answers: await readNumber("answeredCount"), cpuMicros: await readNumber("cpuMicros") });
  let before = { answers: 0, cpuMicros: 0 };
  return {
    url,
    countAnswers: () => readNumber("answeredCount"),

    /** Compiled and ready, the load generator too. */
    async warmUp(load: LoadGenerator): Promise<void> {
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const request = { method: "POST" as const, path: "/lookup", headers, body: "e164=%2B18778894546" };
      await load.measure({ url: new URL(url).origin, request, connections: loadedConnections, amount: warmUpRequests });
      before = await readUse();
    },

    /**
     * How many requests/s it could answer with a core to itself, from the CPU time that the run's answers took. A load
     * test of it alone would tell how fast the load generator is.
     */
    async getCapacityRps(): Promise<number> {
      const after = await readUse();
      return (1e6 * (after.answers - before.answers)) / (after.cpuMicros - before.cpuMicros);
    },
  };
}

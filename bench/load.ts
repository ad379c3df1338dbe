import { z } from "zod";
import type { Belongings } from "./belongings.ts";
import { httpRequest } from "./works.ts";

export const loadSpec = z.object({
  url: z.string(),
  request: httpRequest,
  connections: z.number(),
  /** How many requests in all, the same for each connection. */
  amount: z.number(),
});

export type LoadSpec = z.infer<typeof loadSpec>;

const loadResult = z.object({
  okCount: z.number(),
  statusCounts: z.record(z.string(), z.number()),
  /** Connections that failed and requests that had no answer in 10 s. */
  brokenCount: z.number(),
  rps: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
});

export type LoadResult = z.infer<typeof loadResult>;

export type LoadGenerator = { measure(spec: LoadSpec): Promise<LoadResult> };

/** A load generator in a process of its own, so that its work does not delay what is measured in others. */
export function startLoadGenerator(belongings: Belongings): LoadGenerator {
  const child = belongings.start("load-generator.ts");
  return { measure: async (spec) => loadResult.parse(await child.call("measure", spec)) };
}

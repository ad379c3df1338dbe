import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import type { Belongings } from "./belongings.ts";
import type { RunningSystem } from "./cell.ts";
import type { SystemName } from "./system.ts";
import { httpRequest, workNames } from "./works.ts";

const description = z.object({ url: z.string(), requests: z.partialRecord(z.enum(workNames), httpRequest) });

export async function startSystem(
  belongings: Belongings,
  name: SystemName,
  port: number,
  publisherUrl: string,
): Promise<RunningSystem> {
  const stateDir = resolve(belongings.stateDir, name);
  await mkdir(stateDir);
  const child = belongings.start("system-host.ts", [name, String(port), publisherUrl, stateDir]);
  const { url, requests } = description.parse(await child.call("describe"));
  return { name, child, url, requests, answeredCounts: { "lookup-1": 0, "lookup-3": 0, "lookup-5": 0 } };
}

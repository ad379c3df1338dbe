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
  { publisherUrl, webhookUrl }: { publisherUrl: string; webhookUrl: string },
): Promise<RunningSystem> {
  const stateDir = resolve(belongings.stateDir, name);
  await mkdir(stateDir);
  const child = belongings.start("system-host.ts", [name, String(port), publisherUrl, webhookUrl, stateDir]);
  const { url, requests } = description.parse(await child.call("describe"));
  const answeredCounts = { "lookup-1": 0, "lookup-3": 0, "lookup-5": 0, "message-0": 0, "message-1": 0, "message-3": 0 };
  return { name, child, url, requests, answeredCounts };
}

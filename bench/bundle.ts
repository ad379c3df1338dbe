import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { z } from "zod";
import type { Belongings } from "./belongings.ts";
import { median, type Bundle } from "./report.ts";

async function measureStartups(belongings: Belongings, name: "dipswitch" | "bare", port: number, times: number): Promise<number> {
  const child = belongings.start("startup.ts", [name, String(port), resolve(belongings.stateDir, `startup-${name}`)]);
  const tookMs: number[] = [];
  for (let time = 0; time < times; time += 1) tookMs.push(z.number().parse(await child.call("measure")));
  await child.stop();
  return median(tookMs);
}

/** The deployed script's size as the platform counts it, and how long a cold start takes. */
export async function measureBundle(belongings: Belongings, port: number, times: number): Promise<Bundle> {
  const script = await readFile(resolve(import.meta.dirname, "../dist/worker.js"));
  return {
    gzipBytes: gzipSync(script).length,
    startupMs: await measureStartups(belongings, "dipswitch", port, times),
    bareStartupMs: await measureStartups(belongings, "bare", port + 1, times),
  };
}

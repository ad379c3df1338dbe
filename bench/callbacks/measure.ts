/** What a large body costs: its time, the memory for it, and what others wait for it. */
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import type { Belongings } from "../belongings.ts";
import type { Child } from "../child.ts";
import { percentile } from "../percentile.ts";
import { median } from "../report.ts";
import { rotate } from "../rounds.ts";
import { httpRequest, type HttpRequest } from "../works.ts";
import { watchPeak } from "./runtime-memory.ts";
import { sideNames, type SideName } from "./side.ts";

const megabyte = 1024 * 1024;
const rounds = 3;
/** Look-ups with nothing beside them, before each measurement: so many say something about a percentile. */
const aloneCount = 200;

/** In the order of the report. So many of each one after another that the look-ups meanwhile say something about a percentile. */
const sizes = [
  { megabytes: 1, bodyCount: 16 },
  { megabytes: 10, bodyCount: 5 },
  { megabytes: 100, bodyCount: 1 },
];
const quickMaxMegabytes = 10;

export type CallbackSample = {
  megabytes: number;
  side: SideName;
  seconds: number;
  /** Above what the process had before; nothing where the system does not tell. */
  peakBytes: number | undefined;
  lookupP99Ms: number;
  lookupAloneP99Ms: number;
};

type Size = (typeof sizes)[number];
type RunningSide = { name: SideName; child: Child; url: string; lookup: HttpRequest; runtimePid?: number | undefined; lookups: number; callbacks: number };
type Measuring = { sender: Child; prober: Child };

const description = z.object({ url: z.string(), lookup: httpRequest, runtimePid: z.number().optional() });
const times = z.array(z.number()).nonempty();

async function startSide(belongings: Belongings, name: SideName, port: number, publisherUrl: string): Promise<RunningSide> {
  const stateDir = resolve(belongings.stateDir, `callbacks-${name}`);
  await mkdir(stateDir);
  const child = belongings.start("callback-side.ts", [name, String(port), publisherUrl, stateDir]);
  return { name, child, ...description.parse(await child.call("describe")), lookups: 0, callbacks: 0 };
}

/** @returns the 99th percentile. */
function countLookups(side: RunningSide, tookMs: unknown): number {
  const sorted = times.parse(tookMs).toSorted((a, b) => a - b);
  side.lookups += sorted.length;
  return percentile(sorted, 0.99);
}

async function measureSide({ sender, prober }: Measuring, side: RunningSide, { megabytes, bodyCount }: Size): Promise<CallbackSample> {
  const { name, child, url, lookup, runtimePid } = side;
  const sizeBytes = megabytes * megabyte;
  const requests = await child.call("prepare", bodyCount);
  const lookupAloneP99Ms = countLookups(side, await prober.call("take", { url, lookup, amount: aloneCount }));
  const readPeakBytes = runtimePid === undefined ? undefined : await watchPeak(runtimePid);
  await prober.call("begin", { url, lookup });
  const tookMs = times.parse(await sender.call("send", { url, requests, sizeBytes }));
  const lookupP99Ms = countLookups(side, await prober.call("end"));
  // The gateway checks the body once more when it has answered: that counts for its memory.
  await child.call("settle", sizeBytes);
  const peakBytes = await readPeakBytes?.();
  await child.call("clear");
  side.callbacks += tookMs.length;
  return { megabytes, side: name, seconds: median(tookMs) / 1000, peakBytes, lookupP99Ms, lookupAloneP99Ms };
}

type Options = { ports: readonly [number, number]; publisherUrl: string; isQuick: boolean; log(line: string): void };

/** Both sides with every size in turns, each after a warm-up. */
export async function measureCallbacks(belongings: Belongings, { ports, publisherUrl, isQuick, log }: Options): Promise<CallbackSample[]> {
  const measuring = { sender: belongings.start("callback-sender.ts"), prober: belongings.start("lookup-prober.ts") };
  const sides: RunningSide[] = [];
  for (const [index, port] of ports.entries()) {
    const name = sideNames[index];
    if (name !== undefined) sides.push(await startSide(belongings, name, port, publisherUrl));
  }
  const samples: CallbackSample[] = [];
  for (const size of sizes.filter(({ megabytes }) => !isQuick || megabytes <= quickMaxMegabytes)) {
    for (const side of sides) await measureSide(measuring, side, size);
    for (let round = 0; round < rounds; round += 1) {
      for (const side of rotate(sides, round)) samples.push(await measureSide(measuring, side, size));
    }
    log(`callbacks of ${size.megabytes} MB`);
  }
  for (const { child, lookups, callbacks } of sides) await child.call("audit", { lookups, callbacks });
  for (const child of [...sides.map((side) => side.child), measuring.sender, measuring.prober]) await child.stop();
  return samples;
}

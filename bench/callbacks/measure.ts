/** What a large body costs: its time, the memory for it, and what others wait for it. */
import { z } from "zod";
import type { Belongings } from "../belongings.ts";
import type { Child } from "../child.ts";
import { percentile } from "../percentile.ts";
import { median } from "../report.ts";
import { rotate } from "../rounds.ts";
import { endSide, startSide, type RunningSide } from "./running-side.ts";
import { watchPeak } from "./runtime-memory.ts";
import type { SideName } from "./side.ts";

const megabyte = 1024 * 1024;

/** So many of each one after another that the look-ups meanwhile say something about a percentile. The largest is the guide's limit. */
const sizes = [
  { megabytes: 1, bodyCount: 10 },
  { megabytes: 10, bodyCount: 4 },
  { megabytes: 100, bodyCount: 1 },
];
const fullPlan = { rounds: 3, maxMegabytes: 100 };
const quickPlan = { rounds: 1, maxMegabytes: 10 };
/** Look-ups with nothing beside them, before each measurement. They also warm the side up, which was idle meanwhile. */
const aloneCount = 200;

export type CallbackSample = {
  megabytes: number;
  side: SideName;
  seconds: number;
  /** Above what the process had before; nothing where the system does not tell. */
  peakBytes: number | undefined;
  lookupP99Ms: number;
  lookupAloneP99Ms: number;
};

type Measuring = { sender: Child; prober: Child };

const times = z.array(z.number()).nonempty();

/** @returns the 99th percentile. */
function countLookups({ answered }: RunningSide, tookMs: unknown): number {
  const sorted = times.parse(tookMs).toSorted((a, b) => a - b);
  answered.lookups += sorted.length;
  return percentile(sorted, 0.99);
}

async function measureSide({ sender, prober }: Measuring, side: RunningSide, { megabytes, bodyCount }: (typeof sizes)[number]): Promise<CallbackSample> {
  const { name, child, url, lookup, runtimePid } = side;
  const sizeBytes = megabytes * megabyte;
  const bodies = side.prepared.splice(0, bodyCount);
  const ids = bodies.map(({ id }) => id);
  const lookupAloneP99Ms = countLookups(side, await prober.call("take", { url, lookup, amount: aloneCount }));
  const readPeakBytes = runtimePid === undefined ? undefined : await watchPeak(runtimePid);
  await prober.call("begin", { url, lookup });
  const tookMs = times.parse(await sender.call("send", { url, requests: bodies.map(({ request }) => request), sizeBytes }));
  const lookupP99Ms = countLookups(side, await prober.call("end"));
  // The gateway checks the body once more when it has answered: that counts for its memory.
  await child.call("settle", { ids, sizeBytes });
  const peakBytes = await readPeakBytes?.();
  await child.call("clear", ids);
  side.answered.callbacks += bodies.length;
  return { megabytes, side: name, seconds: median(tookMs) / 1000, peakBytes, lookupP99Ms, lookupAloneP99Ms };
}

type Options = { ports: Record<SideName, number>; publisherUrl: string; isQuick: boolean; log(line: string): void };

/** Every size on both sides in turns, after a warm-up of each. */
export async function measureCallbacks(belongings: Belongings, { ports, publisherUrl, isQuick, log }: Options): Promise<CallbackSample[]> {
  const { rounds, maxMegabytes } = isQuick ? quickPlan : fullPlan;
  const wanted = sizes.filter(({ megabytes }) => megabytes <= maxMegabytes);
  const bodyCount = (rounds + 1) * wanted.reduce((sum, size) => sum + size.bodyCount, 0);
  const measuring = { sender: belongings.start("callback-sender.ts"), prober: belongings.start("lookup-prober.ts") };
  const sides = [
    await startSide(belongings, { name: "dipswitch", port: ports.dipswitch, publisherUrl, bodyCount }),
    await startSide(belongings, { name: "bare-put", port: ports["bare-put"], publisherUrl, bodyCount }),
  ];
  const samples: CallbackSample[] = [];
  for (const size of wanted) {
    for (const side of sides) await measureSide(measuring, side, size);
    for (let round = 0; round < rounds; round += 1) {
      for (const side of rotate(sides, round)) samples.push(await measureSide(measuring, side, size));
    }
    log(`callbacks of ${size.megabytes} MB`);
  }
  for (const side of sides) await endSide(side);
  await Promise.all([measuring.sender.stop(), measuring.prober.stop()]);
  return samples;
}

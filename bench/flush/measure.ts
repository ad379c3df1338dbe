/** What it costs a desk to carry its invocations to the database, and what the rows that are there already add to it. */
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import type { Belongings } from "../belongings.ts";
import type { Child } from "../child.ts";
import { rotate } from "../rounds.ts";

const fullPlan = { rowCounts: [10_000, 1_000_000], rounds: 15, invocationCount: 10_000 };
const quickPlan = { rowCounts: [10_000, 50_000], rounds: 4, invocationCount: 5_000 };

export type FlushSample = { rowCount: number; round: number; microsPerInvocation: number };

type Seeded = { rowCount: number; child: Child };

async function startDesk(belongings: Belongings, rowCount: number, port: number): Promise<Seeded> {
  const stateDir = resolve(belongings.stateDir, `flush-${rowCount}`);
  await mkdir(stateDir);
  const child = belongings.start("flush-desk.ts", [String(port), stateDir, String(rowCount)]);
  await child.call("seeded");
  return { rowCount, child };
}

type Options = { ports: readonly number[]; isQuick: boolean; log(line: string): void };

/** Each size has a desk and a database of its own, and all take turns: what the machine does meanwhile does the same to each. */
export async function measureFlushes(belongings: Belongings, { ports, isQuick, log }: Options): Promise<FlushSample[]> {
  const { rowCounts, rounds, invocationCount } = isQuick ? quickPlan : fullPlan;
  const desks: Seeded[] = [];
  for (const [index, rowCount] of rowCounts.entries()) {
    desks.push(await startDesk(belongings, rowCount, z.number().parse(ports[index])));
    log(`a database with ${rowCount} invocations`);
  }
  const flush = async ({ child }: Seeded) => z.number().parse(await child.call("round", invocationCount));
  for (const desk of desks) await flush(desk);
  const samples: FlushSample[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const desk of rotate(desks, round)) {
      samples.push({ rowCount: desk.rowCount, round, microsPerInvocation: (1000 * (await flush(desk))) / invocationCount });
    }
  }
  log("flushes");
  await Promise.all(desks.map(({ child }) => child.stop()));
  return samples;
}

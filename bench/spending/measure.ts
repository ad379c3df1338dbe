/** What price, credit and daily cap cost a look-up: the same one without them, in turns with it. */
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import type { Belongings } from "../belongings.ts";
import { amountFor, loadedConnections } from "../cell.ts";
import type { Child } from "../child.ts";
import type { LoadGenerator } from "../load.ts";
import { rotate } from "../rounds.ts";
import type { Upstream } from "../upstream.ts";
import { httpRequest, works } from "../works.ts";
import { sideNames, spendingWorks, type AnsweredCounts, type SideName, type SpendingWork } from "./side.ts";

/** Many short turns: what the machine does besides lasts for seconds, and then strikes both of a pair. */
/** Of the full run: a pair scatters by a third, so that a median of few says little. */
export const spendingRounds = 40;
const fullPlan = { rounds: spendingRounds, warmUpMs: 1500, loadMs: 900 };
const quickPlan = { rounds: 2, warmUpMs: 300, loadMs: 250 };

export type SpendingSample = { work: SpendingWork; round: number; side: SideName; rps: number };

const cell = z.object({ side: z.enum(sideNames), work: z.enum(spendingWorks), request: httpRequest });
const description = z.object({ url: z.string(), cells: z.array(cell) });

type Cell = z.infer<typeof cell> & { url: string; rps: number };
type Measuring = { child: Child; load: LoadGenerator; publisher: Upstream; answered: AnsweredCounts };

const none = { "lookup-1": 0, "lookup-3": 0, "lookup-5": 0 };

/** Throws unless every answer is right by its status, and each add-on of each was called once. */
async function send({ load, publisher, answered }: Measuring, { url, request, side, work, rps }: Cell, durationMs: number): Promise<number> {
  const callsBefore = await publisher.countAnswers();
  const result = await load.measure({ url, request, connections: loadedConnections, amount: amountFor(rps, durationMs) });
  const callCount = (await publisher.countAnswers()) - callsBefore;
  const { okCount, statusCounts, brokenCount } = result;
  const isRight = brokenCount === 0 && Object.keys(statusCounts).every((status) => status.startsWith("2"));
  if (!isRight || callCount !== okCount * works[work].addOnCount) {
    throw new Error(`${work} ${side} spending control: answers ${JSON.stringify(statusCounts)}, ${brokenCount} broken, ${callCount} publisher calls`);
  }
  answered[side][work] += okCount;
  return result.rps;
}

async function warmUp(measuring: Measuring, own: Cell, warmUpMs: number): Promise<void> {
  const { side, work } = own;
  await measuring.child.call("check", { side, work });
  measuring.answered[side][work] += 1;
  const startedAtMs = performance.now();
  do own.rps = await send(measuring, own, warmUpMs / 4);
  while (performance.now() - startedAtMs < warmUpMs);
  await measuring.child.call("settle", side);
}

type Options = { port: number; load: LoadGenerator; publisher: Upstream; isQuick: boolean; log(line: string): void };

/** One after the other, and in the next round the other first, so that each pair has the machine as it was at one time. */
export async function measureSpending(belongings: Belongings, { port, load, publisher, isQuick, log }: Options): Promise<SpendingSample[]> {
  const { rounds, warmUpMs, loadMs } = isQuick ? quickPlan : fullPlan;
  const stateDir = resolve(belongings.stateDir, "spending");
  await mkdir(stateDir);
  const child = belongings.start("spending-gateway.ts", [String(port), publisher.url, stateDir]);
  const { url, cells: described } = description.parse(await child.call("describe"));
  const cells = described.map((own): Cell => ({ ...own, url, rps: 0 }));
  const measuring: Measuring = { child, load, publisher, answered: { with: { ...none }, without: { ...none } } };
  for (const own of cells) await warmUp(measuring, own, warmUpMs);

  const samples: SpendingSample[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const work of spendingWorks) {
      for (const own of rotate(cells.filter((one) => one.work === work), round)) {
        own.rps = await send(measuring, own, loadMs);
        await child.call("settle", own.side);
        samples.push({ work, round, side: own.side, rps: own.rps });
      }
    }
  }
  await child.call("audit", measuring.answered);
  await child.stop();
  log("spending control");
  return samples;
}

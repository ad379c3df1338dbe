/** `npm run bench`: README.md in this directory says what is compared and why that is fair. */
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { buildWorker } from "../scripts/build-worker.ts";
import { startBelongings, type Belongings } from "./belongings.ts";
import { measureBundle } from "./bundle.ts";
import { measureCallbacks, type CallbackSample } from "./callbacks/measure.ts";
import { callbacksToJson, judgeCallbacks, renderCallbacks, summarizeCallbacks } from "./callbacks/report.ts";
import type { Plan, Run, RunningSystem, Sample } from "./cell.ts";
import { measureFlushes, type FlushSample } from "./flush/measure.ts";
import { flushesToJson, judgeFlushes, renderFlushes, summarizeFlushes } from "./flush/report.ts";
import { startLoadGenerator } from "./load.ts";
import { describeRun } from "./machine.ts";
import { readOptions, type Options } from "./options.ts";
import { buildFlushDesk, buildYardstick, installBenchPackages } from "./prepare.ts";
import { renderBundle, renderTable, renderUpstreamShares, summarize, toJson, type Bundle } from "./report.ts";
import { measureRounds } from "./rounds.ts";
import { measureSpending, type SpendingSample } from "./spending/measure.ts";
import { judgeSpending, renderSpending, spendingToJson, summarizeSpending } from "./spending/report.ts";
import { startSystem } from "./system-process.ts";
import { judge, renderTargets } from "./targets.ts";
import { startUpstream } from "./upstream.ts";

const firstPort = 8820;
const problemsShown = 20;
const fullPlan: Plan = { rounds: 4, leastRounds: 3, enoughMs: 240_000, warmUpMs: 2000, loadMs: 1800, latencyMs: 600 };
const quickPlan: Plan = { rounds: 3, leastRounds: 1, enoughMs: 14_000, warmUpMs: 300, loadMs: 220, latencyMs: 120 };

function log(line: string): void {
  process.stderr.write(`bench: ${line}\n`);
}

async function audit(run: Run, systems: readonly RunningSystem[]): Promise<void> {
  for (const system of systems) {
    try {
      await system.child.call("audit", system.answeredCounts);
    } catch (error) {
      run.problems.push(String(error));
    }
  }
}

type Outcome = {
  samples: Sample[];
  spending: SpendingSample[];
  callbacks: CallbackSample[];
  flushes: FlushSample[];
  bundle: Bundle | undefined;
  publisherRps: number;
  webhookRps: number;
  problems: string[];
};

async function measureAll(options: Options, belongings: Belongings): Promise<Outcome> {
  const { isQuick } = options;
  const hasGateway = options.systems.includes("dipswitch");
  const canCompare = hasGateway && options.systems.includes("bare");
  const [port, otherPort] = [firstPort + 20, firstPort + 21];
  const bundle = hasGateway ? await measureBundle(belongings, port, isQuick ? 1 : 3) : undefined;
  const publisher = await startUpstream(belongings, "publisher.ts", firstPort);
  const sides = { ports: { dipswitch: port, "bare-put": otherPort }, publisherUrl: publisher.url };
  const callbacks = canCompare ? await measureCallbacks(belongings, { ...sides, isQuick, log }) : [];
  const flushes = hasGateway ? await measureFlushes(belongings, { ports: [port, otherPort], isQuick, log }) : [];
  const webhook = await startUpstream(belongings, "webhook.ts", firstPort + 10);
  const load = startLoadGenerator(belongings);
  await publisher.warmUp(load);
  await webhook.warmUp(load);
  const spending = hasGateway ? await measureSpending(belongings, { port, load, publisher, isQuick, log }) : [];
  const urls = { publisherUrl: publisher.url, webhookUrl: webhook.url };
  const systems: RunningSystem[] = [];
  for (const [index, name] of options.systems.entries()) {
    systems.push(await startSystem(belongings, name, firstPort + 1 + index, urls));
  }
  const plan = isQuick ? quickPlan : fullPlan;
  const run: Run = { plan, load, publisher, webhook, problems: [] };
  const samples = await measureRounds(run, systems, log);
  await audit(run, systems);
  const [publisherRps, webhookRps] = [await publisher.getCapacityRps(), await webhook.getCapacityRps()];
  return { samples, spending, callbacks, flushes, bundle, publisherRps, webhookRps, problems: run.problems };
}

/** Prints and writes what was measured; a run in which something was wrong leaves `results.md` as it was. */
async function publish(options: Options, outcome: Outcome): Promise<number> {
  const { samples, bundle, publisherRps, webhookRps, problems } = outcome;
  const table = summarize(samples);
  const callbackTable = summarizeCallbacks(outcome.callbacks);
  const [spending, flushes] = [summarizeSpending(outcome.spending), summarizeFlushes(outcome.flushes)];
  const sections = [
    renderTable(table),
    renderSpending(spending),
    renderCallbacks(callbackTable),
    renderFlushes(flushes),
    bundle === undefined ? "" : `${renderBundle(bundle)}\n`,
    renderTargets([...judge(table, bundle), ...judgeSpending(spending), ...judgeCallbacks(callbackTable), ...judgeFlushes(flushes)]),
    renderUpstreamShares(samples, publisherRps, webhookRps),
  ];
  const report = sections.filter((section) => section !== "").join("\n");
  process.stdout.write(`\n${report}`);
  for (const problem of problems.slice(0, problemsShown)) process.stdout.write(`WRONG: ${problem}\n`);
  if (problems.length > problemsShown) process.stdout.write(`and ${problems.length - problemsShown} more\n`);
  const besides = { ...spendingToJson(spending), ...callbacksToJson(callbackTable), ...flushesToJson(flushes) };
  if (options.jsonFile !== undefined) await writeFile(options.jsonFile, toJson(table, bundle, besides));
  if (problems.length > 0) return 1;
  if (options.isComplete) await writeFile(resolve(import.meta.dirname, "results.md"), `${await describeRun(samples)}\n${report}`);
  return 0;
}

async function main(): Promise<number> {
  const options = readOptions();
  log("installing and building");
  await installBenchPackages();
  await buildYardstick();
  if (options.systems.includes("dipswitch")) {
    await buildWorker();
    await buildFlushDesk();
  }
  const belongings = startBelongings(options.stateDir);
  process.once("SIGINT", () => void belongings.end().finally(() => process.exit(130)));
  process.once("SIGTERM", () => void belongings.end().finally(() => process.exit(143)));
  try {
    return await publish(options, await measureAll(options, belongings));
  } finally {
    await belongings.end();
  }
}

const startedAtMs = performance.now();
try {
  process.exitCode = await main();
} catch (error) {
  log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
log(`took ${Math.round((performance.now() - startedAtMs) / 1000)} s`);

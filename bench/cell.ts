/** One system doing one work: what is measured, and what makes the figure wrong. */
import type { Child } from "./child.ts";
import type { LoadGenerator, LoadResult } from "./load.ts";
import { requireWebhookBody } from "./message.ts";
import type { SystemName } from "./system.ts";
import type { Upstream } from "./upstream.ts";
import { webhookCallsOf, works, type HttpRequest, type Work } from "./works.ts";

export const loadedConnections = 32;

const warmUpSteps = 4;

export type Plan = {
  rounds: number;
  /** After `enoughMs` no further round begins, once there are so many: a busy machine gets fewer rounds, not a longer run. */
  leastRounds: number;
  enoughMs: number;
  warmUpMs: number;
  loadMs: number;
  latencyMs: number;
};

export type RunningSystem = {
  name: SystemName;
  child: Child;
  url: string;
  requests: Partial<Record<Work, HttpRequest>>;
  /** Right answers per work, warm-up included. */
  answeredCounts: Record<Work, number>;
};

/** The two rates are the last ones seen: they turn a time of the plan into a number of requests. */
export type Cell = { system: RunningSystem; work: Work; request: HttpRequest; loadedRps: number; singleRps: number };

export type Sample = { work: Work; system: SystemName; rps: number; p50Ms: number; p99Ms: number };

export type Run = {
  plan: Plan;
  load: LoadGenerator;
  publisher: Upstream;
  webhook: Upstream;
  /** Why the figures are not to be trusted; empty in a good run. */
  problems: string[];
};

/** Fewer say nothing about a percentile, or about 32 connections. */
const leastRequests = 100;

export function amountFor(rps: number, durationMs: number): number {
  return Math.max(leastRequests, Math.round((rps * durationMs) / 1000));
}

async function sendLoad(run: Run, cell: Cell, connections: number, amount: number): Promise<LoadResult> {
  const { system, work, request } = cell;
  const result = await run.load.measure({ url: system.url, request, connections, amount });
  system.answeredCounts[work] += result.okCount;
  for (const [status, times] of Object.entries(result.statusCounts)) {
    if (!status.startsWith("2")) run.problems.push(`${work} ${system.name}: ${times} answers with status ${status}`);
  }
  if (result.brokenCount > 0) {
    run.problems.push(`${work} ${system.name}: ${result.brokenCount} broken connections or time-outs`);
  }
  return result;
}

/** Holds the answers against the calls that the others saw: nothing came from a cache, nothing was asked twice. */
async function checkCalls<T>(run: Run, cell: Cell, measure: () => Promise<T>): Promise<T> {
  const { system, work } = cell;
  const countCalls = async () => ({ publisher: await run.publisher.countAnswers(), webhook: await run.webhook.countAnswers() });
  const answeredBefore = system.answeredCounts[work];
  const before = await countCalls();
  const measured = await measure();
  const after = await countCalls();
  const answeredCount = system.answeredCounts[work] - answeredBefore;
  const perAnswer = { publisher: works[work].addOnCount, webhook: webhookCallsOf(work) };
  for (const called of ["publisher", "webhook"] as const) {
    const callCount = after[called] - before[called];
    const neededCount = answeredCount * perAnswer[called];
    if (callCount === neededCount) continue;
    run.problems.push(`${work} ${system.name}: ${callCount} ${called} calls for answers that need ${neededCount}`);
  }
  return measured;
}

/** One answer, and what the webhook was told, compared in full. */
async function checkAnswer(run: Run, { system, work, request }: Cell): Promise<void> {
  await system.child.call("check", work);
  system.answeredCounts[work] += 1;
  if (works[work].kind === "message") requireWebhookBody(work, request, await run.webhook.readLastBody());
}

/** Looks at one answer closely, then lets the system compile, connect and cache as it likes. */
export async function warmUp(run: Run, cell: Cell): Promise<void> {
  const { system } = cell;
  await checkCalls(run, cell, () => checkAnswer(run, cell));
  await checkCalls(run, cell, async () => {
    // In steps: the first answers are so slow that they say little about how many requests fill the time.
    const startedAtMs = performance.now();
    do {
      const amount = amountFor(cell.loadedRps, run.plan.warmUpMs / warmUpSteps);
      cell.loadedRps = (await sendLoad(run, cell, loadedConnections, amount)).rps;
    } while (performance.now() - startedAtMs < run.plan.warmUpMs);
    cell.singleRps = (await sendLoad(run, cell, 1, 20)).rps;
  });
  await system.child.call("settle");
}

/** One sample. A short load first, since the system was idle while the others had their turn. */
export async function measureCell(run: Run, cell: Cell): Promise<Sample> {
  const { plan } = run;
  const { system, work } = cell;
  const sample = await checkCalls(run, cell, async () => {
    const again = amountFor(cell.loadedRps, plan.warmUpMs / warmUpSteps);
    await sendLoad(run, cell, loadedConnections, again);
    const loaded = await sendLoad(run, cell, loadedConnections, amountFor(cell.loadedRps, plan.loadMs));
    await system.child.call("settle");
    const single = await sendLoad(run, cell, 1, amountFor(cell.singleRps, plan.latencyMs));
    cell.loadedRps = loaded.rps;
    cell.singleRps = single.rps;
    return { work, system: system.name, rps: loaded.rps, p50Ms: single.p50Ms, p99Ms: single.p99Ms };
  });
  await system.child.call("settle");
  return sample;
}

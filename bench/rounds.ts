import { measureCell, warmUp, type Cell, type Run, type RunningSystem, type Sample } from "./cell.ts";
import { workNames } from "./works.ts";

/** `items` starting at another one each time, so that none is always measured after the same neighbour. */
export function rotate<T>(items: readonly T[], by: number): T[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

/** Every work of every system, round after round, one loaded at a time. */
export async function measureRounds(run: Run, systems: readonly RunningSystem[], log: (line: string) => void): Promise<Sample[]> {
  const cells: Cell[] = [];
  for (const work of workNames) {
    for (const system of systems) {
      const request = system.requests[work];
      if (request !== undefined) cells.push({ system, work, request, loadedRps: 0, singleRps: 0 });
    }
  }
  log("warming up");
  for (const cell of cells) await warmUp(run, cell);
  const samples: Sample[] = [];
  const startedAtMs = performance.now();
  for (let round = 0; round < run.plan.rounds; round += 1) {
    for (const [index, work] of workNames.entries()) {
      const ofWork = cells.filter((cell) => cell.work === work);
      for (const cell of rotate(ofWork, round + index)) samples.push(await measureCell(run, cell));
    }
    log(`round ${round + 1} of ${run.plan.rounds}`);
    if (round + 1 >= run.plan.leastRounds && performance.now() - startedAtMs > run.plan.enoughMs) break;
  }
  return samples;
}

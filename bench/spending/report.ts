/** Samples in, table and targets out. */
import { median, renderRows, whole } from "../report.ts";
import type { Target } from "../targets.ts";
import type { SpendingSample } from "./measure.ts";
import { spendingWorks, type SideName, type SpendingWork } from "./side.ts";

/** `share`: the median over the rounds of what is answered with spending control ÷ what is answered without it. */
export type SpendingFigures = { work: SpendingWork; rps: Record<SideName, number>; share: number; shareMin: number; shareMax: number };

const leastShare = 0.92;

export function summarizeSpending(samples: readonly SpendingSample[]): SpendingFigures[] {
  return spendingWorks.flatMap((work) => {
    const ratesOf = (side: SideName) => new Map(samples.flatMap((sample) => (sample.work === work && sample.side === side ? [[sample.round, sample.rps]] : [])));
    const [own, free] = [ratesOf("with"), ratesOf("without")];
    if (own.size === 0) return [];
    const shares = [...own].map(([round, rps]) => rps / (free.get(round) ?? NaN));
    const rps = { with: median([...own.values()]), without: median([...free.values()]) };
    return [{ work, rps, share: median(shares), shareMin: Math.min(...shares), shareMax: Math.max(...shares) }];
  });
}

export function renderSpending(figures: readonly SpendingFigures[]): string {
  if (figures.length === 0) return "";
  const head = ["spending control", "requests/s with", "without", "with ÷ without", "lowest to highest"];
  const body = figures.map(({ work, rps, share, shareMin, shareMax }) => [
    work,
    whole(rps.with),
    whole(rps.without),
    share.toFixed(2),
    `${shareMin.toFixed(2)} to ${shareMax.toFixed(2)}`,
  ]);
  return [...renderRows([head, ...body]), ""].join("\n");
}

/** A part of the file of `--json`. */
export function spendingToJson(figures: readonly SpendingFigures[]): Record<string, unknown> {
  const byWork = figures.map(({ work, rps, share }) => [`spending-${work}`, { rps_with: rps.with, rps_without: rps.without, share }]);
  return Object.fromEntries(byWork);
}

/** `bare` is the same for both, so that their shares of it are to each other as they are. */
export function judgeSpending(figures: readonly SpendingFigures[]): Target[] {
  return figures.map(({ work, share }) => ({
    text: `${work}: with spending control at least ${leastShare} of the share of bare without`,
    figure: share.toFixed(2),
    isMet: share >= leastShare,
  }));
}

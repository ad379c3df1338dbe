/** Samples in, table and targets out. */
import { median, renderRows, whole } from "../report.ts";
import type { Target } from "../targets.ts";
import type { SpendingSample } from "./measure.ts";
import { spendingWorks, type SideName, type SpendingWork } from "./side.ts";

/** `share`: the median over the rounds of what is answered with spending control ÷ what is answered without it. `between`: where it is with 95 %. */
export type SpendingFigures = { work: SpendingWork; rps: Record<SideName, number>; share: number; between: readonly [number, number] };

const leastShare = 0.92;

export function summarizeSpending(samples: readonly SpendingSample[]): SpendingFigures[] {
  return spendingWorks.flatMap((work) => {
    const ratesOf = (side: SideName) => new Map(samples.flatMap((sample) => (sample.work === work && sample.side === side ? [[sample.round, sample.rps]] : [])));
    const [own, free] = [ratesOf("with"), ratesOf("without")];
    if (own.size === 0) return [];
    const shares = [...own].map(([round, rps]) => rps / (free.get(round) ?? NaN));
    const rps = { with: median([...own.values()]), without: median([...free.values()]) };
    return [{ work, rps, share: median(shares), between: medianBetween(shares) }];
  });
}

/** The values between which their median is with 95 %, by the binomial distribution of how many are below it, which is near the normal one. */
function medianBetween(values: readonly number[]): [number, number] {
  const sorted = values.toSorted((left, right) => left - right);
  const [half, reach] = [sorted.length / 2, 0.98 * Math.sqrt(sorted.length)];
  const low = Math.max(1, Math.floor(half - reach));
  const high = Math.min(sorted.length, Math.ceil(half + reach) + 1);
  return [sorted[low - 1] ?? Number.NaN, sorted[high - 1] ?? Number.NaN];
}

export function renderSpending(figures: readonly SpendingFigures[]): string {
  if (figures.length === 0) return "";
  const head = ["spending control", "requests/s with", "without", "with ÷ without", "95 % of its median"];
  const body = figures.map(({ work, rps, share, between: [low, high] }) => [
    work,
    whole(rps.with),
    whole(rps.without),
    share.toFixed(2),
    `${low.toFixed(2)} to ${high.toFixed(2)}`,
  ]);
  return [...renderRows([head, ...body]), ""].join("\n");
}

/** A part of the file of `--json`. */
export function spendingToJson(figures: readonly SpendingFigures[]): Record<string, unknown> {
  const byWork = figures.map(({ work, rps, share, between }) => [`spending-${work}`, { rps_with: rps.with, rps_without: rps.without, share, share_between: between }]);
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

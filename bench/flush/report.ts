/** Samples in, table and targets out. */
import { median, renderRows, whole } from "../report.ts";
import type { Target } from "../targets.ts";
import type { FlushSample } from "./measure.ts";

/** `timesFewest`: of the same round with the fewest rows. */
export type FlushFigures = { rowCount: number; rate: number; rateMin: number; rateMax: number; micros: number; timesFewest: number };

const leastRate = 5_000;
const mostTimesFewest = 1.2;

const rateOf = (micros: number): number => 1e6 / micros;

/** In the order of the rows that were there. */
export function summarizeFlushes(samples: readonly FlushSample[]): FlushFigures[] {
  const rowCounts = [...new Set(samples.map(({ rowCount }) => rowCount))].toSorted((a, b) => a - b);
  const fewest = new Map(samples.flatMap(({ rowCount, round, microsPerInvocation }) => (rowCount === rowCounts[0] ? [[round, microsPerInvocation]] : [])));
  return rowCounts.map((rowCount) => {
    const own = samples.filter((sample) => sample.rowCount === rowCount);
    const micros = own.map(({ microsPerInvocation }) => microsPerInvocation);
    const times = own.map(({ round, microsPerInvocation }) => microsPerInvocation / (fewest.get(round) ?? NaN));
    return {
      rowCount,
      rate: rateOf(median(micros)),
      rateMin: rateOf(Math.max(...micros)),
      rateMax: rateOf(Math.min(...micros)),
      micros: median(micros),
      timesFewest: median(times),
    };
  });
}

export function renderFlushes(figures: readonly FlushFigures[]): string {
  const [fewest] = figures;
  if (fewest === undefined) return "";
  const head = ["flush into", "invocations/s", "lowest to highest", "µs each", `× ${whole(fewest.rowCount)} rows`];
  const body = figures.map(({ rowCount, rate, rateMin, rateMax, micros, timesFewest }) => [
    `${whole(rowCount)} rows`,
    whole(rate),
    `${whole(rateMin)} to ${whole(rateMax)}`,
    micros.toFixed(1),
    timesFewest.toFixed(2),
  ]);
  return [...renderRows([head, ...body]), ""].join("\n");
}

/** A part of the file of `--json`. */
export function flushesToJson(figures: readonly FlushFigures[]): Record<string, unknown> {
  const byRows = figures.map(({ rowCount, rate, micros, timesFewest }) => [
    `flush-${rowCount}`,
    { invocations_per_s: rate, us_per_invocation: micros, times_fewest_rows: timesFewest },
  ]);
  return Object.fromEntries(byRows);
}

export function judgeFlushes(figures: readonly FlushFigures[]): Target[] {
  const [fewest, most] = [figures[0], figures.at(-1)];
  if (fewest === undefined || most === undefined) return [];
  const into = `flush into ${whole(most.rowCount)} rows`;
  return [
    { text: `${into}: at least ${whole(leastRate)} invocations/s`, figure: whole(most.rate), isMet: most.rate >= leastRate },
    {
      text: `${into}: each at most ${mostTimesFewest} times what it costs with ${whole(fewest.rowCount)}`,
      figure: most.timesFewest.toFixed(2),
      isMet: most.timesFewest <= mostTimesFewest,
    },
  ];
}

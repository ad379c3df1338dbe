/** Samples in, table and targets out. */
import { median, renderRows } from "../report.ts";
import type { Target } from "../targets.ts";
import type { CallbackSample } from "./measure.ts";
import { sideNames, type SideName } from "./side.ts";

export type CallbackFigures = { seconds: number; peakBytes: number | undefined; lookupP99Ms: number; lookupAloneP99Ms: number };
export type CallbackTable = Map<number, Map<SideName, CallbackFigures>>;

const megabyte = 1024 * 1024;
const judgedMegabytes = 100;
const mostTimesSeconds = 1.6;
const mostOverPeakMegabytes = 24;
const mostTimesP99 = 1.5;

export function summarizeCallbacks(samples: readonly CallbackSample[]): CallbackTable {
  const table: CallbackTable = new Map();
  for (const megabytes of new Set(samples.map((sample) => sample.megabytes))) {
    const rows = new Map<SideName, CallbackFigures>();
    for (const side of sideNames) {
      const own = samples.filter((sample) => sample.megabytes === megabytes && sample.side === side);
      const peaks = own.flatMap(({ peakBytes }) => peakBytes ?? []);
      rows.set(side, {
        seconds: median(own.map(({ seconds }) => seconds)),
        peakBytes: peaks.length === 0 ? undefined : median(peaks),
        lookupP99Ms: median(own.map(({ lookupP99Ms }) => lookupP99Ms)),
        lookupAloneP99Ms: median(own.map(({ lookupAloneP99Ms }) => lookupAloneP99Ms)),
      });
    }
    table.set(megabytes, rows);
  }
  return table;
}

type Comparison = { timesSeconds: number; overPeakMegabytes: number | undefined; timesP99: number };

function compare(own: CallbackFigures, bare: CallbackFigures): Comparison {
  const overPeakBytes = own.peakBytes === undefined || bare.peakBytes === undefined ? undefined : own.peakBytes - bare.peakBytes;
  return {
    timesSeconds: own.seconds / bare.seconds,
    overPeakMegabytes: overPeakBytes === undefined ? undefined : overPeakBytes / megabyte,
    timesP99: own.lookupP99Ms / bare.lookupP99Ms,
  };
}

const signed = (value: number) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;

export function renderCallbacks(table: CallbackTable): string {
  const lines: string[] = [];
  for (const [megabytes, rows] of table) {
    const bare = rows.get("bare-put");
    if (bare === undefined) continue;
    const head = [`callback of ${megabytes} MB`, "seconds", "× bare", "peak MB", "over bare", "look-up's p99 ms", "× bare", "alone"];
    const body = [...rows].map(([side, figures]) => {
      const { timesSeconds, overPeakMegabytes, timesP99 } = compare(figures, bare);
      return [
        side,
        figures.seconds.toFixed(3),
        timesSeconds.toFixed(2),
        figures.peakBytes === undefined ? "" : (figures.peakBytes / megabyte).toFixed(1),
        overPeakMegabytes === undefined ? "" : signed(overPeakMegabytes),
        figures.lookupP99Ms.toFixed(2),
        timesP99.toFixed(2),
        figures.lookupAloneP99Ms.toFixed(2),
      ];
    });
    lines.push(...renderRows([head, ...body]), "");
  }
  return lines.join("\n");
}

/** A part of the file of `--json`. */
export function callbacksToJson(table: CallbackTable): Record<string, unknown> {
  const bySize = [...table].map(([megabytes, rows]) => {
    const sides = [...rows].map(([side, { seconds, peakBytes, lookupP99Ms, lookupAloneP99Ms }]) => [
      side,
      { seconds, peak_bytes: peakBytes ?? null, lookup_p99_ms: lookupP99Ms, lookup_alone_p99_ms: lookupAloneP99Ms },
    ]);
    return [`callback-${megabytes}mb`, Object.fromEntries(sides)];
  });
  return Object.fromEntries(bySize);
}

/** Nothing when the run left the largest out. */
export function judgeCallbacks(table: CallbackTable): Target[] {
  const rows = table.get(judgedMegabytes);
  const [own, bare] = [rows?.get("dipswitch"), rows?.get("bare-put")];
  if (own === undefined || bare === undefined) return [];
  const { timesSeconds, overPeakMegabytes, timesP99 } = compare(own, bare);
  const callback = `callback of ${judgedMegabytes} MB`;
  const targets = [
    { text: `${callback}: at most ${mostTimesSeconds} times the seconds of a bare put`, figure: timesSeconds.toFixed(2), isMet: timesSeconds <= mostTimesSeconds },
    { text: `${callback}: a look-up's p99 at most ${mostTimesP99} times what a bare put makes of it`, figure: timesP99.toFixed(2), isMet: timesP99 <= mostTimesP99 },
  ];
  if (overPeakMegabytes === undefined) return targets;
  const text = `${callback}: at most ${mostOverPeakMegabytes} MB more peak memory than a bare put`;
  return [...targets, { text, figure: `${signed(overPeakMegabytes)} MB`, isMet: overPeakMegabytes <= mostOverPeakMegabytes }];
}

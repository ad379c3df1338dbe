/** Samples in, tables out: no clock, no files. */
import type { Sample } from "./cell.ts";
import { systemNames, type SystemName } from "./system.ts";
import { webhookCallsOf, workNames, works, type Work } from "./works.ts";

export type Figures = { rps: number; rpsMin: number; rpsMax: number; p50Ms: number; p99Ms: number };
export type Table = Map<Work, Map<SystemName, Figures>>;
export type Bundle = { gzipBytes: number; startupMs: number; bareStartupMs: number };

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new Error("the median of nothing");
  return (lower + upper) / 2;
}

export function summarize(samples: readonly Sample[]): Table {
  const table: Table = new Map();
  for (const work of workNames) {
    const rows = new Map<SystemName, Figures>();
    for (const system of systemNames) {
      const own = samples.filter((sample) => sample.work === work && sample.system === system);
      if (own.length === 0) continue;
      const rates = own.map(({ rps }) => rps);
      rows.set(system, {
        rps: median(rates),
        rpsMin: Math.min(...rates),
        rpsMax: Math.max(...rates),
        p50Ms: median(own.map(({ p50Ms }) => p50Ms)),
        p99Ms: median(own.map(({ p99Ms }) => p99Ms)),
      });
    }
    table.set(work, rows);
  }
  return table;
}

export const whole = (value: number) => Math.round(value).toLocaleString("en-US");

/** Aligned, so that it reads well on a terminal, and Markdown all the same. */
export function renderRows(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(
    (row) => `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`,
  );
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [...lines.slice(0, 1), rule, ...lines.slice(1)];
}

/** One table per work; readable on a terminal and as Markdown. */
export function renderTable(table: Table): string {
  const lines: string[] = [];
  for (const [work, rows] of table) {
    if (rows.size === 0) continue;
    const bare = rows.get("bare");
    const head = [work, "requests/s", "lowest to highest", "× bare", "p50 ms", "over bare", "p99 ms"];
    const body = [...rows].map(([system, { rps, rpsMin, rpsMax, p50Ms, p99Ms }]) => [
      system,
      whole(rps),
      `${whole(rpsMin)} to ${whole(rpsMax)}`,
      bare === undefined ? "" : (rps / bare.rps).toFixed(2),
      p50Ms.toFixed(2),
      bare === undefined ? "" : `${p50Ms < bare.p50Ms ? "−" : "+"}${Math.abs(p50Ms - bare.p50Ms).toFixed(2)}`,
      p99Ms.toFixed(2),
    ]);
    lines.push(...renderRows([head, ...body]), "");
  }
  return lines.join("\n");
}

export function renderBundle({ gzipBytes, startupMs, bareStartupMs }: Bundle): string {
  return [
    `Bundle: ${(gzipBytes / 1000).toFixed(1)} KB gzip.`,
    `Start-up, from starting the runtime to the first answer of \`/health\`: ${startupMs.toFixed(0)} ms,`,
    `of which the same harness takes ${bareStartupMs.toFixed(0)} ms for \`bare\`.`,
  ].join(" ");
}

/** Shows that those whom the systems call are not what was measured. */
export function renderUpstreamShares(samples: readonly Sample[], publisherRps: number, webhookRps: number): string {
  const render = (name: string, capacityRps: number, callsOf: (work: Work) => number) => {
    const busiestRps = Math.max(...samples.map(({ work, rps }) => rps * callsOf(work)));
    if (busiestRps === 0) return [];
    const times = (capacityRps / busiestRps).toFixed(1);
    return [`On a core of its own the ${name} answers ${whole(capacityRps)} requests/s, ${times} times the most that a system asked of it.`];
  };
  const lines = [...render("publisher", publisherRps, (work) => works[work].addOnCount), ...render("webhook", webhookRps, webhookCallsOf)];
  return `${lines.join("\n")}\n`;
}

/** The file of `--json`. */
export function toJson(table: Table, bundle: Bundle | undefined, besides: Record<string, unknown>): string {
  const byWork = [...table].map(([work, rows]) => {
    const systems = [...rows].map(([system, { rps, p50Ms, p99Ms }]) => [system, { rps, p50_ms: p50Ms, p99_ms: p99Ms }]);
    return [work, Object.fromEntries(systems)];
  });
  const size = bundle === undefined ? {} : { bundle: { gzip_bytes: bundle.gzipBytes, startup_ms: bundle.startupMs } };
  return `${JSON.stringify({ ...Object.fromEntries(byWork), ...besides, ...size }, null, 2)}\n`;
}

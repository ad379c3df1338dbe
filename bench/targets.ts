import { renderRows, type Bundle, type Figures, type Table } from "./report.ts";
import type { SystemName } from "./system.ts";
import { workNames, type Work } from "./works.ts";

export type Target = { text: string; figure: string; isMet: boolean };

/** A message owes what a look-up with as many add-ons does; three lie halfway between Lookup's one and five. */
const leastShareOfBare: readonly (readonly [Work, number])[] = [
  ["lookup-1", 0.6],
  ["lookup-5", 0.75],
  ["message-0", 0.6],
  ["message-1", 0.6],
  ["message-3", 0.675],
];
/** Both go through the same pipeline, so neither should fall behind the other, whatever the machine makes of them. */
const sameAddOns: readonly (readonly [message: Work, lookup: Work])[] = [["message-1", "lookup-1"], ["message-3", "lookup-3"]];
const mostOverBareMs = 1;
const leastTimesPortkey = 2;
const gzipMaxBytes = 350_000;

/** Nothing when the run left one of the two out: then there is nothing to judge. */
function getPair(table: Table, work: Work, other: SystemName): [own: Figures, other: Figures] | undefined {
  const rows = table.get(work);
  const own = rows?.get("dipswitch");
  const compared = rows?.get(other);
  return own === undefined || compared === undefined ? undefined : [own, compared];
}

function getShareOfBare(table: Table, work: Work): number | undefined {
  const pair = getPair(table, work, "bare");
  return pair === undefined ? undefined : pair[0].rps / pair[1].rps;
}

/** What the gateway promises against `bare` and `portkey`, as far as this run measured them. */
export function judge(table: Table, bundle: Bundle | undefined): Target[] {
  const targets: Target[] = [];
  for (const [work, share] of leastShareOfBare) {
    const ratio = getShareOfBare(table, work);
    if (ratio === undefined) continue;
    targets.push({ text: `${work}: at least ${share} of the requests/s of bare`, figure: ratio.toFixed(2), isMet: ratio >= share });
  }
  for (const [message, lookup] of sameAddOns) {
    const [ratio, least] = [getShareOfBare(table, message), getShareOfBare(table, lookup)];
    if (ratio === undefined || least === undefined) continue;
    targets.push({ text: `${message}: at least ${lookup}'s share of bare (${least.toFixed(2)})`, figure: ratio.toFixed(2), isMet: ratio >= least });
  }
  for (const work of workNames) {
    const pair = getPair(table, work, "bare");
    if (pair === undefined) continue;
    const overMs = pair[0].p50Ms - pair[1].p50Ms;
    const text = `${work}: p50 at one connection at most ${mostOverBareMs.toFixed(1)} ms over bare`;
    targets.push({ text, figure: `${overMs.toFixed(2)} ms`, isMet: overMs <= mostOverBareMs });
  }
  const pair = getPair(table, "lookup-1", "portkey");
  if (pair !== undefined) {
    const ratio = pair[0].rps / pair[1].rps;
    const text = `lookup-1: at least ${leastTimesPortkey} times the requests/s of portkey`;
    targets.push({ text, figure: ratio.toFixed(2), isMet: ratio >= leastTimesPortkey });
  }
  if (bundle !== undefined) {
    const figure = `${(bundle.gzipBytes / 1000).toFixed(1)} KB`;
    targets.push({ text: `bundle: at most ${gzipMaxBytes / 1000} KB gzip`, figure, isMet: bundle.gzipBytes <= gzipMaxBytes });
  }
  return targets;
}

export function renderTargets(targets: readonly Target[]): string {
  if (targets.length === 0) return "";
  const rows = targets.map(({ text, figure, isMet }) => [text, figure, isMet ? "met" : "missed"]);
  return [...renderRows([["target", "figure", "verdict"], ...rows]), ""].join("\n");
}

import type { AnswerText, DeskClients, Received } from "./desk-clients.ts";
import { open } from "./desk-clients.ts";
import type { ModelRecording } from "./desk-recordings.ts";
import type { Disk } from "./map-desk-store.ts";

/** What holds of every commit, whether or not anybody hears of it. */
export function violationOnDisk({ log, totals, grants, reversals, holds }: Disk): string | null {
  const charges = chargesOf(log);
  const twice = [...charges].find(([, { records, voids }]) => records > 1 || voids > 1);
  if (twice !== undefined) return `${twice[0]} is recorded more than once`;
  const granted = [...grants.values(), ...reversals.values()].reduce((sum, { micros }) => sum + micros, 0);
  if (totals.grantedMicros !== granted) return "the granted total is not the sum of the grants and reversals";
  const givenBack = [...reversals.values()].reduce((sum, { micros }) => sum + Math.max(0, micros), 0);
  if (givenBack > totals.spentMicros) return "more was given back than is charged";
  const spent = [...charges.values()].reduce((sum, { micros }) => sum + micros, 0);
  if (totals.spentMicros !== spent) return "the spent total is not the sum of the charges";
  if (totals.events !== charges.size) return "the number of events is not that of the invocations";
  const held = [...holds.values()].reduce((sum, { micros, settledMicros }) => sum + (settledMicros === null ? micros : 0), 0);
  return totals.spentMicros + held > totals.grantedMicros ? "more is spent or held than was granted" : null;
}

/** @property givenBackMicros by a reversal: then a void or a cancellation takes nothing back any more. */
type Charge = { records: number; voids: number; micros: number; givenBackMicros: number };

const costs = ({ micros, givenBackMicros }: Charge): number => micros - givenBackMicros;

function chargesOf(log: Disk["log"]): Map<string, Charge> {
  const charges = new Map<string, Charge>();
  for (const entry of log) {
    if (entry.kind === "credit") continue;
    const charge = charges.get(entry.xr) ?? { records: 0, voids: 0, micros: 0, givenBackMicros: 0 };
    if (entry.kind === "free") charges.set(entry.xr, { ...charge, givenBackMicros: charge.micros });
    else if (entry.kind === "record") charges.set(entry.xr, { ...charge, records: charge.records + 1, micros: charge.micros + entry.priceMicros });
    else charges.set(entry.xr, { ...charge, voids: charge.voids + 1, micros: charge.micros - (entry.chargedMicros ?? 0) });
  }
  return charges;
}

/** What holds when everything that was on its way has arrived or was lost. */
export function violationsAtEnd(disk: Disk, clients: DeskClients): string[] {
  const charges = chargesOf(disk.log);
  const found = [
    violationOnDisk(disk),
    ...clients.received.map((received) => answeredWrongly(received, charges, clients)),
    ...clients.received.map((received) => replayedWrongly(received, clients.received)),
    ...[...clients.recordings.values()].map((recording) => endedWrongly(recording, charges, disk)),
    ...[...charges].map(([xr, charge]) => (costs(charge) === 0 || clients.recordings.has(xr) || isAccountedFor(xr, charge, disk, clients) ? null : `${xr} is charged to nobody's use`)),
  ];
  return found.filter((violation) => violation !== null);
}

/** Each recording has one end, at the price of its outcome, and nothing stays held. */
function endedWrongly({ xr, outcome, isDone }: ModelRecording, charges: ReadonlyMap<string, Charge>, { holds }: Disk): string | null {
  if (!isDone || outcome === null) return `${xr} has no end`;
  if (holds.get(xr)?.settledMicros === null) return `${xr} is held for ever`;
  const charge = charges.get(xr);
  if (charge === undefined || charge.records !== 1) return `${xr} has ended and is not recorded once`;
  // Canceled after it was given back.
  if (outcome.isCanceled && holds.get(xr)?.settledMicros === 0) return null;
  return charge.micros === outcome.priceMicros ? null : `${xr} is charged ${charge.micros} and its outcome is ${outcome.priceMicros}`;
}

function firstOf<T>(list: readonly T[], violation: (element: T) => string | null): string | null {
  for (const element of list) {
    const found = violation(element);
    if (found !== null) return found;
  }
  return null;
}

function answeredWrongly(received: Received, charges: ReadonlyMap<string, Charge>, clients: DeskClients): string | null {
  if (received.kind === "answer") {
    return firstOf(readAnswer(received.text).results, ({ xr, priceMicros }) => {
      const charge = charges.get(xr);
      if (charge === undefined || charge.records !== 1 || charge.voids > 0) return `${xr} was answered and is not recorded`;
      return charge.micros === priceMicros || costs(charge) === priceMicros ? null : `${xr} was answered at another price than it is charged`;
    });
  }
  if (received.kind !== "failed" || received.process.isDead) return null;
  return firstOf(received.xrs, (xr) => {
    const charge = charges.get(xr);
    const isCharged = charge !== undefined && costs(charge) > 0;
    return isCharged && !clients.undelivered.has(xr) ? `${xr} was answered as failed and is charged` : null;
  });
}

function replayedWrongly(received: Received, all: readonly Received[]): string | null {
  const { plan } = received;
  if (received.kind !== "answer" || plan.key === null) return null;
  if (readAnswer(received.text).print !== plan.print) return `${plan.key} was answered with another request's answer`;
  const other = all.find((one) => one.kind === "answer" && one.plan.key === plan.key && one.text !== received.text);
  return other === undefined ? null : `${plan.key} was answered in two ways`;
}

/** Answered, to be replayed by its key, or its process died in between (or reported that it could not void it). */
function isAccountedFor(xr: string, charge: Charge, disk: Disk, clients: DeskClients): boolean {
  const shows = (text: string) => readAnswer(text).results.some((result) => result.xr === xr && result.priceMicros === charge.micros);
  if (clients.received.some((received) => received.kind === "answer" && shows(received.text))) return true;
  if ([...disk.claims.values()].some(({ answer, progress }) => [answer, progress].some((kept) => kept !== null && shows(open(kept))))) return true;
  return clients.askedBy.get(xr)?.isDead === true || clients.undelivered.has(xr);
}

function readAnswer(text: string): AnswerText {
  return JSON.parse(text);
}

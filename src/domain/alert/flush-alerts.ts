import type { Alert } from "../alert.ts";
import type { DeskFlush } from "../billing/ledger.ts";
import { utf8 } from "../bytes.ts";
import { sidOf } from "../sid.ts";
import { bounded } from "./bounded.ts";
import { invocationAlerts } from "./invocation-alerts.ts";

/** An alert as it is stored. `version_sid` (XC) brings in the URL of the publisher's own request. */
export type StoredAlert = Alert & { version_sid: string | null };

/** The alerts that a flush brings, by the time at which they came about: those of its invocations, and those that the desk was handed. */
export async function flushAlerts({ records, voids, alerts }: Pick<DeskFlush, "records" | "voids" | "alerts">): Promise<StoredAlert[]> {
  const drafts = bounded([...records, ...voids.map(({ record }) => record)].flatMap(invocationAlerts));
  const derived = drafts.map(async ({ seed, ...draft }): Promise<StoredAlert> => ({ ...draft, sid: await alertSid(seed) }));
  const handed = bounded(alerts).map((alert) => ({ ...alert, version_sid: null }));
  return [...(await Promise.all(derived)), ...handed].toSorted((one, other) => one.generated_at_ms - other.generated_at_ms);
}

/** The same for the same seed, so that a repeated flush brings no alert twice. */
async function alertSid(seed: string): Promise<string> {
  return sidOf("NO", new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(seed))));
}

import type { DeskFlush } from "../billing/ledger.ts";
import { bounded } from "./bounded.ts";
import { invocationAlerts } from "./invocation-alerts.ts";
import { storedAlert, type StoredAlert } from "./stored-alert.ts";

/** The alerts that a flush brings, by the time at which they came about: those of its invocations, and those that the desk was handed. */
export async function flushAlerts({ records, voids, alerts }: Pick<DeskFlush, "records" | "voids" | "alerts">): Promise<StoredAlert[]> {
  const drafts = bounded([...records, ...voids.map(({ record }) => record)].flatMap(invocationAlerts));
  const handed = bounded(alerts).map((alert) => ({ ...alert, version_sid: null }));
  return [...(await Promise.all(drafts.map(storedAlert))), ...handed].toSorted((one, other) => one.generated_at_ms - other.generated_at_ms);
}

import type { IntegrationPoint } from "../catalog/add-on-type.ts";
import type { InstalledAddOn, UnusableAddOn } from "../catalog/install.ts";

/**
 * Which of an account's installs run on what comes in for one of its numbers: all whose extension is enabled, but one that is assigned to
 * any number only on those that it is assigned to. That a message analysis runs on no call follows from the guide's table of types: an install
 * has no extension that its type does not have.
 * @param assigned XE: the installs that are assigned to this number.
 */
export function addOnsToRun(
  installed: ReadonlyMap<string, InstalledAddOn | UnusableAddOn>,
  assigned: ReadonlySet<string>,
  integrationPoint: IntegrationPoint,
): Map<string, InstalledAddOn | UnusableAddOn> {
  const runs = (addOn: InstalledAddOn | UnusableAddOn): boolean => addOn.enabledAt.has(integrationPoint) && (!addOn.isAssigned || assigned.has(addOn.sid));
  return new Map([...installed].filter(([, addOn]) => runs(addOn)));
}

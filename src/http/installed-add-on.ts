import { checkConfiguration } from "../domain/catalog/configuration.ts";
import type { Definition } from "../domain/catalog/definition.ts";
import { CONFIGURATION_CHARACTERS } from "../domain/limits.ts";
import type { VersionRow } from "../platform/d1/add-ons.ts";
import { changeInstalledAddOn, getInstalledAddOn, type InstalledAddOnChange, type InstalledAddOnRow } from "../platform/d1/installed-add-ons.ts";
import type { AppContext } from "./context.ts";
import { jsonObjectParameter } from "./json-parameter.ts";
import { refuse, required } from "./refused.ts";

/** The parameter of every request that configures an install. */
export const configurationParameter = jsonObjectParameter(CONFIGURATION_CHARACTERS)
  .optional()
  .openapi({ type: "string", description: "A JSON object that passes the add-on's configuration schema" });

/** One of the caller's own installs. */
export async function requireInstalledAddOn(c: AppContext, sid: string): Promise<InstalledAddOnRow> {
  return required(await getInstalledAddOn(c.var.gateway.db, c.var.accountSid, sid), "installed add-on", sid);
}

/** A configuration that fits a version, as JSON to store. */
export function requireConfiguration(c: AppContext, version: VersionRow, posted: Record<string, unknown>): string {
  const definition: Definition = JSON.parse(version.definition);
  const checked = checkConfiguration(definition, posted, c.var.gateway.urlPolicy);
  if (checked.ok) return JSON.stringify(checked.value);
  const { field, message } = checked.error;
  return refuse({ kind: "invalid", parameter: "Configuration", message: field === "Configuration" ? `Configuration ${message}` : `Configuration: ${field} ${message}` });
}

/** @returns the install as it is now. A change of nothing is not written. */
export async function requireChange(c: AppContext, before: InstalledAddOnRow, change: InstalledAddOnChange): Promise<InstalledAddOnRow> {
  if (Object.keys(change).length === 0) return before;
  const { gateway, accountSid } = c.var;
  const outcome = await changeInstalledAddOn(gateway.db, before, change);
  if (outcome === "name_taken") refuse({ kind: "conflict", message: nameTakenMessage(change.uniqueName ?? before.uniqueName) });
  if (outcome === "outdated") refuse({ kind: "conflict", message: `The installed add-on ${before.sid} or its version was changed at the same time: fetch it and try again` });
  gateway.snapshots.drop(accountSid);
  return requireInstalledAddOn(c, before.sid);
}

export const nameTakenMessage = (uniqueName: string): string => `Another installed add-on of this account has the UniqueName ${uniqueName}`;

import { OpenAPIHono } from "@hono/zod-openapi";
import { dollarsOfMicros, microsOfDollars } from "../domain/billing/money.ts";
import type { Configuration } from "../domain/catalog/configuration.ts";
import type { Definition } from "../domain/catalog/definition.ts";
import { movedStates, type ExtensionStates } from "../domain/catalog/extension-states.ts";
import { CREDIT_MAX_MICROS } from "../domain/limits.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { isoDate } from "../http/dates.ts";
import { configurationParameter, requireChange, requireConfiguration, requireInstalledAddOn } from "../http/installed-add-on.ts";
import { refuse } from "../http/refused.ts";
import { declare, form, json, z } from "../http/route.ts";
import { getPublicVersion } from "../platform/d1/catalogue.ts";
import type { InstalledAddOnChange, InstalledAddOnRow } from "../platform/d1/installed-add-ons.ts";

const settings = z
  .object({
    sid: z.string(),
    account_sid: z.string(),
    install_sid: z.string().openapi({ description: "The account's install of this add-on, whatever its configuration: what publishers tell developers apart by" }),
    add_on_sid: z.string(),
    add_on_version_sid: z.string(),
    sunset_date: z.string().nullable().openapi({ description: "When the version stops, once it is retired" }),
    daily_cap: z.string().nullable().openapi({ description: "Dollars that may be spent on this install in a day (UTC)" }),
    date_created: z.string(),
    date_updated: z.string(),
    url: z.string(),
    links: z.object({ installed_add_on: z.string(), add_on_version: z.string() }),
  })
  .openapi("InstalledAddOnSettings");

const settingsParameters = z.object({
  AddOnVersionSid: z.string().optional().openapi({ description: "Another active version of the add-on, to move to" }),
  /** A version may ask for an element that the one before did not know, so both must be able to change at once. */
  Configuration: configurationParameter,
  DailyCap: z.string().optional().openapi({ description: "Decimal dollars; empty removes the cap" }),
});

const ofInstalled = z.object({ InstalledAddOnSid: z.string() });

/** What the public shape of an installed add-on has no room for: its version and its daily cap. */
export const installedAddOnSettingsRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/InstalledAddOns/{InstalledAddOnSid}/Settings",
      summary: "Fetches the version and daily cap of an installed add-on.",
      request: { params: ofInstalled },
      responses: { 200: json(settings, "The settings") },
    }),
    async (c) => c.json(settingsAnswer(await requireInstalledAddOn(c, c.req.valid("param").InstalledAddOnSid), c.var.gateway.settings.publicUrl), 200),
  )
  .openapi(
    declare("account", {
      method: "post",
      path: "/v1/InstalledAddOns/{InstalledAddOnSid}/Settings",
      summary: "Moves an installed add-on to another version, or sets its daily cap.",
      request: { params: ofInstalled, ...form(settingsParameters) },
      responses: { 200: json(settings, "The settings") },
    }),
    async (c) => {
      const parameters = c.req.valid("form");
      const before = await requireInstalledAddOn(c, c.req.valid("param").InstalledAddOnSid);
      const row = await requireChange(c, before, {
        ...(await versionChange(c, before, parameters)),
        ...(parameters.DailyCap !== undefined && { dailyCapMicros: dailyCapOf(parameters.DailyCap) }),
      });
      return c.json(settingsAnswer(row, c.var.gateway.settings.publicUrl), 200);
    },
  );

/** A version is never changed under an install: its developer moves it, with a configuration that fits. */
async function versionChange(c: AppContext, before: InstalledAddOnRow, parameters: z.infer<typeof settingsParameters>): Promise<InstalledAddOnChange> {
  const { AddOnVersionSid: versionSid = before.versionSid, Configuration: posted } = parameters;
  const moves = versionSid !== before.versionSid;
  if (!moves && posted === undefined) return {};
  const version = await getPublicVersion(c.var.gateway.db, before.addOnSid, versionSid);
  if (version === undefined || (moves && version.status !== "active")) {
    return refuse({ kind: "invalid", parameter: "AddOnVersionSid", message: `AddOnVersionSid must be an active version of ${before.addOnSid}` });
  }
  const stored: Configuration = JSON.parse(before.configuration);
  const configuration = requireConfiguration(c, version, posted ?? stored);
  if (!moves) return { configuration };
  const { extensions }: Definition = JSON.parse(version.definition);
  const states: ExtensionStates = JSON.parse(before.extensions);
  return { versionSid, configuration, extensions: JSON.stringify(movedStates(states, extensions)) };
}

function dailyCapOf(text: string): number | null {
  if (text === "") return null;
  const micros = microsOfDollars(text, CREDIT_MAX_MICROS);
  return micros.ok ? micros.value : refuse({ kind: "invalid", parameter: "DailyCap", message: `DailyCap ${micros.error}` });
}

function settingsAnswer(row: InstalledAddOnRow, publicUrl: string) {
  const installedUrl = `${publicUrl}/v1/InstalledAddOns/${row.sid}`;
  return {
    sid: row.sid,
    account_sid: row.accountSid,
    install_sid: row.installSid,
    add_on_sid: row.addOnSid,
    add_on_version_sid: row.versionSid,
    sunset_date: row.sunsetAt === null ? null : isoDate(row.sunsetAt),
    daily_cap: row.dailyCapMicros === null ? null : dollarsOfMicros(row.dailyCapMicros),
    date_created: isoDate(row.createdAt),
    date_updated: isoDate(row.updatedAt),
    url: `${installedUrl}/Settings`,
    links: { installed_add_on: installedUrl, add_on_version: `${publicUrl}/v1/AvailableAddOns/${row.addOnSid}/Versions/${row.versionSid}` },
  };
}

import { OpenAPIHono } from "@hono/zod-openapi";
import { CHOSEN_NAME } from "../domain/catalog/add-on-type.ts";
import type { Configuration } from "../domain/catalog/configuration.ts";
import type { Definition } from "../domain/catalog/definition.ts";
import { initialStates } from "../domain/catalog/extension-states.ts";
import { INCOMING_INSTALLS_ENABLED, INSTALLS_PER_ACCOUNT } from "../domain/limits.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { isoDate } from "../http/dates.ts";
import { configurationParameter, nameTakenMessage, requireChange, requireConfiguration, requireInstalledAddOn } from "../http/installed-add-on.ts";
import { pageParameters, pageRequest, v1List, v1ListSchema } from "../http/paging.ts";
import { refuse, required } from "../http/refused.ts";
import { booleanParameter, declare, form, json, noContent, z } from "../http/route.ts";
import { getVersion } from "../platform/d1/add-ons.ts";
import { getInstallableAddOn } from "../platform/d1/catalogue.ts";
import { installAddOn, type InstallObstacle } from "../platform/d1/install-add-on.ts";
import { deleteInstalledAddOn, listInstalledAddOns, type InstalledAddOnRow } from "../platform/d1/installed-add-ons.ts";
import { newSid } from "../platform/randomness.ts";

const installedAddOn = z
  .object({
    sid: z.string(),
    account_sid: z.string(),
    friendly_name: z.string(),
    description: z.string(),
    configuration: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    unique_name: z.string(),
    date_created: z.string(),
    date_updated: z.string(),
    url: z.string(),
    links: z.object({ extensions: z.string(), available_add_on: z.string(), settings: z.string() }),
  })
  .openapi("InstalledAddOn");

const uniqueNameParameter = z.string().regex(CHOSEN_NAME, "must start with a letter and have at most 64 letters, digits, _ and -").optional();
const ofInstalled = z.object({ Sid: z.string() });

const installParameters = z.object({
  AvailableAddOnSid: z.string().regex(/^XB[0-9a-f]{32}$/, "must be the SID of an add-on, XB and 32 hexadecimal digits"),
  AcceptTermsOfService: booleanParameter,
  Configuration: configurationParameter,
  UniqueName: uniqueNameParameter,
});
type InstallParameters = z.infer<typeof installParameters>;

export const installedAddOnRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", {
      method: "post",
      path: "/v1/InstalledAddOns",
      summary: "Installs an add-on, pinned to the version that is active now.",
      request: form(installParameters),
      responses: { 201: json(installedAddOn, "The installed add-on") },
    }),
    async (c) => {
      const { gateway, accountSid } = c.var;
      const parameters = c.req.valid("form");
      if (!parameters.AcceptTermsOfService) refuse({ kind: "invalid", parameter: "AcceptTermsOfService", message: "AcceptTermsOfService must be true: an add-on is used under its publisher's terms" });
      const sid = await install(c, parameters);
      gateway.snapshots.drop(accountSid);
      return c.json(installedAddOnAnswer(await requireInstalledAddOn(c, sid), gateway.settings.publicUrl), 201);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/InstalledAddOns",
      summary: "Lists the account's installed add-ons.",
      request: { query: z.object(pageParameters) },
      responses: { 200: json(v1ListSchema("installed_add_ons", installedAddOn), "A page of installed add-ons") },
    }),
    async (c) => {
      const { gateway, accountSid } = c.var;
      const page = await listInstalledAddOns(gateway.db, accountSid, pageRequest(c.req.valid("query"), "XE"));
      return c.json(v1List(c, "installed_add_ons", page, page.items.map((row) => installedAddOnAnswer(row, gateway.settings.publicUrl))), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/InstalledAddOns/{Sid}",
      summary: "Fetches an installed add-on.",
      request: { params: ofInstalled },
      responses: { 200: json(installedAddOn, "The installed add-on") },
    }),
    async (c) => c.json(installedAddOnAnswer(await requireInstalledAddOn(c, c.req.valid("param").Sid), c.var.gateway.settings.publicUrl), 200),
  )
  .openapi(
    declare("account", {
      method: "post",
      path: "/v1/InstalledAddOns/{Sid}",
      summary: "Replaces an installed add-on's configuration, or renames it.",
      request: { params: ofInstalled, ...form(z.object({ Configuration: configurationParameter, UniqueName: uniqueNameParameter })) },
      responses: { 200: json(installedAddOn, "The installed add-on") },
    }),
    async (c) => {
      const { Configuration: posted, UniqueName: name } = c.req.valid("form");
      const before = await requireInstalledAddOn(c, c.req.valid("param").Sid);
      const row = await requireChange(c, before, {
        ...(name !== undefined && { uniqueName: name }),
        ...(posted !== undefined && { configuration: await requirePinnedConfiguration(c, before, posted) }),
      });
      return c.json(installedAddOnAnswer(row, c.var.gateway.settings.publicUrl), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "delete",
      path: "/v1/InstalledAddOns/{Sid}",
      summary: "Removes an installed add-on.",
      request: { params: ofInstalled },
      responses: noContent("The add-on is not installed any more"),
    }),
    async (c) => {
      const { gateway, accountSid } = c.var;
      const { Sid: sid } = c.req.valid("param");
      required(await deleteInstalledAddOn(gateway.db, accountSid, sid), "installed add-on", sid);
      gateway.snapshots.drop(accountSid);
      return c.body(null, 204);
    },
  );

async function install(c: AppContext, parameters: InstallParameters): Promise<string> {
  const { gateway, accountSid } = c.var;
  const { AvailableAddOnSid: addOnSid, Configuration: posted = {} } = parameters;
  const { uniqueName: ownName, version } = required(await getInstallableAddOn(gateway.db, addOnSid), "available add-on", addOnSid);
  const uniqueName = parameters.UniqueName ?? ownName;
  if (version.status !== "active") return refuseInstall("version_not_active", addOnSid, uniqueName);
  const { extensions }: Definition = JSON.parse(version.definition);
  const configuration = requireConfiguration(c, version, posted);
  const sid = newSid("XE");
  const installed = await installAddOn(gateway.d1, sid, { accountSid, addOnSid, versionSid: version.sid, uniqueName, configuration, extensions: initialStates(extensions) });
  if (installed.kind === "unsettled") refuse({ kind: "conflict", message: `What can be installed is being changed by others: install ${addOnSid} again` });
  return installed.kind === "inserted" ? sid : refuseInstall(installed.found, addOnSid, uniqueName);
}

function refuseInstall(obstacle: InstallObstacle, addOnSid: string, uniqueName: string): never {
  const messages: Record<InstallObstacle, string> = {
    version_not_active: `The add-on ${addOnSid} has no active version to install, or it changed at the same time`,
    name_taken: nameTakenMessage(uniqueName),
    too_many_installs: `The account has ${INSTALLS_PER_ACCOUNT} installed add-ons already`,
    too_many_enabled: `${addOnSid} would run on incoming messages or calls, as ${INCOMING_INSTALLS_ENABLED} installed add-ons do already on every number or on one of them: disable one of these first`,
  };
  return refuse({ kind: "conflict", message: messages[obstacle] });
}

/** A configuration that fits the version that the install is pinned to. */
async function requirePinnedConfiguration(c: AppContext, installed: InstalledAddOnRow, posted: Record<string, unknown>): Promise<string> {
  const { addOnSid, versionSid } = installed;
  return requireConfiguration(c, required(await getVersion(c.var.gateway.db, addOnSid, versionSid), "version", versionSid), posted);
}

function installedAddOnAnswer(row: InstalledAddOnRow, publicUrl: string) {
  const url = `${publicUrl}/v1/InstalledAddOns/${row.sid}`;
  const configuration: Configuration = JSON.parse(row.configuration);
  return {
    sid: row.sid,
    account_sid: row.accountSid,
    friendly_name: row.friendlyName,
    description: row.description,
    configuration,
    unique_name: row.uniqueName,
    date_created: isoDate(row.createdAt),
    date_updated: isoDate(row.updatedAt),
    url,
    links: { extensions: `${url}/Extensions`, available_add_on: `${publicUrl}/v1/AvailableAddOns/${row.addOnSid}`, settings: `${url}/Settings` },
  };
}

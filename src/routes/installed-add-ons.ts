import { OpenAPIHono } from "@hono/zod-openapi";
import { CHOSEN_NAME } from "../domain/catalog/add-on-type.ts";
import { checkConfiguration, type Configuration } from "../domain/catalog/configuration.ts";
import type { Definition } from "../domain/catalog/definition.ts";
import { initialStates } from "../domain/catalog/extension-states.ts";
import { CONFIGURATION_CHARACTERS, INCOMING_INSTALLS_ENABLED, INSTALLS_PER_ACCOUNT } from "../domain/limits.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { isoDate } from "../http/dates.ts";
import { refuseProblems } from "../http/json-body.ts";
import { jsonObjectParameter } from "../http/json-parameter.ts";
import { pageParameters, pageRequest, v1List, v1ListSchema } from "../http/paging.ts";
import { refuse, required } from "../http/refused.ts";
import { booleanParameter, declare, form, json, noContent, z } from "../http/route.ts";
import { getVersion, type VersionRow } from "../platform/d1/add-ons.ts";
import { getInstallableAddOn } from "../platform/d1/catalogue.ts";
import { installAddOn, type InstallObstacle } from "../platform/d1/install-add-on.ts";
import { changeInstalledAddOn, deleteInstalledAddOn, getInstalledAddOn, listInstalledAddOns, type InstalledAddOnChange, type InstalledAddOnRow } from "../platform/d1/installed-add-ons.ts";

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

const configuration = jsonObjectParameter(CONFIGURATION_CHARACTERS).optional().openapi({ type: "string", description: "A JSON object that passes the add-on's configuration schema" });
const uniqueName = z.string().regex(CHOSEN_NAME, "must start with a letter and have at most 64 letters, digits, _ and -").optional();
const ofInstalled = z.object({ Sid: z.string() });

const create = z.object({
  AvailableAddOnSid: z.string().regex(/^XB[0-9a-f]{32}$/, "must be the SID of an add-on, XB and 32 hexadecimal digits"),
  AcceptTermsOfService: booleanParameter,
  Configuration: configuration,
  UniqueName: uniqueName,
});

export const installedAddOnRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", {
      method: "post",
      path: "/v1/InstalledAddOns",
      summary: "Installs an add-on, pinned to the version that is active now.",
      request: form(create),
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
      const page = await listInstalledAddOns(gateway.db, accountSid, pageRequest(c.req.valid("query")));
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
      request: { params: ofInstalled, ...form(z.object({ Configuration: configuration, UniqueName: uniqueName })) },
      responses: { 200: json(installedAddOn, "The installed add-on") },
    }),
    async (c) => {
      const { Configuration: posted, UniqueName: name } = c.req.valid("form");
      const before = await requireInstalledAddOn(c, c.req.valid("param").Sid);
      const row = await change(c, before, {
        ...(name !== undefined && { uniqueName: name }),
        ...(posted !== undefined && { configuration: JSON.stringify(requireConfiguration(c, await requirePinnedVersion(c, before), posted)) }),
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

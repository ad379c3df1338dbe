import { OpenAPIHono } from "@hono/zod-openapi";
import { INTEGRATION_POINTS } from "../domain/catalog/add-on-type.ts";
import { extensionsOf, type ExtensionStates } from "../domain/catalog/extension-states.ts";
import { INCOMING_INSTALLS_ENABLED } from "../domain/limits.ts";
import { extensionSid } from "../domain/sid.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { requireInstalledAddOn } from "../http/installed-add-on.ts";
import { pageParameters, pageRequest, v1List, v1ListSchema } from "../http/paging.ts";
import { refuse, required } from "../http/refused.ts";
import { booleanParameter, declare, form, json, z } from "../http/route.ts";
import { pageOfWhole } from "../http/whole-list.ts";
import { setExtensionEnabled } from "../platform/d1/installed-add-on-extensions.ts";
import type { InstalledAddOnRow } from "../platform/d1/installed-add-ons.ts";

const extension = z
  .object({
    sid: z.string(),
    installed_add_on_sid: z.string(),
    friendly_name: z.string(),
    product_name: z.string(),
    unique_name: z.string(),
    enabled: z.boolean(),
    url: z.string(),
  })
  .openapi("InstalledAddOnExtension");

const ofExtension = z.object({ InstalledAddOnSid: z.string(), Sid: z.string() });

/** Where an installed add-on runs. */
export const installedAddOnExtensionRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/InstalledAddOns/{InstalledAddOnSid}/Extensions",
      summary: "Lists the integration points of an installed add-on.",
      request: { params: z.object({ InstalledAddOnSid: z.string() }), query: z.object(pageParameters) },
      responses: { 200: json(v1ListSchema("extensions", extension), "A page of extensions") },
    }),
    async (c) => {
      const extensions = await extensionAnswers(c, await requireInstalledAddOn(c, c.req.valid("param").InstalledAddOnSid));
      const page = pageOfWhole(extensions, pageRequest(c.req.valid("query"), "XF"));
      return c.json(v1List(c, "extensions", page, page.items), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/InstalledAddOns/{InstalledAddOnSid}/Extensions/{Sid}",
      summary: "Fetches an integration point of an installed add-on.",
      request: { params: ofExtension },
      responses: { 200: json(extension, "The extension") },
    }),
    async (c) => c.json(await requireExtension(c, c.req.valid("param")), 200),
  )
  .openapi(
    declare("account", {
      method: "post",
      path: "/v1/InstalledAddOns/{InstalledAddOnSid}/Extensions/{Sid}",
      summary: "Enables or disables an installed add-on at an integration point.",
      request: { params: ofExtension, ...form(z.object({ Enabled: booleanParameter })) },
      responses: { 200: json(extension, "The extension") },
    }),
    async (c) => {
      const { gateway, accountSid } = c.var;
      const { Enabled: enabled } = c.req.valid("form");
      const { installed_add_on_sid: sid, unique_name: name } = await requireExtension(c, c.req.valid("param"));
      if (!(await setExtensionEnabled(gateway.d1, accountSid, sid, name, enabled))) {
        await requireInstalledAddOn(c, sid);
        refuse({ kind: "conflict", message: `${INCOMING_INSTALLS_ENABLED} installed add-ons have the extension ${name} enabled already on a number that ${sid} would run on: disable one of them first` });
      }
      gateway.snapshots.drop(accountSid);
      return c.json(await requireExtension(c, c.req.valid("param")), 200);
    },
  );

async function requireExtension(c: AppContext, { InstalledAddOnSid, Sid }: z.infer<typeof ofExtension>) {
  const extensions = await extensionAnswers(c, await requireInstalledAddOn(c, InstalledAddOnSid));
  return required(extensions.find((candidate) => candidate.sid === Sid), "extension", Sid);
}

async function extensionAnswers(c: AppContext, { sid: installed_add_on_sid, addOnSid, extensions }: InstalledAddOnRow) {
  const states: ExtensionStates = JSON.parse(extensions);
  return Promise.all(
    extensionsOf(states).map(async (unique_name) => {
      const { friendlyName: friendly_name, productName: product_name } = INTEGRATION_POINTS[unique_name];
      const sid = await extensionSid(addOnSid, unique_name);
      const url = `${c.var.gateway.settings.publicUrl}/v1/InstalledAddOns/${installed_add_on_sid}/Extensions/${sid}`;
      return { sid, installed_add_on_sid, friendly_name, product_name, unique_name, enabled: states[unique_name] === true, url };
    }),
  );
}

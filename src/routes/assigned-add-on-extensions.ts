import { OpenAPIHono } from "@hono/zod-openapi";
import { INTEGRATION_POINTS } from "../domain/catalog/add-on-type.ts";
import { extensionsOf, type ExtensionStates } from "../domain/catalog/extension-states.ts";
import { extensionSid } from "../domain/sid.ts";
import { assignedAddOnUri, requireAssignedAddOn } from "../http/assigned-add-on.ts";
import type { AppEnv } from "../http/context.ts";
import { classicList, classicListSchema, pageParameters, pageRequest } from "../http/paging.ts";
import { required } from "../http/refused.ts";
import { declare, json, z } from "../http/route.ts";
import { pageOfWhole } from "../http/whole-list.ts";
import type { AssignedAddOnRow } from "../platform/d1/assigned-add-ons.ts";

const extension = z
  .object({
    sid: z.string(),
    account_sid: z.string(),
    resource_sid: z.string(),
    assigned_add_on_sid: z.string(),
    friendly_name: z.string(),
    product_name: z.string(),
    unique_name: z.string(),
    enabled: z.boolean(),
    uri: z.string(),
  })
  .openapi("AssignedAddOnExtension");

const ofAssigned = z.object({ AccountSid: z.string(), ResourceSid: z.string(), AssignedAddOnSid: z.string() });
const ofExtension = ofAssigned.extend({ Sid: z.string() });

/** Where an assigned add-on runs. Extensions are switched where the add-on is installed: for all of its numbers at once. */
export const assignedAddOnExtensionRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", {
      method: "get",
      path: "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{ResourceSid}/AssignedAddOns/{AssignedAddOnSid}/Extensions",
      summary: "Lists the integration points of an assigned add-on.",
      request: { params: ofAssigned, query: z.object(pageParameters) },
      responses: { 200: json(classicListSchema("extensions", extension), "A page of extensions") },
    }),
    async (c) => {
      const { ResourceSid, AssignedAddOnSid } = c.req.valid("param");
      const extensions = await extensionAnswers(await requireAssignedAddOn(c, ResourceSid, AssignedAddOnSid));
      const page = pageOfWhole(extensions, pageRequest(c.req.valid("query"), "XF"));
      return c.json(classicList(c, "extensions", page, page.items), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{ResourceSid}/AssignedAddOns/{AssignedAddOnSid}/Extensions/{Sid}",
      summary: "Fetches an integration point of an assigned add-on.",
      request: { params: ofExtension },
      responses: { 200: json(extension, "The extension") },
    }),
    async (c) => {
      const { ResourceSid, AssignedAddOnSid, Sid } = c.req.valid("param");
      const extensions = await extensionAnswers(await requireAssignedAddOn(c, ResourceSid, AssignedAddOnSid));
      return c.json(required(extensions.find((candidate) => candidate.sid === Sid), "extension", Sid), 200);
    },
  );

async function extensionAnswers(row: AssignedAddOnRow) {
  const states: ExtensionStates = JSON.parse(row.extensions);
  return Promise.all(
    extensionsOf(states).map(async (unique_name) => {
      const { friendlyName: friendly_name, productName: product_name } = INTEGRATION_POINTS[unique_name];
      const sid = await extensionSid(row.addOnSid, unique_name);
      const whose = { account_sid: row.accountSid, resource_sid: row.phoneNumberSid, assigned_add_on_sid: row.sid };
      return { sid, ...whose, friendly_name, product_name, unique_name, enabled: states[unique_name] === true, uri: `${assignedAddOnUri(row)}/Extensions/${sid}.json` };
    }),
  );
}

import { OpenAPIHono } from "@hono/zod-openapi";
import { INTEGRATION_POINTS, type IntegrationPoint } from "../domain/catalog/add-on-type.ts";
import { fillableSchema } from "../domain/catalog/configuration.ts";
import { definitionSchema } from "../domain/catalog/definition.ts";
import { CATALOGUE_PAGE_SIZE, SEARCH_CHARACTERS } from "../domain/limits.ts";
import { extensionSid } from "../domain/sid.ts";
import { requireAvailableAddOn } from "../http/available-add-on.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { pageParameters, pageRequest, v1List, v1ListSchema } from "../http/paging.ts";
import { required } from "../http/refused.ts";
import { declare, json, z } from "../http/route.ts";
import { pageOfWhole } from "../http/whole-list.ts";
import { listAvailableAddOns, type AvailableAddOnRow } from "../platform/d1/catalogue.ts";

const availableAddOn = z
  .object({
    sid: z.string(),
    friendly_name: z.string(),
    description: z.string(),
    pricing_type: z.string(),
    configuration_schema: z.record(z.string(), z.unknown()),
    url: z.string(),
    links: z.object({ extensions: z.string(), versions: z.string(), listing: z.string() }),
  })
  .openapi("AvailableAddOn");

const extension = z
  .object({
    sid: z.string(),
    available_add_on_sid: z.string(),
    friendly_name: z.string(),
    product_name: z.string(),
    unique_name: z.string(),
    url: z.string(),
  })
  .openapi("AvailableAddOnExtension");

const filters = {
  Search: z.string().min(1).max(SEARCH_CHARACTERS).optional().openapi({ description: "A part of the unique name, friendly name or description" }),
  Type: definitionSchema.shape.type.optional(),
  Extension: definitionSchema.shape.extensions.element.optional().openapi({ description: "Add-ons that run at this integration point" }),
};

/** The marketplace: what any account can install. */
export const availableAddOnRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/AvailableAddOns",
      summary: "Lists the add-ons that can be installed.",
      request: { query: z.object({ ...pageParameters, ...filters }) },
      responses: { 200: json(v1ListSchema("available_add_ons", availableAddOn), "A page of add-ons") },
    }),
    async (c) => {
      const { Search: search, Type: type, Extension: at, ...paging } = c.req.valid("query");
      const { gateway } = c.var;
      const page = await listAvailableAddOns(gateway.db, { search, type, extension: at }, pageRequest(paging, "XB", CATALOGUE_PAGE_SIZE));
      return c.json(v1List(c, "available_add_ons", page, page.items.map((row) => addOnAnswer(row, gateway.settings.publicUrl))), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/AvailableAddOns/{Sid}",
      summary: "Fetches an add-on that can be installed, or that the caller has installed.",
      request: { params: z.object({ Sid: z.string() }) },
      responses: { 200: json(availableAddOn, "The add-on") },
    }),
    async (c) => c.json(addOnAnswer(await requireAvailableAddOn(c, c.req.valid("param").Sid), c.var.gateway.settings.publicUrl), 200),
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/AvailableAddOns/{AvailableAddOnSid}/Extensions",
      summary: "Lists the integration points of an add-on.",
      request: { params: z.object({ AvailableAddOnSid: z.string() }), query: z.object(pageParameters) },
      responses: { 200: json(v1ListSchema("extensions", extension), "A page of extensions") },
    }),
    async (c) => {
      const extensions = await extensionAnswers(c, c.req.valid("param").AvailableAddOnSid);
      const page = pageOfWhole(extensions, pageRequest(c.req.valid("query"), "XF"));
      return c.json(v1List(c, "extensions", page, page.items), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/AvailableAddOns/{AvailableAddOnSid}/Extensions/{Sid}",
      summary: "Fetches an integration point of an add-on.",
      request: { params: z.object({ AvailableAddOnSid: z.string(), Sid: z.string() }) },
      responses: { 200: json(extension, "The extension") },
    }),
    async (c) => {
      const { AvailableAddOnSid: addOnSid, Sid: sid } = c.req.valid("param");
      const extensions = await extensionAnswers(c, addOnSid);
      return c.json(required(extensions.find((candidate) => candidate.sid === sid), "extension", sid), 200);
    },
  );

function addOnAnswer(row: AvailableAddOnRow, publicUrl: string) {
  const url = `${publicUrl}/v1/AvailableAddOns/${row.sid}`;
  const schema: Record<string, unknown> = JSON.parse(row.configurationSchema);
  return {
    sid: row.sid,
    friendly_name: row.friendlyName,
    description: row.description,
    pricing_type: row.pricingModel.replaceAll("_", " "),
    configuration_schema: fillableSchema(row.type, schema),
    url,
    links: { extensions: `${url}/Extensions`, versions: `${url}/Versions`, listing: `${publicUrl}/v1/Listing/${row.sid}` },
  };
}

async function extensionAnswers(c: AppContext, addOnSid: string) {
  const { sid: available_add_on_sid, extensions } = await requireAvailableAddOn(c, addOnSid);
  const names: IntegrationPoint[] = JSON.parse(extensions);
  return Promise.all(
    names.map(async (unique_name) => {
      const { friendlyName: friendly_name, productName: product_name } = INTEGRATION_POINTS[unique_name];
      const sid = await extensionSid(available_add_on_sid, unique_name);
      const url = `${c.var.gateway.settings.publicUrl}/v1/AvailableAddOns/${available_add_on_sid}/Extensions/${sid}`;
      return { sid, available_add_on_sid, friendly_name, product_name, unique_name, url };
    }),
  );
}

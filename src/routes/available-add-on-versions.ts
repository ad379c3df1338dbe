import { OpenAPIHono } from "@hono/zod-openapi";
import { fillableSchema } from "../domain/catalog/configuration.ts";
import { definitionSchema, type Definition } from "../domain/catalog/definition.ts";
import { fieldsSent } from "../domain/catalog/fields-sent.ts";
import { requireAvailableAddOn } from "../http/available-add-on.ts";
import { DEFINITIONS_PER_PAGE } from "../domain/limits.ts";
import type { AppEnv } from "../http/context.ts";
import { isoDate } from "../http/dates.ts";
import { pageParameters, pageRequest, v1List, v1ListSchema } from "../http/paging.ts";
import { required } from "../http/refused.ts";
import { declare, json, z } from "../http/route.ts";
import type { VersionRow } from "../platform/d1/add-ons.ts";
import { getPublicVersion, listPublicVersions } from "../platform/d1/catalogue.ts";

const text = z.string().nullable();
const { pricing, type, extensions } = definitionSchema.shape;

/** What a developer has to know of a version, and no more: where and how its publisher is called is the publisher's affair. */
const version = z
  .object({
    sid: z.string(),
    available_add_on_sid: z.string(),
    number: z.int(),
    status: z.enum(["active", "retired"]),
    friendly_name: z.string(),
    description: z.string(),
    type,
    category: text,
    extensions,
    pricing,
    configuration_schema: z.record(z.string(), z.unknown()),
    runtime_fields: z.record(z.string(), z.object({ required: z.boolean(), description: text })),
    fields_sent: z.array(z.object({ name: z.string(), hashed: z.boolean() })).openapi({ description: "The template fields that leave to the publisher; hashed: only as their SHA-256" }),
    sample_response: z.record(z.string(), z.unknown()).nullable(),
    documentation_url: text,
    terms_url: text,
    privacy_url: text,
    support_email: text,
    change_notes: text,
    sunset_date: text.openapi({ description: "When a retired version stops" }),
    date_created: z.string(),
    date_updated: z.string(),
    url: z.string(),
    links: z.object({ available_add_on: z.string() }),
  })
  .openapi("AvailableAddOnVersion");

/** The versions of an add-on that run: those that can be installed, and retired ones that installs may still be pinned to. */
export const availableAddOnVersionRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/AvailableAddOns/{AvailableAddOnSid}/Versions",
      summary: "Lists the active and retired versions of an add-on.",
      request: { params: z.object({ AvailableAddOnSid: z.string() }), query: z.object(pageParameters) },
      responses: { 200: json(v1ListSchema("versions", version), "A page of versions") },
    }),
    async (c) => {
      const { gateway } = c.var;
      const addOn = await requireAvailableAddOn(c, c.req.valid("param").AvailableAddOnSid);
      const page = await listPublicVersions(gateway.db, addOn.sid, pageRequest(c.req.valid("query"), "XC", DEFINITIONS_PER_PAGE));
      return c.json(v1List(c, "versions", page, page.items.map((row) => versionAnswer(row, gateway.settings.publicUrl))), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/AvailableAddOns/{AvailableAddOnSid}/Versions/{Sid}",
      summary: "Fetches an active or retired version of an add-on.",
      request: { params: z.object({ AvailableAddOnSid: z.string(), Sid: z.string() }) },
      responses: { 200: json(version, "The version") },
    }),
    async (c) => {
      const { gateway } = c.var;
      const { AvailableAddOnSid: addOnSid, Sid: sid } = c.req.valid("param");
      const addOn = await requireAvailableAddOn(c, addOnSid);
      const row = required(await getPublicVersion(gateway.db, addOn.sid, sid), "version", sid);
      return c.json(versionAnswer(row, gateway.settings.publicUrl), 200);
    },
  );

function versionAnswer(row: VersionRow, publicUrl: string) {
  const definition: Definition = JSON.parse(row.definition);
  const addOnUrl = `${publicUrl}/v1/AvailableAddOns/${row.addOnSid}`;
  return {
    sid: row.sid,
    available_add_on_sid: row.addOnSid,
    number: row.number,
    status: row.status === "active" ? ("active" as const) : ("retired" as const),
    friendly_name: definition.friendly_name,
    description: definition.description,
    type: definition.type,
    category: definition.category ?? null,
    extensions: definition.extensions,
    pricing: definition.pricing,
    configuration_schema: fillableSchema(definition.type, definition.configuration_schema),
    runtime_fields: Object.fromEntries(Object.entries(definition.runtime_fields).map(([name, field]) => [name, { required: field.required, description: field.description ?? null }])),
    fields_sent: fieldsSent(definition.request),
    sample_response: definition.sample_response ?? null,
    documentation_url: definition.documentation_url ?? null,
    terms_url: definition.terms_url ?? null,
    privacy_url: definition.privacy_url ?? null,
    support_email: definition.support_email ?? null,
    change_notes: definition.change_notes ?? null,
    sunset_date: row.sunsetAt === null ? null : isoDate(row.sunsetAt),
    date_created: isoDate(row.createdAt),
    date_updated: isoDate(row.updatedAt),
    url: `${addOnUrl}/Versions/${row.sid}`,
    links: { available_add_on: addOnUrl },
  };
}

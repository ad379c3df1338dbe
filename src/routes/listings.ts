import { OpenAPIHono } from "@hono/zod-openapi";
import { isJsonObject } from "../domain/json-document.ts";
import { LISTING_DOCUMENT_CHARACTERS } from "../domain/limits.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { jsonObjectText } from "../http/json-parameter.ts";
import { refuse, required } from "../http/refused.ts";
import { declare, form, json, z } from "../http/route.ts";
import { getOwnStorefrontByName, getStorefront, listOwnListings, setListing, type ListingChange, type Storefront } from "../platform/d1/listings.ts";

const storefrontText = z.record(z.string(), z.unknown()).nullable();

const listing = z
  .object({
    sid: z.string(),
    url: z.string(),
    description: storefrontText,
    support: storefrontText,
    policies: storefrontText,
    module_info: storefrontText,
    documentation: storefrontText,
    configuration: storefrontText,
    pricing: storefrontText,
  })
  .openapi("Listing");

const ownListings = z
  .object({ listings: z.array(z.looseObject({ sid: z.string() })).openapi({ description: "Each listing's module_info, with the add-on's SID" }) })
  .openapi("Listings");

const text = jsonObjectText(LISTING_DOCUMENT_CHARACTERS);
const optionalText = text.optional();

const listingParameters = z.object({
  ModuleInfo: optionalText,
  Description: optionalText,
  Documentation: optionalText,
  Policies: optionalText,
  Support: optionalText,
  Configuration: optionalText,
  Pricing: optionalText,
});

const ofListing = z.object({ Sid: z.string() });

/** An add-on's storefront: what people read before they install it. */
export const listingRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/Listings",
      summary: "Lists the caller's own listings, the newest first.",
      responses: { 200: json(ownListings, "The listings") },
    }),
    async (c) => {
      const rows = await listOwnListings(c.var.gateway.db, c.var.accountSid);
      return c.json({ listings: rows.map(({ addOnSid, moduleInfo }) => ({ ...objectOf(moduleInfo), sid: addOnSid })) }, 200);
    },
  )
  .openapi(
    declare("account", {
      method: "post",
      path: "/v1/Listings",
      summary: "Creates the listing of one of the caller's add-ons, which ModuleInfo names by its sid or unique_name.",
      request: form(z.object({ ModuleInfo: text, Configuration: optionalText })),
      responses: { 200: json(listing, "The listing") },
    }),
    async (c) => {
      const { ModuleInfo, Configuration } = c.req.valid("form");
      const storefront = await requireNamedStorefront(c, JSON.parse(ModuleInfo));
      return c.json(await changeListing(c, storefront, { ModuleInfo, Configuration }), 200);
    },
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/Listing/{Sid}",
      summary: "Fetches the listing of an add-on.",
      request: { params: ofListing },
      responses: { 200: json(listing, "The listing") },
    }),
    async (c) => c.json(listingAnswer(await requireStorefront(c, c.req.valid("param").Sid), c.var.gateway.settings.publicUrl), 200),
  )
  .openapi(
    declare("account", {
      method: "post",
      path: "/v1/Listing/{Sid}",
      summary: "Sets texts of the listing of one of the caller's own add-ons.",
      request: { params: ofListing, ...form(listingParameters) },
      responses: { 200: json(listing, "The listing") },
    }),
    async (c) => {
      const storefront = await requireStorefront(c, c.req.valid("param").Sid);
      return c.json(await changeListing(c, storefront, c.req.valid("form")), 200);
    },
  );

async function requireStorefront(c: AppContext, sid: string): Promise<Storefront> {
  return required(await getStorefront(c.var.gateway.db, c.var.accountSid, sid), "listing", sid);
}

/** The public request has no SID, so what it describes says which add-on that is. */
async function requireNamedStorefront(c: AppContext, moduleInfo: unknown): Promise<Storefront> {
  const { sid, unique_name: name } = isJsonObject(moduleInfo) ? moduleInfo : {};
  if (typeof sid === "string") return requireStorefront(c, sid);
  if (typeof name === "string") return required(await getOwnStorefrontByName(c.var.gateway.db, c.var.accountSid, name), "add-on", name);
  return refuse({ kind: "invalid", parameter: "ModuleInfo", message: "ModuleInfo must name one of your add-ons by its sid or unique_name" });
}

async function changeListing(c: AppContext, storefront: Storefront, posted: Partial<z.infer<typeof listingParameters>>) {
  const { gateway, accountSid } = c.var;
  // Anybody may read it; to write it, it must be one's own, and another's is not found, as everywhere.
  if (storefront.ownerSid !== accountSid) refuse({ kind: "not_found", message: `The listing ${storefront.addOnSid} was not found among this account's` });
  const change: ListingChange = {
    ...(posted.ModuleInfo !== undefined && { moduleInfo: posted.ModuleInfo }),
    ...(posted.Description !== undefined && { description: posted.Description }),
    ...(posted.Documentation !== undefined && { documentation: posted.Documentation }),
    ...(posted.Policies !== undefined && { policies: posted.Policies }),
    ...(posted.Support !== undefined && { support: posted.Support }),
    ...(posted.Configuration !== undefined && { configuration: posted.Configuration }),
    ...(posted.Pricing !== undefined && { pricing: posted.Pricing }),
  };
  const changed = Object.keys(change).length === 0 ? storefront.listing : await setListing(gateway.db, storefront, change);
  return listingAnswer({ ...storefront, listing: changed }, gateway.settings.publicUrl);
}

function listingAnswer({ addOnSid, listing: row }: Storefront, publicUrl: string) {
  return {
    sid: addOnSid,
    url: `${publicUrl}/v1/Listing/${addOnSid}`,
    description: objectOf(row?.description),
    support: objectOf(row?.support),
    policies: objectOf(row?.policies),
    module_info: objectOf(row?.moduleInfo),
    documentation: objectOf(row?.documentation),
    configuration: objectOf(row?.configuration),
    pricing: objectOf(row?.pricing),
  };
}

const objectOf = (document: string | null | undefined): Record<string, unknown> | null => (document ? JSON.parse(document) : null);

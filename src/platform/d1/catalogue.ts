import { and, eq, inArray, isNotNull, or, sql, type SQL } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import type { AddOnTypeName, IntegrationPoint } from "../../domain/catalog/add-on-type.ts";
import type { Pricing } from "../../domain/catalog/definition.ts";
import type { VersionRow } from "./add-ons.ts";
import { pageQuery, type Page, type PageRequest } from "./page.ts";
import { addOns, addOnVersions } from "./schema.ts";

/** An add-on as developers see it: what its active version says, or its last one once all are retired. */
export type AvailableAddOnRow = {
  sid: string;
  type: AddOnTypeName;
  createdAt: number;
  friendlyName: string;
  description: string;
  pricingModel: Pricing["model"];
  /** JSON. */
  configurationSchema: string;
  /** JSON: a list of integration points. */
  extensions: string;
};

export type CatalogueFilter = { search?: string | undefined; type?: AddOnTypeName | undefined; extension?: IntegrationPoint | undefined };

/** Versions that a developer may see: one that was never approved is its publisher's affair. */
const publicVersion = inArray(addOnVersions.status, ["active", "retired"]);

const shownVersionSid = sql<string>`COALESCE(${addOns.activeVersionSid},
  (SELECT v.sid FROM add_on_versions v WHERE v.add_on_sid = ${addOns.sid} AND v.status = 'retired' ORDER BY v.number DESC LIMIT 1))`;

const ofDefinition = <T extends string>(path: string): SQL<T> => sql<T>`json_extract(${addOnVersions.definition}, ${path})`;

/** The whole definition may be 256 KB, so a list takes only what it shows. */
const shown = {
  sid: addOns.sid,
  type: addOns.type,
  createdAt: addOns.createdAt,
  friendlyName: ofDefinition("$.friendly_name"),
  description: ofDefinition("$.description"),
  pricingModel: ofDefinition<Pricing["model"]>("$.pricing.model"),
  configurationSchema: ofDefinition("$.configuration_schema"),
  extensions: ofDefinition("$.extensions"),
};

export async function listAvailableAddOns(db: DrizzleD1Database, filter: CatalogueFilter, request: PageRequest): Promise<Page<AvailableAddOnRow>> {
  const page = pageQuery(request, addOns);
  const where = and(
    page.where,
    filter.search === undefined ? undefined : matches(filter.search),
    filter.type === undefined ? undefined : eq(addOns.type, filter.type),
    filter.extension === undefined ? undefined : sql`EXISTS (SELECT 1 FROM json_each(${addOnVersions.definition}, '$.extensions') WHERE value = ${filter.extension})`,
  );
  const rows = await db
    .select(shown)
    .from(addOns)
    .innerJoin(addOnVersions, eq(addOnVersions.sid, addOns.activeVersionSid))
    .where(where)
    .orderBy(...page.orderBy)
    .limit(page.limit)
    .offset(page.offset);
  return page.pageOf(rows, (row) => ({ createdAtMs: row.createdAt, sid: row.sid }));
}

/** Not LIKE: D1 refuses a pattern over 50 bytes, and a part of a text needs no wildcards. */
function matches(search: string): SQL | undefined {
  const texts = [addOns.uniqueName, shown.friendlyName, shown.description];
  return or(...texts.map((text) => sql`instr(lower(${text}), lower(${search})) > 0`));
}

/** An add-on that can be installed, or that this account has installed: such a one stays to be seen when it is retired. */
export async function getAvailableAddOn(db: DrizzleD1Database, accountSid: string, sid: string): Promise<AvailableAddOnRow | undefined> {
  return db
    .select(shown)
    .from(addOns)
    .innerJoin(addOnVersions, eq(addOnVersions.sid, shownVersionSid))
    .where(and(eq(addOns.sid, sid), isVisibleTo(accountSid)))
    .get();
}

export function isVisibleTo(accountSid: string): SQL | undefined {
  const installed = sql`EXISTS (SELECT 1 FROM installed_add_ons i WHERE i.account_sid = ${accountSid} AND i.add_on_sid = ${addOns.sid})`;
  return or(isNotNull(addOns.activeVersionSid), installed);
}

/** An add-on that was ever approved, with the version that a new install gets: when that is retired, there is none to install. */
export async function getInstallableAddOn(db: DrizzleD1Database, sid: string): Promise<{ uniqueName: string; version: VersionRow } | undefined> {
  return db
    .select({ uniqueName: addOns.uniqueName, version: addOnVersions })
    .from(addOns)
    .innerJoin(addOnVersions, eq(addOnVersions.sid, shownVersionSid))
    .where(eq(addOns.sid, sid))
    .get();
}

export async function listPublicVersions(db: DrizzleD1Database, addOnSid: string, request: PageRequest): Promise<Page<VersionRow>> {
  const page = pageQuery(request, addOnVersions);
  const rows = await db
    .select()
    .from(addOnVersions)
    .where(and(eq(addOnVersions.addOnSid, addOnSid), publicVersion, page.where))
    .orderBy(...page.orderBy)
    .limit(page.limit)
    .offset(page.offset);
  return page.pageOf(rows, (row) => ({ createdAtMs: row.createdAt, sid: row.sid }));
}

export async function getPublicVersion(db: DrizzleD1Database, addOnSid: string, sid: string): Promise<VersionRow | undefined> {
  return db
    .select()
    .from(addOnVersions)
    .where(and(eq(addOnVersions.addOnSid, addOnSid), eq(addOnVersions.sid, sid), publicVersion))
    .get();
}

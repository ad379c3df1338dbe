import { and, desc, eq, or } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { PAGE_SIZE_MAX } from "../../domain/limits.ts";
import { isVisibleTo } from "./catalogue.ts";
import { addOns, listings } from "./schema.ts";

type ListingRow = typeof listings.$inferSelect;

/** An add-on's storefront text; null where its publisher has written none yet. */
export type Storefront = { addOnSid: string; ownerSid: string; listing: ListingRow | null };

/** The texts that are set; each is a JSON object as its publisher wrote it. */
export type ListingChange = Partial<
  Record<"moduleInfo" | "description" | "documentation" | "policies" | "support" | "configuration" | "pricing", string>
>;

/** The storefront of an add-on that an account can see: one of the catalogue, or its own. */
export async function getStorefront(db: DrizzleD1Database, accountSid: string, addOnSid: string): Promise<Storefront | undefined> {
  return selectStorefront(db)
    .where(and(eq(addOns.sid, addOnSid), or(isVisibleTo(accountSid), eq(addOns.accountSid, accountSid))))
    .get();
}

export async function getOwnStorefrontByName(db: DrizzleD1Database, accountSid: string, uniqueName: string): Promise<Storefront | undefined> {
  return selectStorefront(db)
    .where(and(eq(addOns.accountSid, accountSid), eq(addOns.uniqueName, uniqueName)))
    .get();
}

function selectStorefront(db: DrizzleD1Database) {
  return db.select({ addOnSid: addOns.sid, ownerSid: addOns.accountSid, listing: listings }).from(addOns).leftJoin(listings, eq(listings.addOnSid, addOns.sid));
}

/** The newest of an account's own listings; the public API has no pages for them. */
export async function listOwnListings(db: DrizzleD1Database, accountSid: string): Promise<Pick<ListingRow, "addOnSid" | "moduleInfo">[]> {
  return db
    .select({ addOnSid: listings.addOnSid, moduleInfo: listings.moduleInfo })
    .from(addOns)
    .innerJoin(listings, eq(listings.addOnSid, addOns.sid))
    .where(eq(addOns.accountSid, accountSid))
    .orderBy(desc(listings.createdAt), desc(listings.addOnSid))
    .limit(PAGE_SIZE_MAX);
}

/** Sets the texts that are given, and leaves the others as they are. Only its owner gets this far. */
export async function setListing(db: DrizzleD1Database, { addOnSid, ownerSid }: Storefront, change: ListingChange): Promise<ListingRow> {
  const nowMs = Date.now();
  return db
    .insert(listings)
    .values({ addOnSid, accountSid: ownerSid, ...change, createdAt: nowMs, updatedAt: nowMs })
    .onConflictDoUpdate({ target: listings.addOnSid, set: { ...change, updatedAt: nowMs } })
    .returning()
    .get();
}

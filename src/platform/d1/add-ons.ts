import { and, asc, desc, eq, gt, ne, or, sql } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import type { CheckedDefinition } from "../../domain/catalog/definition-check.ts";
import type { Credentials, Definition } from "../../domain/catalog/definition.ts";
import { DEFINITIONS_PER_PAGE } from "../../domain/limits.ts";
import type { Settings } from "../../env.ts";
import { decryptText, encryptText } from "../encryption.ts";
import { newSid } from "../randomness.ts";
import { pageQuery, type Page, type PageRequest } from "./page.ts";
import { insertRetirementAlerts } from "./retirement-alerts.ts";
import { addOns, addOnVersions } from "./schema.ts";

export type AddOnRow = typeof addOns.$inferSelect;
export type VersionRow = typeof addOnVersions.$inferSelect;

/** An add-on with its newest version and the type of its credentials: what its publisher sees. */
export type PublishedAddOn = { addOn: AddOnRow; newest: VersionRow; credentialsType: Credentials["type"] };

export type VersionStatus = VersionRow["status"];

/** @returns null when the unique name is taken, by anybody: it is unique in the marketplace. */
export async function createAddOn(db: DrizzleD1Database, settings: Settings, accountSid: string, checked: CheckedDefinition): Promise<PublishedAddOn | null> {
  const nowMs = Date.now();
  const credentials = checked.credentials ?? { type: "none" };
  const addOn = {
    sid: newSid("XB"),
    accountSid,
    uniqueName: checked.definition.unique_name,
    type: checked.definition.type,
    credentials: "",
    activeVersionSid: null,
    feePercent: null,
    createdAt: nowMs,
    updatedAt: nowMs,
  };
  addOn.credentials = await encryptCredentials(settings, addOn.sid, credentials);
  const newest = versionRow(addOn.sid, 1, checked.definition, nowMs);
  const [inserted] = await db.batch([db.insert(addOns).values(addOn).onConflictDoNothing().returning(), insertVersionOfAddOn(db, newest)]);
  return inserted.length === 0 ? null : { addOn, newest, credentialsType: credentials.type };
}

export async function countAddOns(db: DrizzleD1Database, accountSid: string): Promise<number> {
  return db.$count(addOns, eq(addOns.accountSid, accountSid));
}

/** Only beside its add-on: when the name was taken, the add-on was not inserted, and its version must not be. */
function insertVersionOfAddOn(db: DrizzleD1Database, row: VersionRow) {
  return db.insert(addOnVersions).select(
    db
      .select({
        sid: sql`${row.sid}`.as("sid"),
        addOnSid: addOns.sid,
        number: sql`${row.number}`.as("number"),
        status: sql`${row.status}`.as("status"),
        definition: sql`${row.definition}`.as("definition"),
        rejectReason: sql`NULL`.as("reject_reason"),
        sunsetAt: sql`NULL`.as("sunset_at"),
        createdAt: sql`${row.createdAt}`.as("created_at"),
        updatedAt: sql`${row.updatedAt}`.as("updated_at"),
      })
      .from(addOns)
      .where(eq(addOns.sid, row.addOnSid)),
  );
}

/** @returns the new version, or null when another was created at the same time and took the number. */
export async function createVersion(db: DrizzleD1Database, addOnSid: string, number: number, definition: Definition): Promise<VersionRow | null> {
  const row = versionRow(addOnSid, number, definition, Date.now());
  const inserted = await db.insert(addOnVersions).values(row).onConflictDoNothing().returning();
  return inserted[0] ?? null;
}

function versionRow(addOnSid: string, number: number, definition: Definition, nowMs: number): VersionRow {
  return {
    sid: newSid("XC"),
    addOnSid,
    number,
    status: "draft",
    definition: JSON.stringify(definition),
    rejectReason: null,
    sunsetAt: null,
    createdAt: nowMs,
    updatedAt: nowMs,
  };
}

export const definitionOf = (version: Pick<VersionRow, "definition">): Definition => JSON.parse(version.definition) as Definition;

/** An add-on's versions that run or may yet: all but those that are rejected or past their sunset. Read a page at a time: they may be large. */
export async function* versionsInUse(db: DrizzleD1Database, addOnSid: string, nowMs: number): AsyncGenerator<Pick<VersionRow, "sid" | "number" | "definition">> {
  const { sid, number, definition, status, sunsetAt } = addOnVersions;
  const isInUse = and(eq(addOnVersions.addOnSid, addOnSid), ne(status, "rejected"), or(ne(status, "retired"), gt(sunsetAt, nowMs)));
  for (let after = 0; ; ) {
    const page = await db.select({ sid, number, definition }).from(addOnVersions).where(and(isInUse, gt(number, after))).orderBy(asc(number)).limit(DEFINITIONS_PER_PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < DEFINITIONS_PER_PAGE) return;
    after = last.number;
  }
}

/** A publisher's own add-on. */
export async function getPublishedAddOn(db: DrizzleD1Database, settings: Settings, accountSid: string, sid: string): Promise<PublishedAddOn | null> {
  const rows = await newestVersions(db, and(eq(addOns.accountSid, accountSid), eq(addOns.sid, sid)));
  return rows[0] === undefined ? null : withCredentialsType(settings, rows[0]);
}

export async function listPublishedAddOns(db: DrizzleD1Database, settings: Settings, accountSid: string, request: PageRequest): Promise<Page<PublishedAddOn>> {
  const page = pageQuery(request, addOns);
  const rows = await newestVersions(db, and(eq(addOns.accountSid, accountSid), page.where))
    .orderBy(...page.orderBy)
    .limit(page.limit)
    .offset(page.offset);
  const published = await Promise.all(rows.map((row) => withCredentialsType(settings, row)));
  return page.pageOf(published, ({ addOn }) => ({ createdAtMs: addOn.createdAt, sid: addOn.sid }));
}

function newestVersions(db: DrizzleD1Database, where: ReturnType<typeof and>) {
  const newest = sql`(SELECT MAX(v.number) FROM add_on_versions v WHERE v.add_on_sid = ${addOns.sid})`;
  return db
    .select({ addOn: addOns, newest: addOnVersions })
    .from(addOns)
    .innerJoin(addOnVersions, and(eq(addOnVersions.addOnSid, addOns.sid), eq(addOnVersions.number, newest)))
    .where(where);
}

async function withCredentialsType(settings: Settings, row: { addOn: AddOnRow; newest: VersionRow }): Promise<PublishedAddOn> {
  return { ...row, credentialsType: (await decryptCredentials(settings, row.addOn)).type };
}

export async function listVersions(db: DrizzleD1Database, addOnSid: string, request: PageRequest): Promise<Page<VersionRow>> {
  const page = pageQuery(request, addOnVersions);
  const rows = await db
    .select()
    .from(addOnVersions)
    .where(and(eq(addOnVersions.addOnSid, addOnSid), page.where))
    .orderBy(...page.orderBy)
    .limit(page.limit)
    .offset(page.offset);
  return page.pageOf(rows, (row) => ({ createdAtMs: row.createdAt, sid: row.sid }));
}

export async function getVersion(db: DrizzleD1Database, addOnSid: string, sid: string): Promise<VersionRow | undefined> {
  return db
    .select()
    .from(addOnVersions)
    .where(and(eq(addOnVersions.addOnSid, addOnSid), eq(addOnVersions.sid, sid)))
    .get();
}

/** Any publisher's version, for the operator. */
export async function getAnyVersion(db: DrizzleD1Database, sid: string): Promise<VersionRow | undefined> {
  return db.select().from(addOnVersions).where(eq(addOnVersions.sid, sid)).orderBy(desc(addOnVersions.number)).get();
}

/** Any publisher's add-on, for the operator. */
export async function getAnyAddOn(db: DrizzleD1Database, sid: string): Promise<AddOnRow | undefined> {
  return db.select().from(addOns).where(eq(addOns.sid, sid)).get();
}

export async function setFeePercent(db: DrizzleD1Database, sid: string, feePercent: string | null): Promise<AddOnRow | undefined> {
  return db.update(addOns).set({ feePercent, updatedAt: Date.now() }).where(eq(addOns.sid, sid)).returning().get();
}

/**
 * Changes a version, if its status is still the one that the decision was made from. A retirement is told to all whose installs use it.
 * @param isActive whether new installs get this version from now on; undefined leaves that as it is.
 * @returns the changed version, or undefined when somebody else was first.
 */
export async function changeVersion(
  db: DrizzleD1Database,
  version: VersionRow,
  change: Partial<Pick<VersionRow, "status" | "definition" | "rejectReason" | "sunsetAt">>,
  isActive?: boolean,
): Promise<VersionRow | undefined> {
  const nowMs = Date.now();
  const update = db
    .update(addOnVersions)
    .set({ ...change, updatedAt: nowMs })
    .where(and(eq(addOnVersions.sid, version.sid), eq(addOnVersions.status, version.status), eq(addOnVersions.updatedAt, version.updatedAt)))
    .returning();
  if (isActive === undefined) return (await update)[0];
  // The newest active version is the one to install: also when it is an older one's turn again, after a retirement.
  const newestActive = sql`(SELECT sid FROM add_on_versions WHERE add_on_sid = ${version.addOnSid} AND status = 'active' ORDER BY number DESC LIMIT 1)`;
  const [changed] = await db.batch([
    update,
    db
      .update(addOns)
      .set({ activeVersionSid: newestActive, updatedAt: nowMs })
      .where(eq(addOns.sid, version.addOnSid)),
    ...(change.status === "retired" && change.sunsetAt ? insertRetirementAlerts(db, version, change.sunsetAt, nowMs) : []),
  ]);
  return changed[0];
}

/** Replaces an add-on's credentials for all its versions and installs. */
export async function replaceCredentials(db: DrizzleD1Database, settings: Settings, addOnSid: string, credentials: Credentials): Promise<void> {
  const encrypted = await encryptCredentials(settings, addOnSid, credentials);
  await db.update(addOns).set({ credentials: encrypted, updatedAt: Date.now() }).where(eq(addOns.sid, addOnSid));
}

const encryptCredentials = (settings: Settings, addOnSid: string, credentials: Credentials): Promise<string> =>
  encryptText(settings.encryptionKeys, `add_ons.credentials/${addOnSid}`, JSON.stringify(credentials));

export async function decryptCredentials(settings: Settings, addOn: AddOnRow): Promise<Credentials> {
  return JSON.parse(await decryptText(settings.encryptionKeys, `add_ons.credentials/${addOn.sid}`, addOn.credentials)) as Credentials;
}

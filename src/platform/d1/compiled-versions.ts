import { compileVersion, type CompiledVersion } from "../../domain/catalog/compiled-version.ts";
import { definitionSchema } from "../../domain/catalog/definition.ts";
import type { UnusableVersion } from "../../domain/catalog/install.ts";
import { leastRecentlyUsed } from "../../domain/least-recently-used.ts";
import { COMPILED_VERSIONS_KEPT, COMPILED_VERSIONS_KEPT_CHARACTERS, DEFINITIONS_PER_READ_BYTES } from "../../domain/limits.ts";
import { errorOf, log } from "../log.ts";

export type Version = CompiledVersion | UnusableVersion;
export type Definitions = { sid: string; definition: string }[];

/** Versions by SID, which an account's read works with to its end, whatever is forgotten meanwhile. */
type Held = Map<string, Version>;

/** The versions that an isolate keeps compiled. They are a cache: what one account needs may be more than is kept. */
export type CompiledVersions = {
  /** Those that need not be read. */
  held(): Held;
  /**
   * All of `sids`: those in `held`, those in `read`, and the rest in as many further queries as their size demands. One that cannot
   * be compiled or is not there is unusable, and logged once.
   */
  compiled(session: D1DatabaseSession, sids: ReadonlySet<string>, held: Held, read: Definitions): Promise<(sid: string) => Version>;
};

export const unusable = (sid: string): UnusableVersion => ({ sid, unitPriceMicros: 0 });

export function compiledVersions(): CompiledVersions {
  const kept = leastRecentlyUsed<{ version: Version; sizeCharacters: number }>(COMPILED_VERSIONS_KEPT, {
    max: COMPILED_VERSIONS_KEPT_CHARACTERS,
    of: ({ sizeCharacters }) => sizeCharacters,
  });
  return {
    held: () => new Map(Array.from(kept.entries(), ([sid, { version }]) => [sid, version])),
    async compiled(session, sids, held, read) {
      // To ask for it is what keeps it.
      for (const sid of sids) kept.get(sid);
      for (let definitions = read; ; ) {
        for (const { sid, definition } of definitions) {
          const version = versionOf(sid, definition);
          held.set(sid, version);
          kept.set(sid, { version, sizeCharacters: definition.length });
        }
        const missing = [...sids].filter((sid) => !held.has(sid));
        if (missing.length === 0) break;
        ({ results: definitions } = await session.prepare(DEFINITIONS_BY_SID).bind(JSON.stringify(missing)).all<Definitions[number]>());
        if (definitions.length === 0) for (const sid of missing) held.set(sid, unusable(sid));
      }
      return (sid) => held.get(sid) ?? unusable(sid);
    },
  };
}

/** As many of these versions' definitions as one answer may hold, and at least one. @param wanted a condition on `add_on_versions`. */
export const definitionsOf = (wanted: string): string => `
  SELECT sid, definition FROM add_on_versions WHERE sid IN (
    SELECT sid FROM (
      SELECT sid, size, SUM(size) OVER (ORDER BY sid) AS size_so_far
      FROM (SELECT sid, length(CAST(definition AS BLOB)) AS size FROM add_on_versions WHERE ${wanted}))
    WHERE size_so_far - size < ${DEFINITIONS_PER_READ_BYTES})`;

const DEFINITIONS_BY_SID = definitionsOf("sid IN (SELECT value FROM json_each(?1))");

/** One version, for what runs outside of a request's snapshot. @returns null when it is not there or cannot be run here. */
export async function compiledVersionOf(db: D1Database, sid: string): Promise<CompiledVersion | null> {
  const row = await db.prepare("SELECT definition FROM add_on_versions WHERE sid = ?1").bind(sid).first<{ definition: string }>();
  const version = row === null ? null : versionOf(sid, row.definition);
  return version !== null && "definition" in version ? version : null;
}

function versionOf(sid: string, definition: string): Version {
  try {
    return compileVersion(sid, definitionSchema.parse(JSON.parse(definition)));
  } catch (error) {
    log({ event: "version_unusable", version_sid: sid, ...errorOf(error) });
    return unusable(sid);
  }
}

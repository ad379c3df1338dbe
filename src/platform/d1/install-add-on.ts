import type { ExtensionStates } from "../../domain/catalog/extension-states.ts";
import { INSTALLS_PER_ACCOUNT } from "../../domain/limits.ts";
import { newSid } from "../randomness.ts";
import { EVERY_NUMBER, isAnyFull } from "./incoming-limit.ts";

export type NewInstall = {
  accountSid: string;
  addOnSid: string;
  versionSid: string;
  uniqueName: string;
  /** JSON. */
  configuration: string;
  extensions: ExtensionStates;
};

/** What stands in the way of an install. */
export type InstallObstacle = "name_taken" | "too_many_installs" | "too_many_enabled" | "version_not_active";

/** In the order in which they are reported. */
const OBSTACLES = {
  version_not_active: "NOT EXISTS (SELECT 1 FROM add_ons WHERE sid = ?4 AND active_version_sid = ?5)",
  name_taken: "EXISTS (SELECT 1 FROM installed_add_ons WHERE account_sid = ?2 AND unique_name = ?6)",
  too_many_installs: `(SELECT COUNT(*) FROM installed_add_ons WHERE account_sid = ?2) >= ${INSTALLS_PER_ACCOUNT}`,
  too_many_enabled: isAnyFull({ accountSid: "?2", installedSid: "?1", extensions: "?9", numbers: EVERY_NUMBER }),
} as const satisfies Record<InstallObstacle, string>;

const FIND_OBSTACLE = `SELECT CASE ${Object.entries(OBSTACLES).map(([obstacle, holds]) => `WHEN ${holds} THEN '${obstacle}'`).join(" ")} END AS obstacle`;

const INSERT_INSTALLED_ADD_ON = `INSERT INTO installed_add_ons
    (sid, account_sid, install_sid, add_on_sid, version_sid, unique_name, configuration, extensions, created_at, updated_at)
  SELECT ?1, ?2, COALESCE((SELECT sid FROM installs WHERE account_sid = ?2 AND add_on_sid = ?4), ?3), ?4, ?5, ?6, ?7, ?9, ?8, ?8
  WHERE NOT (${Object.values(OBSTACLES).join(" OR ")})`;

/** The first install of an add-on makes the account's XD, which stays for ever. */
const INSERT_INSTALL = `INSERT INTO installs (sid, account_sid, add_on_sid, created_at)
  SELECT install_sid, account_sid, add_on_sid, created_at FROM installed_add_ons WHERE sid = ?1
  ON CONFLICT (account_sid, add_on_sid) DO NOTHING`;

/**
 * Installs an add-on, or says what stands in the way. All of it is decided in one transaction, so that two requests at once can
 * neither take one name twice nor go over a limit together.
 * @returns the SID of the configured instance (XE).
 */
export async function installAddOn(db: D1Database, install: NewInstall): Promise<{ sid: string } | { obstacle: InstallObstacle }> {
  const sid = newSid("XE");
  const { accountSid, addOnSid, versionSid, uniqueName, configuration } = install;
  const values = [sid, accountSid, newSid("XD"), addOnSid, versionSid, uniqueName, configuration, Date.now(), JSON.stringify(install.extensions)];
  const [found] = await db.batch<{ obstacle: InstallObstacle | null }>([
    db.prepare(FIND_OBSTACLE).bind(...values),
    db.prepare(INSERT_INSTALLED_ADD_ON).bind(...values),
    db.prepare(INSERT_INSTALL).bind(sid),
  ]);
  const obstacle = found?.results[0]?.obstacle ?? null;
  return obstacle === null ? { sid } : { obstacle };
}

import type { ExtensionStates } from "../../domain/catalog/extension-states.ts";
import { INSTALLS_PER_ACCOUNT } from "../../domain/limits.ts";
import { newSid } from "../randomness.ts";
import { EVERY_NUMBER, isAnyFull } from "./incoming-limit.ts";
import { firstOf, insertUnless, noneOf, type Insertion } from "./obstacles.ts";

export type NewInstall = {
  accountSid: string;
  addOnSid: string;
  versionSid: string;
  uniqueName: string;
  /** JSON. */
  configuration: string;
  extensions: ExtensionStates;
};

/** What stands in the way of an install, in the order in which it is reported. */
const OBSTACLES = {
  version_not_active: "NOT EXISTS (SELECT 1 FROM add_ons WHERE sid = ?4 AND active_version_sid = ?5)",
  name_taken: "EXISTS (SELECT 1 FROM installed_add_ons WHERE account_sid = ?2 AND unique_name = ?6)",
  too_many_installs: `(SELECT COUNT(*) FROM installed_add_ons WHERE account_sid = ?2) >= ${INSTALLS_PER_ACCOUNT}`,
  too_many_enabled: isAnyFull({ accountSid: "?2", installedSid: "?1", extensions: "?9", numbers: EVERY_NUMBER }),
} as const;

export type InstallObstacle = keyof typeof OBSTACLES;

const FIND_OBSTACLE = `SELECT ${firstOf(OBSTACLES)} AS obstacle`;

const INSERT_INSTALLED_ADD_ON = `INSERT INTO installed_add_ons
    (sid, account_sid, install_sid, add_on_sid, version_sid, unique_name, configuration, extensions, created_at, updated_at)
  SELECT ?1, ?2, COALESCE((SELECT sid FROM installs WHERE account_sid = ?2 AND add_on_sid = ?4), ?3), ?4, ?5, ?6, ?7, ?9, ?8, ?8
  WHERE ${noneOf(OBSTACLES)}`;

/** The first install of an add-on makes the account's XD, which stays for ever. */
const INSERT_INSTALL = `INSERT INTO installs (sid, account_sid, add_on_sid, created_at)
  SELECT install_sid, account_sid, add_on_sid, created_at FROM installed_add_ons WHERE sid = ?1
  ON CONFLICT (account_sid, add_on_sid) DO NOTHING`;

/**
 * Installs an add-on under the given SID (XE), or says what stands in the way. The insert decides it in one statement, so that two requests at
 * once can neither take one name twice nor go over a limit together.
 */
export async function installAddOn(db: D1Database, sid: string, install: NewInstall): Promise<Insertion<InstallObstacle>> {
  const { accountSid, addOnSid, versionSid, uniqueName, configuration } = install;
  const values = [sid, accountSid, newSid("XD"), addOnSid, versionSid, uniqueName, configuration, Date.now(), JSON.stringify(install.extensions)];
  const insert = [db.prepare(INSERT_INSTALLED_ADD_ON).bind(...values), db.prepare(INSERT_INSTALL).bind(sid)];
  const find = db.prepare(FIND_OBSTACLE).bind(...values);
  return insertUnless(
    async () => ((await db.batch(insert))[0]?.meta.changes ?? 0) > 0,
    () => find.first<InstallObstacle>("obstacle"),
  );
}

import type { IntegrationPoint } from "../../domain/catalog/add-on-type.ts";
import { INCOMING_EXTENSIONS } from "../../domain/catalog/extension-states.ts";
import { INCOMING_INSTALLS_ENABLED } from "../../domain/limits.ts";

const SET_EXTENSION = `UPDATE installed_add_ons SET extensions = json_set(extensions, ?3, json(?4)), updated_at = ?5
  WHERE account_sid = ?1 AND sid = ?2 AND json_type(extensions, ?3) IS NOT NULL`;

/** Only the others count: enabling what is enabled already changes nothing. */
const WITHIN_LIMIT = `(SELECT COUNT(*) FROM installed_add_ons other
  WHERE other.account_sid = ?1 AND other.sid <> ?2 AND json_extract(other.extensions, ?3)) < ${INCOMING_INSTALLS_ENABLED}`;

/**
 * Switches an install's extension in one statement, so that two requests at once cannot go over the limit together.
 * @returns false when the install is not there any more, or when as many others as may be have an incoming extension enabled.
 */
export async function setExtensionEnabled(db: D1Database, accountSid: string, sid: string, extension: IntegrationPoint, enabled: boolean): Promise<boolean> {
  const limited = enabled && INCOMING_EXTENSIONS.includes(extension);
  const { meta } = await db
    .prepare(limited ? `${SET_EXTENSION} AND ${WITHIN_LIMIT}` : SET_EXTENSION)
    .bind(accountSid, sid, `$."${extension}"`, String(enabled), Date.now())
    .run();
  return meta.changes > 0;
}

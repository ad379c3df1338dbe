import type { IntegrationPoint } from "../../domain/catalog/add-on-type.ts";
import { INCOMING_EXTENSIONS } from "../../domain/catalog/extension-states.ts";
import { isFull } from "./incoming-limit.ts";

const SET_EXTENSION = `UPDATE installed_add_ons SET extensions = json_set(extensions, ?3, json(?4)), updated_at = ?5
  WHERE account_sid = ?1 AND sid = ?2 AND json_type(extensions, ?3) IS NOT NULL`;

const ASSIGNMENTS = "SELECT phone_number_sid FROM assigned_add_ons WHERE installed_add_on_sid = ?2";

/** Only the others count: enabling what is enabled already changes nothing. */
const IS_FULL = isFull({
  accountSid: "?1",
  installedSid: "?2",
  extension: "?3",
  numbers: `(NOT EXISTS (${ASSIGNMENTS}) OR assigned.phone_number_sid IN (${ASSIGNMENTS}))`,
});

/**
 * Switches an install's extension in one statement, so that two requests at once cannot go over the limit together.
 * @returns false when the install is not there any more, or when as many others as may be have an incoming extension enabled on a number that this one
 * would run on.
 */
export async function setExtensionEnabled(db: D1Database, accountSid: string, sid: string, extension: IntegrationPoint, enabled: boolean): Promise<boolean> {
  const limited = enabled && INCOMING_EXTENSIONS.includes(extension);
  const { meta } = await db
    .prepare(limited ? `${SET_EXTENSION} AND NOT ${IS_FULL}` : SET_EXTENSION)
    .bind(accountSid, sid, `$."${extension}"`, String(enabled), Date.now())
    .run();
  return meta.changes > 0;
}

import { INCOMING_EXTENSIONS } from "../../domain/catalog/extension-states.ts";
import { INCOMING_INSTALLS_ENABLED } from "../../domain/limits.ts";

/**
 * What would run on what comes in, as SQL expressions.
 * - `extension`: the JSON path of the extension in an install's `extensions`
 * - `numbers`: which of the account's numbers it would run on, as a condition on `assigned.phone_number_sid`
 */
type WouldRun = { accountSid: string; installedSid: string; extension: string; numbers: string };

/** Without an assignment an install runs on every number, also on those that the account is yet to have. */
export const EVERY_NUMBER = "TRUE";

/**
 * SQL: whether the fullest of the numbers has as many other installs enabled as may be. Those are the ones that are assigned to it, and
 * those that are assigned to none. It is part of the statement that changes something, so that requests at once cannot go over the limit
 * together.
 */
export const isFull = ({ accountSid, installedSid, extension, numbers }: WouldRun): string => `(
  (SELECT COUNT(*) FROM installed_add_ons other
    WHERE other.account_sid = ${accountSid} AND other.sid <> ${installedSid} AND json_extract(other.extensions, ${extension})
      AND NOT EXISTS (SELECT 1 FROM assigned_add_ons WHERE installed_add_on_sid = other.sid))
  + COALESCE((SELECT COUNT(*) AS running FROM installed_add_ons other JOIN assigned_add_ons assigned ON assigned.installed_add_on_sid = other.sid
    WHERE other.account_sid = ${accountSid} AND other.sid <> ${installedSid} AND json_extract(other.extensions, ${extension}) AND ${numbers}
    GROUP BY assigned.phone_number_sid ORDER BY running DESC LIMIT 1), 0)
  >= ${INCOMING_INSTALLS_ENABLED})`;

/**
 * SQL: the same for every incoming extension that is enabled.
 * @param extensions the states of the install's extensions, as JSON.
 */
export const isAnyFull = ({ extensions, ...wouldRun }: Omit<WouldRun, "extension"> & { extensions: string }): string => `EXISTS (
  SELECT 1 FROM json_each(${extensions}) AS state
  WHERE state.value = 1 AND state.key IN (${INCOMING_EXTENSIONS.map((extension) => `'${extension}'`).join(", ")})
    AND ${isFull({ ...wouldRun, extension: `'$."' || state.key || '"'` })})`;

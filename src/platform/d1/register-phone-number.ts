import { NUMBERS_PER_ACCOUNT, UNVERIFIED_NUMBERS_PER_ACCOUNT } from "../../domain/limits.ts";
import { newSid } from "../randomness.ts";
import { firstOf, insertUnless, noneOf, type Insertion } from "./obstacles.ts";
import type { PhoneNumberRow } from "./phone-numbers.ts";

export type NewPhoneNumber = Omit<PhoneNumberRow, "sid" | "createdAt" | "updatedAt">;

/** What stands in the way of a number. */
export type PhoneNumberObstacle = "too_many_unverified" | "too_many_numbers" | "number_taken";

/** Who has a number that is taken. */
export type Holder = { sid: string; accountSid: string };

const COLUMNS = `sid, account_sid, phone_number, friendly_name, is_verified, created_at, updated_at,
  sms_url, sms_method, sms_fallback_url, sms_fallback_method,
  voice_url, voice_method, voice_fallback_url, voice_fallback_method, status_callback, status_callback_method`;
const VALUES = "?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16";

/** In the order in which they are reported: an account that can have no further number is not told which are taken. */
const OBSTACLES = {
  too_many_unverified: `?5 = 0 AND (SELECT COUNT(*) FROM phone_numbers WHERE account_sid = ?2 AND NOT is_verified) >= ${UNVERIFIED_NUMBERS_PER_ACCOUNT}`,
  too_many_numbers: `(SELECT COUNT(*) FROM phone_numbers WHERE account_sid = ?2) >= ${NUMBERS_PER_ACCOUNT}`,
  number_taken: "EXISTS (SELECT 1 FROM phone_numbers WHERE phone_number = ?3)",
} as const satisfies Record<PhoneNumberObstacle, string>;

const FIND_OBSTACLE = `SELECT ${firstOf(OBSTACLES)} AS obstacle, holder.sid, holder.account_sid
  FROM (SELECT 1) LEFT JOIN phone_numbers holder ON holder.phone_number = ?3`;

const INSERT = `INSERT INTO phone_numbers (${COLUMNS}) SELECT ${VALUES} WHERE ${noneOf(OBSTACLES)}`;

type Found = { obstacle: PhoneNumberObstacle | null; sid: string | null; account_sid: string | null };

/**
 * Registers a number, or says what stands in the way. The insert decides it in one statement, so that of two accounts at once only one gets a
 * number, and no account goes over a limit.
 * @returns the SID of the number (PN).
 */
export async function registerPhoneNumber(db: D1Database, number: NewPhoneNumber): Promise<{ sid: string } | Exclude<Insertion<Obstacle>, { kind: "inserted" }>> {
  const sid = newSid("PN");
  const { smsUrl, smsMethod, smsFallbackUrl, smsFallbackMethod, voiceUrl, voiceMethod, voiceFallbackUrl, voiceFallbackMethod } = number;
  const identity = [sid, number.accountSid, number.phoneNumber, number.friendlyName, number.isVerified ? 1 : 0];
  const webhooks = [smsUrl, smsMethod, smsFallbackUrl, smsFallbackMethod, voiceUrl, voiceMethod, voiceFallbackUrl, voiceFallbackMethod];
  const insert = db.prepare(INSERT).bind(...identity, Date.now(), ...webhooks, number.statusCallback, number.statusCallbackMethod);
  const insertion = await insertUnless(
    async () => (await insert.run()).meta.changes > 0,
    async () => obstacleOf(await db.prepare(FIND_OBSTACLE).bind(...identity).first<Found>()),
  );
  return insertion.kind === "inserted" ? { sid } : insertion;
}

type Obstacle = { obstacle: PhoneNumberObstacle; holder: Holder | null };

function obstacleOf(found: Found | null): Obstacle | null {
  const { obstacle = null, sid = null, account_sid: accountSid = null } = found ?? {};
  if (obstacle === null) return null;
  return { obstacle, holder: sid === null || accountSid === null ? null : { sid, accountSid } };
}

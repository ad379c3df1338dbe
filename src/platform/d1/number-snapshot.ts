import type { Webhook } from "../../domain/incoming/delivery.ts";
import type { SnapshotReader } from "../snapshots.ts";
import type { LoginReader } from "./known-logins.ts";

/** Everything about a phone number that a message or call to it needs. */
export type NumberSnapshot = {
  /** The number itself in E.164: what it is looked up by, and the name it is kept under. */
  sid: string;
  /** PN. */
  phoneNumberSid: string;
  accountSid: string;
  /** Whether the operator vouches for it, so that the operator's own switch delivers to it. */
  isVerified: boolean;
  sms: Webhook;
  voice: Webhook;
  /** XE: the installs that are assigned to it. */
  assigned: ReadonlySet<string>;
  sizeCharacters: number;
};

type Method = Webhook["method"];

type NumberRow = {
  sid: string;
  account_sid: string;
  is_verified: number;
  sms_url: string | null;
  sms_method: Method;
  sms_fallback_url: string | null;
  sms_fallback_method: Method;
  voice_url: string | null;
  voice_method: Method;
  voice_fallback_url: string | null;
  voice_fallback_method: Method;
  assigned: string;
};

const SELECT = `SELECT *, (SELECT json_group_array(installed_add_on_sid) FROM assigned_add_ons WHERE phone_number_sid = phone_numbers.sid) AS assigned
  FROM phone_numbers WHERE phone_number = ?1`;

/** Reads a phone number by its E.164 form. */
export function numberReader(db: D1Database): SnapshotReader<NumberSnapshot> {
  return async function read(e164, primary) {
    const session = db.withSession(primary ? "first-primary" : "first-unconstrained");
    const row = await session.prepare(SELECT).bind(e164).first<NumberRow>();
    if (row === null) return null;
    const urls = [row.sms_url, row.sms_fallback_url, row.voice_url, row.voice_fallback_url];
    return {
      sid: e164,
      phoneNumberSid: row.sid,
      accountSid: row.account_sid,
      isVerified: row.is_verified === 1,
      sms: { url: row.sms_url, method: row.sms_method, fallbackUrl: row.sms_fallback_url, fallbackMethod: row.sms_fallback_method },
      voice: { url: row.voice_url, method: row.voice_method, fallbackUrl: row.voice_fallback_url, fallbackMethod: row.voice_fallback_method },
      assigned: new Set(JSON.parse(row.assigned) as string[]),
      sizeCharacters: ROW_CHARACTERS + row.assigned.length + urls.reduce((sum, url) => sum + (url?.length ?? 0), 0),
    };
  };
}

const ROW_CHARACTERS = 500;

/** Which of these numbers an account has. */
export function existingNumbers(db: D1Database): LoginReader {
  return async (numbers) => {
    const sql = "SELECT phone_number FROM phone_numbers WHERE phone_number IN (SELECT value FROM json_each(?1))";
    const { results } = await db.withSession("first-primary").prepare(sql).bind(JSON.stringify(numbers)).all<{ phone_number: string }>();
    return new Set(results.map(({ phone_number }) => phone_number));
  };
}

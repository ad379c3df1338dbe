import { isSupportedCountry, parsePhoneNumberFromString, type CountryCode, type PhoneNumber } from "libphonenumber-js";
import { err, ok, type Result } from "./result.ts";

/** A phone number, in the forms that answers and fields have. `nationalFormat` is the number itself where no numbering plan has it. */
export type ParsedPhoneNumber = { e164: string; countryCode: string | null; nationalFormat: string };

const DEFAULT_COUNTRY = "US";
/** E.164 has at most 15 digits; formatted numbers have some more characters. */
const CHARACTERS_MAX = 40;

/**
 * Reads a number as Lookup takes it: with a plus, or as a national number of `countryCode`; digits that are no national number are
 * read as if the plus were there, unless a country was asked for.
 * @param countryCode ISO 3166-1 alpha-2, as the caller sent it.
 * @returns which of the two was wrong; the message never quotes the number.
 */
export function parsePhoneNumber(text: string, countryCode: string | undefined): Result<ParsedPhoneNumber, "phone_number" | "country_code"> {
  const country = countryCode?.toUpperCase() ?? DEFAULT_COUNTRY;
  if (!isSupportedCountry(country)) return err("country_code");
  if (text.length > CHARACTERS_MAX || !/^\+?[\d\s().-]+$/.test(text)) return err("phone_number");
  const number = possible(text, country) ?? (countryCode === undefined && !text.startsWith("+") ? possible(`+${text}`) : null);
  if (number === null) return err("phone_number");
  return ok({ e164: number.number, countryCode: number.country ?? null, nationalFormat: number.formatNational() });
}

/** What people write between the digits: dashes, slashes, dots, spaces, brackets and tildes, also of full width. */
const PUNCTUATION = /[-\u2010-\u2015\u2212\u30FC\uFF0D/\uFF0F.\uFF0E \u00A0\u00AD\u200B\u2060\u3000()\uFF08\uFF09\uFF3B\uFF3D[\]~\u2053\u223C\uFF5E]/g;
const E164 = /^\+[1-9]\d{6,14}$/;

/**
 * The one form under which a number is registered and looked up. Numbering plans drop forms that carriers still send, such as the older Mexican
 * mobile numbers (+521…), so digits that are no possible number stay as they are.
 * @param text with its plus: a national number could be read as somebody else's.
 */
export function normalizedE164(text: string): ParsedPhoneNumber | null {
  const e164 = text.length > CHARACTERS_MAX || !text.startsWith("+") ? "" : text.replaceAll(PUNCTUATION, "");
  if (!E164.test(e164)) return null;
  const number = possible(e164);
  if (number === null) return { e164, countryCode: null, nationalFormat: e164 };
  return { e164: number.number, countryCode: number.country ?? null, nationalFormat: number.formatNational() };
}

function possible(text: string, defaultCountry?: CountryCode): PhoneNumber | null {
  const number = parsePhoneNumberFromString(text, { ...(defaultCountry && { defaultCountry }), extract: false });
  return number?.isPossible() ? number : null;
}

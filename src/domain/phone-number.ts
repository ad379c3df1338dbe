import { isSupportedCountry, parsePhoneNumberFromString, type CountryCode, type PhoneNumber } from "libphonenumber-js";
import { err, ok, type Result } from "./result.ts";

/** A possible phone number, in the forms that answers and fields have. */
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

function possible(text: string, defaultCountry?: CountryCode): PhoneNumber | null {
  const number = parsePhoneNumberFromString(text, { ...(defaultCountry && { defaultCountry }), extract: false });
  return number?.isPossible() ? number : null;
}

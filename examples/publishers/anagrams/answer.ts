import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import { z } from "zod";
import { type AnswerFunction, errorAnswer } from "../answer.ts";
import { buildKeypadIndex } from "./keypad.ts";
import { spell } from "./spell.ts";
import { wordsToSpell } from "./words.ts";

/** At most 10 digits are spelled, the last ones: a whole North American number without its country code. */
const maxSpelledDigits = 10;
/** About 2 KB of JSON; the marketplace takes at most 50 KB from a phone number add-on. */
const maxAnagrams = 100;

const Parameters = z.object({ e164: z.string().max(32) });

/** Builds the index of words, then answers in a few milliseconds per number. */
export function createAnagrams(): AnswerFunction {
  const index = buildKeypadIndex(wordsToSpell(maxSpelledDigits));
  return (parameters) => {
    const parsed = Parameters.safeParse(parameters);
    if (!parsed.success) return errorAnswer("bad_parameters", "The parameter e164 is missing.");
    const number = parsePhoneNumberFromString(parsed.data.e164);
    if (number === undefined) return errorAnswer("not_a_phone_number", "The parameter e164 is not a telephone number in E.164 form.");

    // The country code is never spelled: whoever dials it must recognise it.
    const kept = `+${number.countryCallingCode}${number.nationalNumber.slice(0, -maxSpelledDigits)}`;
    const digits = number.nationalNumber.slice(-maxSpelledDigits);
    return { anagrams: spell(digits, index, maxAnagrams).map((text) => kept + text) };
  };
}

import { describe, expect, it } from "vitest";
import { normalizedE164 } from "../../src/domain/phone-number.ts";

describe("the one form under which a number is kept", () => {
  it.each([
    ["as it is", "+14155550100", "+14155550100", "US", "(415) 555-0100"],
    ["without what people write between digits", "+1 (415) 555-01.00", "+14155550100", "US", "(415) 555-0100"],
    ["without dashes and spaces beyond ASCII", "+1\u00A0415\u2010555\u20130100", "+14155550100", "US", "(415) 555-0100"],
    ["without slashes, tildes and square brackets", "+1/[415]~5550100", "+14155550100", "US", "(415) 555-0100"],
    ["without the zero of a national number", "+44 (0)20 7946 0018", "+442079460018", "GB", "020 7946 0018"],
    ["with the zero that an Italian number has", "+39 06 1234567", "+39061234567", "IT", "06 123 4567"],
    ["without a country where it has none", "+870773111632", "+870773111632", null, "773 111 632"],
  ])("is E.164: %s", (_how, text, e164, countryCode, nationalFormat) => {
    expect(normalizedE164(text)).toEqual({ e164, countryCode, nationalFormat });
  });

  it.each([
    ["the older Mexican mobile form", "+52 1 55 1234 5678", "+5215512345678"],
    ["a calling code that is nobody's", "+99999999999", "+99999999999"],
    ["seven digits, the fewest", "+1234567", "+1234567"],
    ["fifteen digits, the most", "+123456789012345", "+123456789012345"],
  ])("has the digits as they are where no numbering plan has them: %s", (_what, text, e164) => {
    expect(normalizedE164(text)).toEqual({ e164, countryCode: null, nationalFormat: e164 });
  });

  it.each(["+14155550100", "+5215512345678", "+4402079460018", "+541512345678"])("is its own form: %s", (text) => {
    const { e164 = "" } = normalizedE164(text) ?? {};
    expect(e164).toMatch(/^\+[1-9]\d{6,14}$/);
    expect(normalizedE164(e164)?.e164).toBe(e164);
  });

  it.each([
    ["no plus", "14155550100"],
    ["a space instead of the plus", " 14155550100"],
    ["a plus of full width", "\uFF0B14155550100"],
    ["six digits", "+123456"],
    ["sixteen digits", "+1234567890123456"],
    ["a zero first", "+012345678"],
    ["a letter", "+1415555O100"],
    ["an extension", "+14155550100;ext=5"],
    ["a second plus", "++14155550100"],
    ["a line break", "+14155550100\n"],
    ["digits that are not ASCII", "+\u0661\u0664\u0661\u0665\u0665\u0665\u0665\u0660\u0661\u0660\u0660"],
    ["too many characters", `+1415555${"-".repeat(33)}0100`],
    ["nothing", ""],
  ])("does not exist for %s", (_what, text) => {
    expect(normalizedE164(text)).toBeNull();
  });
});

import { describe, expect, test } from "vitest";
import { createAnagrams } from "../../examples/publishers/anagrams/answer.ts";
import { buildKeypadIndex, digitsOf } from "../../examples/publishers/anagrams/keypad.ts";
import { spell } from "../../examples/publishers/anagrams/spell.ts";

const anagrams = createAnagrams();

async function anagramsOf(e164: string): Promise<unknown[]> {
  const answer = await anagrams({ e164 });
  if (!Array.isArray(answer["anagrams"])) throw new Error("the answer has no anagrams");
  return answer["anagrams"];
}

describe("the keypad", () => {
  test.each([
    ["twilio", "894546"],
    ["pqrs", "7777"],
    ["wxyz", "9999"],
    ["Flowers", "3569377"],
    ["naïve", undefined],
    ["co-op", undefined],
  ])("spells %s with %s", (word, digits) => expect(digitsOf(word)).toBe(digits));
});

describe("spelling digits", () => {
  const index = buildKeypadIndex(["call", "now", "mow", "all", "callnow", "no"]);

  test.each<[string, string[]]>([
    ["1001", []],
    ["669", ["MOW", "NOW", "NO9"]],
    ["16690", ["1MOW0", "1NOW0", "1NO90"]],
  ])("gives for %s %j", (digits, expected) => expect(spell(digits, index, 100)).toEqual(expected));

  test("puts the longest word first, then the fewest words, then the most letters", () => {
    expect(spell("2255669", index, 100)).toEqual([
      "CALLNOW",
      "CALL669",
      "CALL-MOW",
      "CALL-NO9",
      "2255MOW",
      "2255NOW",
      "2ALL669",
      "2ALL-MOW",
      "2ALL-NOW",
      "2ALL-NO9",
      "2255NO9",
    ]);
  });

  test("gives no more than it was asked for", () => {
    expect(spell("2255669", index, 3)).toEqual(["CALLNOW", "CALL669", "CALL-MOW"]);
  });

  test("leaves out a split whose letters are one word as well", () => {
    const words = buildKeypadIndex(["there", "the", "re"]);
    expect(spell("84373", words, 100)).toEqual(["THERE", "THE73", "843RE"]);
  });
});

describe("the anagrams of a number", () => {
  test("have the guide's +18778TWILIO for +18778894546", async () => {
    expect(await anagramsOf("+18778894546")).toContain("+18778TWILIO");
  });

  test.each([
    ["+18003569377", "+1800FLOWERS"],
    ["+18004633339", "+1800GO-FEDEX"],
  ])("of %s have %s", async (e164, expected) => expect(await anagramsOf(e164)).toContain(expected));

  test.each(["+18778894546", "+17372737372", "+17873467377", "+8618812345678"])("all dial %s", async (e164) => {
    const spelled = await anagramsOf(e164);
    expect(spelled.length).toBeGreaterThan(0);
    for (const text of spelled) {
      const dialled = String(text).replaceAll("-", "").replace(/[A-Z]/g, (letter) => digitsOf(letter) ?? "?");
      expect(dialled).toBe(e164);
    }
  });

  test("keep the country code in digits, also where it would spell something", async () => {
    const spelled = await anagramsOf("+442079460018");
    expect(spelled.length).toBeGreaterThan(0);
    expect(spelled.filter((text) => !String(text).startsWith("+44"))).toEqual([]);
  });

  test("are at most 100, in far less than the 50 KB that a phone number add-on may answer", async () => {
    const answer = JSON.stringify(await anagrams({ e164: "+17372737372" }));
    expect(JSON.parse(answer).anagrams).toHaveLength(100);
    expect(answer.length).toBeLessThan(4_096);
  });

  test("are none where no key has letters", async () => {
    expect(await anagramsOf("+12021000110")).toEqual([]);
  });

  test.each([{}, { e164: 1 }, { e164: "junk" }, { e164: "+1" }, { e164: "1".repeat(33) }])("are an error object for %j", async (parameters) => {
    expect(await anagrams(parameters)).toEqual({ error: { code: expect.any(String), message: expect.any(String) } });
  });
});

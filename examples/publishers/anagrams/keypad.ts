/** Which words a run of digits spells on a telephone keypad: digits → words in capital letters. */
export type KeypadIndex = ReadonlyMap<string, readonly string[]>;

/** ITU-T E.161. 1 and 0 have no letters. */
const lettersByDigit = {
  "2": "ABC",
  "3": "DEF",
  "4": "GHI",
  "5": "JKL",
  "6": "MNO",
  "7": "PQRS",
  "8": "TUV",
  "9": "WXYZ",
};

const digitByLetter = new Map(
  Object.entries(lettersByDigit).flatMap(([digit, letters]) => letters.split("").map((letter) => [letter, digit] as const)),
);

/** The keys that spell a word; undefined when a character is on no key. */
export function digitsOf(word: string): string | undefined {
  let digits = "";
  for (const letter of word.toUpperCase()) {
    const digit = digitByLetter.get(letter);
    if (digit === undefined) return undefined;
    digits += digit;
  }
  return digits;
}

/** Takes about a third of a second for a dictionary, so build it once, at start; a look-up is then one Map access. */
export function buildKeypadIndex(words: Iterable<string>): KeypadIndex {
  const index = new Map<string, string[]>();
  for (const word of new Set(words)) {
    const digits = digitsOf(word);
    if (digits === undefined) continue;
    const sameKeys = index.get(digits);
    if (sameKeys === undefined) index.set(digits, [word.toUpperCase()]);
    else sameKeys.push(word.toUpperCase());
  }
  return index;
}

import type { KeypadIndex } from "./keypad.ts";

type Spelling = { text: string; words: readonly string[] };

/** A caller remembers no more; it also bounds the work for numbers whose digits spell almost anything. */
const maxWords = 3;

/**
 * Every way to write some of the digits as words: `2255669` → `CALLNOW`, `2255NOW`, `CALL-669` and so on. Digits that no word
 * takes stay; a hyphen stands between neighbouring words.
 */
function spellDigits(digits: string, index: KeypadIndex, wordsLeft: number): Spelling[] {
  const spellings: Spelling[] = [{ text: digits, words: [] }];
  if (wordsLeft === 0) return spellings;
  for (let start = 0; start < digits.length; start += 1) {
    for (let end = start + 1; end <= digits.length; end += 1) {
      const words = index.get(digits.slice(start, end));
      if (words === undefined) continue;
      const kept = digits.slice(0, start);
      const rests = spellDigits(digits.slice(end), index, wordsLeft - 1);
      for (const word of words) {
        for (const rest of rests) {
          const hyphen = /^[A-Z]/.test(rest.text) ? "-" : "";
          spellings.push({ text: kept + word + hyphen + rest.text, words: [word, ...rest.words] });
        }
      }
    }
  }
  return spellings;
}

/**
 * What the digits spell, the best first: the longest word, then fewer words, then more letters, then by the alphabet, in which
 * digits come first, so that words at the end of the number win. `THE-RE` is left out where `THERE` is found.
 */
export function spell(digits: string, index: KeypadIndex, maxSpellings: number): string[] {
  const ranked = spellDigits(digits, index, maxWords)
    .filter(({ words }) => words.length > 0)
    .map(({ text, words }) => ({
      text,
      longest: Math.max(...words.map((word) => word.length)),
      words: words.length,
      letters: words.reduce((sum, word) => sum + word.length, 0),
    }))
    .toSorted((a, b) => b.longest - a.longest || a.words - b.words || b.letters - a.letters || (a.text < b.text ? -1 : 1));

  const bestByLetters = new Map<string, string>();
  for (const { text } of ranked) {
    const letters = text.replaceAll("-", "");
    if (!bestByLetters.has(letters)) bestByLetters.set(letters, text);
    if (bestByLetters.size === maxSpellings) break;
  }
  return [...bestByLetters.values()];
}

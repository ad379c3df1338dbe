import { english } from "./english.ts";
import { spanish } from "./spanish.ts";
import { type Token, recognised } from "./tokens.ts";
import { type Vocabulary, vocabularyOf } from "./vocabulary.ts";

export const languages = { en: english, es: spanish } as const;
export type Language = keyof typeof languages;

/** For a message of neither: its pictures count all the same. */
export const noWords = vocabularyOf({ weights: [], denied: {}, roles: {}, intensifiers: {}, frequent: "", letters: /[^\s\S]/ });

const codes: readonly Language[] = ["en", "es"];

/**
 * The language of which more words are known, English where they are equal; undefined where there is none. Both know "no" or "fatal", which
 * therefore decide nothing.
 */
export function languageOf(tokens: readonly Token[]): Language | undefined {
  let chosen: Language | undefined;
  let most = 0;
  for (const code of codes) {
    const known = tokens.filter((token) => isOf(languages[code], token)).length;
    if (known > most) [chosen, most] = [code, known];
  }
  return chosen;
}

function isOf(vocabulary: Vocabulary, token: Token): boolean {
  return token.kind === "word" && (vocabulary.known.has(recognised(token, vocabulary)) || vocabulary.letters.test(token.word));
}

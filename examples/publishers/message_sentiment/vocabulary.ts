import { keyOf } from "./tokens.ts";

/** What one language brings: all words as keys (`keyOf`), phrases as keys with a space between. */
export type Vocabulary = {
  weights: ReadonlyMap<string, number>;
  longestPhraseWords: number;
  negations: ReadonlySet<string>;
  /** Words that end what a negation before them reaches: "not cheap but good". */
  contrasts: ReadonlySet<string>;
  /** Factors for the word that follows. */
  intensifiers: ReadonlyMap<string, number>;
  /** Factors for the word before: "me gusta mucho". */
  intensifiersAfter: ReadonlyMap<string, number>;
  /** Everything above, single words only, and the frequent words that say nothing but the language. */
  known: ReadonlySet<string>;
  /** Letters that only this one of our languages has. */
  letters: RegExp;
};

export type VocabularyParts = {
  weights: Iterable<readonly [string, number]>;
  negations: string;
  contrasts: string;
  intensifiers: Record<string, number>;
  intensifiersAfter?: Record<string, number>;
  frequent: string;
  letters: RegExp;
};

/** @param parts lists of words with spaces between. A single word of weight 0 is no sentiment at all; a phrase of weight 0 hides its words. */
export function vocabularyOf(parts: VocabularyParts): Vocabulary {
  const weights = new Map<string, number>();
  for (const [text, weight] of parts.weights) {
    const key = text.split(/[\s-]+/).map(keyOf).join(" ");
    if (weight === 0 && !key.includes(" ")) weights.delete(key);
    else weights.set(key, weight);
  }
  const negations = wordsIn(parts.negations);
  const contrasts = wordsIn(parts.contrasts);
  const intensifiers = factors(parts.intensifiers);
  const intensifiersAfter = factors(parts.intensifiersAfter ?? {});
  const single = [...weights.keys()].filter((key) => !key.includes(" "));
  const known = new Set([...single, ...negations, ...contrasts, ...intensifiers.keys(), ...intensifiersAfter.keys(), ...wordsIn(parts.frequent)]);
  const longestPhraseWords = Math.max(...weights.keys().map((key) => key.split(" ").length));
  return { weights, longestPhraseWords, negations, contrasts, intensifiers, intensifiersAfter, known, letters: parts.letters };
}

function wordsIn(list: string): Set<string> {
  return new Set(list.trim().split(/\s+/).map(keyOf));
}

function factors(table: Record<string, number>): Map<string, number> {
  return new Map(Object.entries(table).map(([word, factor]) => [keyOf(word), factor]));
}

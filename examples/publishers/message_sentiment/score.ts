import { emojiWeights } from "./emoji.ts";
import { recognised, type Token } from "./tokens.ts";
import type { Vocabulary } from "./vocabulary.ts";

export type Match = { word: string; score: number };

/** "Not good" is bad, but less so than good is good. */
const negationFactor = -0.75;
/** "I don't think it is a good idea": so many words back. */
const negationReachWords = 5;
const maxIntensity = 2;

/** Each word, phrase and picture with a feeling, with the weight that its neighbours leave it. Without a vocabulary, pictures only. */
export function matchesIn(tokens: readonly Token[], vocabulary: Vocabulary | undefined): Match[] {
  const matches: Match[] = [];
  const keys = tokens.map((token) => (token.kind === "word" && vocabulary !== undefined ? recognised(token, vocabulary) : undefined));
  let scoredUpTo = 0;
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token?.kind === "emoji") {
      const weight = emojiWeights.get(token.key);
      if (weight !== undefined) matches.push({ word: token.word, score: weight });
    }
    const phrase = vocabulary === undefined ? undefined : phraseAt(keys, at, vocabulary);
    if (vocabulary === undefined || phrase === undefined || onlyIntensifies(keys, at, phrase.words, vocabulary)) continue;
    const end = at + phrase.words;
    const negation = isNegated(keys, scoredUpTo, at, vocabulary) ? negationFactor : 1;
    const score = phrase.weight * intensity(keys, at, end, vocabulary) * negation;
    const word = tokens.slice(at, end).map((part) => (part.kind === "break" ? "" : part.word)).join(" ");
    if (phrase.weight !== 0) matches.push({ word, score });
    scoredUpTo = end;
    at = end - 1;
  }
  return matches;
}

type Keys = readonly (string | undefined)[];

/** The longest phrase that begins here: "not working" comes before "working". */
function phraseAt(keys: Keys, at: number, { weights, longestPhraseWords }: Vocabulary): { words: number; weight: number } | undefined {
  for (let words = longestPhraseWords; words > 0; words -= 1) {
    const part = keys.slice(at, at + words);
    if (part.length < words || part.includes(undefined)) continue;
    const weight = weights.get(part.join(" "));
    if (weight !== undefined) return { words, weight };
  }
  return undefined;
}

/** "Super slow" and "awfully nice": before a word with a weight, these have none of their own. */
function onlyIntensifies(keys: Keys, at: number, words: number, vocabulary: Vocabulary): boolean {
  return words === 1 && vocabulary.intensifiers.has(keys[at] ?? "") && phraseAt(keys, at + 1, vocabulary) !== undefined;
}

/** A word that was scored ends it: in "no problem thanks" only the problem is denied. */
function isNegated(keys: Keys, from: number, at: number, { negations, contrasts }: Vocabulary): boolean {
  for (let before = at - 1; before >= Math.max(from, at - negationReachWords); before -= 1) {
    const key = keys[before];
    if (key === undefined || contrasts.has(key)) return false;
    if (negations.has(key)) return true;
  }
  return false;
}

function intensity(keys: Keys, at: number, end: number, { intensifiers, intensifiersAfter }: Vocabulary): number {
  let factor = intensifiersAfter.get(keys[end] ?? "") ?? 1;
  for (let before = at - 1; before >= 0; before -= 1) {
    const found = intensifiers.get(keys[before] ?? "");
    if (found === undefined) break;
    factor *= found;
  }
  return Math.min(maxIntensity, factor);
}

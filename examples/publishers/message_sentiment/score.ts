import { isQuestionMark, isRemedied, type Message, phraseAt, polarityAt, questionAt, wordsOf } from "./clause.ts";
import { emojiWeights } from "./emoji.ts";
import { recognised, type Token } from "./tokens.ts";
import type { Vocabulary } from "./vocabulary.ts";

export type Match = { word: string; score: number };

/** "Not good" is bad, but less so than good is good. */
const negationFactor = -0.75;
const maxIntensity = 2;
/** "Fine but awful" is awful, as VADER has it. */
const contrastFactors = { before: 0.5, after: 1.5 };
/** "Is there a problem?" asks, "Is this a terrible joke?" says something all the same. */
const questionFactor = 0.5;
const politeThanksFactor = 0.5;

/** Each word, phrase and picture with a feeling, with the weight that its neighbours leave it. */
export function matchesIn(tokens: readonly Token[], vocabulary: Vocabulary): Match[] {
  const message: Message = { tokens, vocabulary, keys: tokens.map((token) => (token.kind === "word" ? recognised(token, vocabulary) : undefined)) };
  const found: (Match & { at: number })[] = [];
  const isAsking = asks(message);
  let scoredUpTo = 0;
  let contrastAt = 0;
  for (let at = greetingWords(message); at < tokens.length; at += 1) {
    const token = tokens[at];
    const weight = token?.kind === "emoji" ? emojiWeights.get(token.key) : undefined;
    if (token?.kind === "emoji" && weight !== undefined) found.push({ at, word: token.word, score: weight });
    if (wordsOf(message, "contrast", at) > 0) contrastAt = at;
    const reading = readingAt(message, scoredUpTo, at);
    if (reading === undefined) continue;
    const end = at + reading.words;
    const score = reading.score * (isAsking && wordsOf(message, "thanks", at) > 0 ? politeThanksFactor : 1);
    if (score !== 0) found.push({ at, word: tokens.slice(at, end).map((part) => (part.kind === "break" ? "" : part.word)).join(" "), score });
    scoredUpTo = end;
    at = end - 1;
  }
  const isContrast = found.some(({ at }) => at < contrastAt);
  return found.map(({ at, word, score }) => ({ word, score: isContrast ? score * contrastFactors[at < contrastAt ? "before" : "after"] : score }));
}

/** The words scored here and what they say in their place; a score of 0 keeps them from counting. */
function readingAt(message: Message, from: number, at: number): { words: number; score: number } | undefined {
  const { weights, denied } = message.vocabulary;
  const phrase = phraseAt(message, at, weights);
  const inDenial = phraseAt(message, at, denied);
  const words = Math.max(phrase?.words ?? 0, inDenial?.words ?? 0);
  if (words === 0 || onlyIntensifies(message, at, words)) return undefined;
  const end = at + words;
  const polarity = polarityAt(message, from, at, end);
  if (polarity === "denied" && inDenial?.words === words) return { words, score: asked(message, at, inDenial.weight) };
  if (phrase?.words !== words) return undefined;
  if (isRemedied(message, at, end)) return { words, score: 0 };
  const score = phrase.weight * intensity(message, at, end) * (polarity === "denied" ? negationFactor : 1);
  const isWish = score > 0 && wordsOf(message, "condition", end) > 0;
  return { words, score: isWish ? 0 : asked(message, at, score) };
}

/** A question praises nothing ("is the red one better?"), and blames only in part, unless it asks why. */
function asked(message: Message, at: number, score: number): number {
  const question = questionAt(message, at);
  if (question === "none") return score;
  if (score > 0) return 0;
  return question === "why" ? score : score * questionFactor;
}

/** "Super slow" and "awfully nice": before a word with a weight, these have none of their own. */
function onlyIntensifies(message: Message, at: number, words: number): boolean {
  const { intensifiers, weights } = message.vocabulary;
  return words === 1 && intensifiers.has(message.keys[at] ?? "") && phraseAt(message, at + 1, weights) !== undefined;
}

function intensity({ keys, vocabulary: { intensifiers, intensifiersAfter } }: Message, at: number, end: number): number {
  let factor = intensifiersAfter.get(keys[end] ?? "") ?? 1;
  for (let before = at - 1; before >= 0; before -= 1) {
    const found = intensifiers.get(keys[before] ?? "");
    if (found === undefined) break;
    factor *= found;
  }
  return Math.min(maxIntensity, factor);
}

/** How many tokens only greet: "Hola, buenas,". */
function greetingWords(message: Message): number {
  let at = 0;
  for (;;) {
    const words = message.tokens[at]?.kind === "break" ? 1 : wordsOf(message, "greeting", at);
    if (words === 0) return at;
    at += words;
  }
}

function asks(message: Message): boolean {
  return message.tokens.some((token, at) => isQuestionMark(token) || wordsOf(message, "request", at) > 0);
}

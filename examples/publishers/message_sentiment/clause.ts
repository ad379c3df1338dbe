import type { Token } from "./tokens.ts";
import type { Role, Vocabulary, Weights } from "./vocabulary.ts";

/** A message as its vocabulary knows it: the key of each word, none for pictures and punctuation. */
export type Message = { tokens: readonly Token[]; keys: readonly (string | undefined)[]; vocabulary: Vocabulary };

export type Polarity = "plain" | "denied" | "heightened";

/** "I don't think it is a good idea": so many words back. */
const negationReachWords = 5;
const enoughReachWords = 4;
const remedyReachWords = 3;

/** The longest phrase that begins here: "not working" comes before "working". */
export function phraseAt({ keys }: Message, at: number, { byKey, longestWords }: Weights): { words: number; weight: number } | undefined {
  for (let words = longestWords; words > 0; words -= 1) {
    const part = keys.slice(at, at + words);
    if (part.length < words || part.includes(undefined)) continue;
    const weight = byKey.get(part.join(" "));
    if (weight !== undefined) return { words, weight };
  }
  return undefined;
}

/** How many words of that role begin here: none, one, or the two of a phrase. */
export function wordsOf({ keys, vocabulary }: Message, role: Role, at: number): 0 | 1 | 2 {
  const [key, next] = [keys[at], keys[at + 1]];
  const all = vocabulary.roles[role];
  if (all === undefined || key === undefined) return 0;
  if (next !== undefined && all.has(`${key} ${next}`)) return 2;
  return all.has(key) ? 1 : 0;
}

const is = (message: Message, role: Role, at: number): boolean => wordsOf(message, role, at) > 0;

/** What a negation before the words from `at` to `end` does to them. `from` is where the last scored word ended: in "no problem thanks" only the problem is denied. */
export function polarityAt(message: Message, from: number, at: number, end: number): Polarity {
  let polarity: Polarity = "plain";
  const first = is(message, "alternative", from) ? 0 : from;
  for (let before = at - 1; before >= Math.max(first, at - negationReachWords) && !endsReach(message, before); before -= 1) {
    if (!is(message, "negation", before)) continue;
    if (isHeightener(message, before) && isCompared(message, before, at, end)) return "heightened";
    polarity = "denied";
  }
  return polarity;
}

function endsReach(message: Message, at: number): boolean {
  if (message.keys[at] === undefined || is(message, "contrast", at) || is(message, "end", at)) return true;
  return is(message, "joint", at) && is(message, "clauseStart", at + 1);
}

/** "No puedo" begins with the negation, "could not" ends with it. */
function isHeightener(message: Message, negation: number): boolean {
  return is(message, "heightener", negation) || wordsOf(message, "heightener", negation - 1) === 2;
}

function isCompared(message: Message, negation: number, at: number, end: number): boolean {
  for (let between = negation + 1; between < end; between += 1) {
    if (is(message, "comparison", between)) return true;
  }
  return isNear(message, "enough", at, end, { before: 0, after: enoughReachWords });
}

/** Whether a verb near the trouble takes it away: "they solved my problem", "my problem was solved". */
export function isRemedied(message: Message, at: number, end: number): boolean {
  return is(message, "trouble", at) && isNear(message, "remedy", at, end, { before: remedyReachWords, after: remedyReachWords });
}

/** In the same clause, so many words before or after. */
function isNear(message: Message, role: Role, at: number, end: number, reach: { before: number; after: number }): boolean {
  for (let before = at - 1; before >= at - reach.before && message.keys[before] !== undefined; before -= 1) {
    if (is(message, role, before)) return true;
  }
  for (let after = end; after < end + reach.after && message.keys[after] !== undefined; after += 1) {
    if (is(message, role, after)) return true;
  }
  return false;
}

export const isQuestionMark = (token: Token | undefined): boolean => token?.kind === "break" && token.mark === "?";

/** From the last punctuation to the next, which must be a question mark: "I love it, do you have more?" asks only the second. */
export function questionAt(message: Message, at: number): "none" | "plain" | "why" {
  const { tokens } = message;
  let stop = at;
  while (stop < tokens.length && tokens[stop]?.kind !== "break") stop += 1;
  if (!isQuestionMark(tokens[stop])) return "none";
  for (let before = at - 1; before >= 0 && tokens[before]?.kind !== "break"; before -= 1) {
    if (is(message, "why", before)) return "why";
  }
  return "plain";
}

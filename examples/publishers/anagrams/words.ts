import { createRequire } from "node:module";

const dictionary: readonly string[] = createRequire(import.meta.url)("an-array-of-english-words");

/** Names that no dictionary has and that people do put on their vans. */
const names = ["airbnb", "comcast", "costco", "ebay", "fedex", "geico", "google", "ikea", "netflix", "paypal", "tmobile", "twilio", "uhaul", "verizon"];

/** The dictionary's other words of two letters ("aa", "qi") are for board games, not for telephones. */
const shortWords = ["at", "be", "by", "do", "go", "hi", "in", "is", "it", "me", "my", "no", "on", "so", "to", "up", "us", "we"];

const shortestLetters = 3;

/** Longer words could never fit into the digits that are spelled. */
export function wordsToSpell(longestLetters: number): string[] {
  return [...dictionary.filter((word) => word.length >= shortestLetters && word.length <= longestLetters), ...names, ...shortWords];
}

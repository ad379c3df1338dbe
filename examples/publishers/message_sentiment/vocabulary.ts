import { keyOf } from "./tokens.ts";

/** What words do to the weights around them; clause.ts and score.ts say how. */
export type Role =
  | "negation"
  /** Ends what a negation reaches; what follows is what matters: "not cheap but good". */
  | "contrast"
  /** Only ends what a negation reaches. */
  | "end"
  /** Ends it where a `clauseStart` follows: "hasn't arrived and I am furious". */
  | "joint"
  | "clauseStart"
  /** Carries a negation on past a word: "not friendly or helpful". */
  | "alternative"
  /** Negations that heighten a comparison: "never been so happy", "no puedo estar más contenta". */
  | "heightener"
  | "comparison"
  /** After the word: "I can't thank you enough". */
  | "enough"
  /** Takes a `trouble` away: "they solved my problem". */
  | "remedy"
  | "trouble"
  /** Mere politeness in a message with a question or a `request`. */
  | "thanks"
  | "request"
  /** Makes a reproach of a question. */
  | "why"
  | "condition"
  /** Says nothing at the start of a message. */
  | "greeting";

/** What one language brings: all words as keys (`keyOf`), phrases as keys with a space between. */
export type Vocabulary = {
  weights: Weights;
  /** What says something only with a negation: "it never works", "nobody answered". */
  denied: Weights;
  roles: Readonly<Partial<Record<Role, ReadonlySet<string>>>>;
  /** Factors for the word that follows. */
  intensifiers: ReadonlyMap<string, number>;
  /** Factors for the word before: "me gusta mucho". */
  intensifiersAfter: ReadonlyMap<string, number>;
  /** Each word above, and the frequent words that say nothing but the language. */
  known: ReadonlySet<string>;
  /** Letters that only this one of our languages has. */
  letters: RegExp;
};

export type Weights = { byKey: ReadonlyMap<string, number>; longestWords: number };

/** Words and phrases with commas between, by their weight. */
export type WeightTable = Readonly<Record<number, string>>;

export type VocabularyParts = {
  weights: Iterable<readonly [string, number]>;
  denied: WeightTable;
  /** Words and phrases with commas between. */
  roles: Partial<Record<Role, string>>;
  intensifiers: Record<string, number>;
  intensifiersAfter?: Record<string, number>;
  /** Words with spaces between. */
  frequent: string;
  letters: RegExp;
};

export function vocabularyOf(parts: VocabularyParts): Vocabulary {
  const weights = weightsOf(parts.weights);
  const denied = weightsOf(entriesOf(parts.denied));
  const roles = Object.fromEntries(Object.entries(parts.roles).map(([role, list]) => [role, new Set(entries(list).map(phraseKey))]));
  const intensifiers = factors(parts.intensifiers);
  const intensifiersAfter = factors(parts.intensifiersAfter ?? {});
  const frequent = parts.frequent.trim().split(/\s+/).map(keyOf);
  const all = [...weights.byKey.keys(), ...denied.byKey.keys(), ...intensifiers.keys(), ...intensifiersAfter.keys(), ...Object.values(roles).flatMap((role) => [...role])];
  const known = new Set([...all.filter((key) => !key.includes(" ")), ...frequent]);
  return { weights, denied, roles, intensifiers, intensifiersAfter, known, letters: parts.letters };
}

export function entriesOf(table: WeightTable): [string, number][] {
  return Object.entries(table).flatMap(([weight, list]) => entries(list).map((entry): [string, number] => [entry, Number(weight)]));
}

/** The later entry counts. A single word of weight 0 is no sentiment at all; a phrase of weight 0 keeps its words from counting. */
function weightsOf(entriesInOrder: Iterable<readonly [string, number]>): Weights {
  const byKey = new Map<string, number>();
  for (const [text, weight] of entriesInOrder) {
    const key = phraseKey(text);
    if (weight === 0 && !key.includes(" ")) byKey.delete(key);
    else byKey.set(key, weight);
  }
  return { byKey, longestWords: Math.max(0, ...byKey.keys().map((key) => key.split(" ").length)) };
}

const entries = (list: string): string[] => list.split(",").map((entry) => entry.trim());

const phraseKey = (text: string): string => text.split(/[\s-]+/).map(keyOf).join(" ");

const factors = (table: Record<string, number>): Map<string, number> => new Map(Object.entries(table).map(([word, factor]) => [keyOf(word), factor]));

import { emoticons } from "./emoji.ts";

/**
 * `key` is what is looked up, `word` what is shown. A break ends what a negation reaches: punctuation or a new line.
 */
export type Token = { kind: "word"; word: string; key: string } | { kind: "emoji"; word: string; key: string } | { kind: "break"; mark: string };
export type WordToken = Extract<Token, { kind: "word" }>;

const segmenter = new Intl.Segmenter("en", { granularity: "word" });

const breaks = /[.,;:!?¡¿()\n…—]/;
const pictograph = /\p{Extended_Pictographic}/u;
/** Skin tones, and the sign that asks for the coloured picture. */
const variants = /\p{Emoji_Modifier}|\uFE0F/gu;
/** Only by themselves: the ":/" of a URL is no face. */
const face = /(?<=^|\s)[:;=8][-']?[()DPp/|*3](?=$|[\s.,!?])|<3/g;

export function tokensOf(text: string): Token[] {
  const readable = text.normalize("NFC").replaceAll(face, (found) => emoticons.get(found.replace(/[-']/, "")) ?? found);
  const tokens: Token[] = [];
  for (const { segment, isWordLike } of segmenter.segment(readable)) {
    if (isWordLike === true) tokens.push({ kind: "word", word: segment.toLowerCase(), key: keyOf(segment) });
    else if (pictograph.test(segment)) tokens.push({ kind: "emoji", word: segment, key: segment.replaceAll(variants, "") });
    else if (breaks.test(segment)) tokens.push({ kind: "break", mark: segment });
  }
  return tokens;
}

/** Spanish words that only the accent tells from others: if and yes, you and tea, I am late and it came. */
const accented: ReadonlySet<string> = new Set("dé él más mí sé sí té tú llegó".split(" "));

/** Without case and without acute accents, which many leave out when they text (facil, tambien); ñ and ü stay letters of their own. */
export function keyOf(word: string): string {
  const written = word.toLowerCase().replaceAll("’", "'").normalize("NFC");
  return accented.has(written) ? written : written.normalize("NFD").replaceAll("\u0301", "").normalize("NFC");
}

/** The word's key, or, of a drawn-out one (sooo goooood, muuuy), the spelling that the vocabulary has. */
export function recognised({ key }: WordToken, { known }: { known: ReadonlySet<string> }): string {
  if (known.has(key) || !/(.)\1\1/u.test(key)) return key;
  const shorter = [key.replaceAll(/(.)\1{2,}/gu, "$1$1"), key.replaceAll(/(.)\1{2,}/gu, "$1")];
  return shorter.find((spelling) => known.has(spelling)) ?? key;
}

import { z } from "zod";
import { type Answer, errorAnswer, type Parameters } from "../answer.ts";
import { languageOf, languages, noWords } from "./language.ts";
import { matchesIn } from "./score.ts";
import { tokensOf } from "./tokens.ts";

/** In UTF-16 units; the request schema takes as many whole characters. */
const maxTextUnits = 8_192;
/** Some 5 KB of JSON; the marketplace takes at most 64 KB from a message add-on. */
const maxWords = 100;
/** One weak word is no mood. */
const moodScore = 1.5;

const MessageSentimentParameters = z.object({
  version: z.literal("1"),
  text: z.string().max(maxTextUnits),
  language: z.enum(["auto", "en", "es"]).default("auto"),
});

/** The score is the sum of the words' weights; each is named with its own, so that a developer can argue with it. */
export function answerMessageSentiment(parameters: Parameters): Answer {
  const parsed = MessageSentimentParameters.safeParse(parameters);
  if (!parsed.success) {
    // The names of the parameters, never their values: an error ends in somebody's log.
    const wrong = [...new Set(parsed.error.issues.map((issue) => issue.path.join(".")))];
    return errorAnswer("bad_parameters", `Missing or malformed: ${wrong.join(", ")}.`);
  }
  const { text, language: wanted } = parsed.data;
  const tokens = tokensOf(text);
  const language = wanted === "auto" ? languageOf(tokens) : wanted;
  const matches = matchesIn(tokens, language === undefined ? noWords : languages[language]);
  const score = matches.reduce((sum, match) => sum + match.score, 0);
  const count = tokens.filter(({ kind }) => kind !== "break").length;
  return {
    language: language ?? null,
    score: rounded(score),
    comparative: count === 0 ? 0 : rounded(score / count),
    label: labelOf(score),
    words: matches.slice(0, maxWords).map((match) => ({ word: match.word, score: rounded(match.score) })),
    ...(matches.length === 0 && { reason: count === 0 ? "The message has no words." : "None of its words carries a mood here." }),
  };
}

function labelOf(score: number): "positive" | "neutral" | "negative" {
  if (score >= moodScore) return "positive";
  return score <= -moodScore ? "negative" : "neutral";
}

/** The same both ways from zero, unlike Math.round. */
const rounded = (value: number): number => Number(value.toFixed(2));

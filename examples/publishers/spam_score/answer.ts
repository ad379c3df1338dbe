import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import { z } from "zod";
import { type Answer, errorAnswer, type Parameters } from "../answer.ts";
import { reasons, rules, strictnessLevels } from "./rules.ts";

const maxScore = 100;

const e164 = z
  .string()
  .max(32)
  .transform((text, context) => parsePhoneNumberFromString(text) ?? (context.addIssue("not a telephone number in E.164 form"), z.NEVER));

/** The body of definition.json. What a developer leaves out is not sent; the schemas there refuse the rest before it comes here. */
const SpamScoreParameters = z.object({
  version: z.literal("1"),
  number: z.object({ e164, sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  use: z.object({ reason: z.enum(reasons), called_number: e164.optional() }),
  strictness: z.enum(strictnessLevels).default("medium"),
});

/** The score is the sum of the rules that fire, at most 100; each is named with its points, so that a developer can argue with it. */
export function answerSpamScore(parameters: Parameters): Answer {
  const parsed = SpamScoreParameters.safeParse(parameters);
  if (!parsed.success) {
    // The names of the parameters, never their values: an error ends in somebody's log.
    const wrong = [...new Set(parsed.error.issues.map((issue) => issue.path.join(".")))];
    return errorAnswer("bad_parameters", `Missing or malformed: ${wrong.join(", ")}.`);
  }
  const { number, use, strictness } = parsed.data;
  const suspect = { number: number.e164, sha256: number.sha256, reason: use.reason, calledNumber: use.called_number };
  const fired = rules.filter((rule) => rule.points[strictness] > 0 && rule.fires(suspect));
  const points = fired.reduce((sum, rule) => sum + rule.points[strictness], 0);
  return {
    score: Math.min(maxScore, points),
    strictness,
    rules: fired.map((rule) => ({ name: rule.name, points: rule.points[strictness], explanation: rule.explanation })),
  };
}

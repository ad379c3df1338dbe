import type { PhoneNumber } from "libphonenumber-js/max";

export const strictnessLevels = ["low", "medium", "high"] as const;
export type Strictness = (typeof strictnessLevels)[number];

/** What the developer wants the number for: some signs matter for one use only. */
export const reasons = ["call", "message", "signup"] as const;
export type Reason = (typeof reasons)[number];

export type Suspect = {
  number: PhoneNumber;
  /** Lower-case hex of the E.164 text. */
  sha256: string;
  reason: Reason;
  /** The number that was called or texted, if the developer said it. */
  calledNumber: PhoneNumber | undefined;
};

export type Rule = {
  name: string;
  explanation: string;
  points: Record<Strictness, number>;
  fires(suspect: Suspect): boolean;
};

/**
 * Numbers that people reported, kept as hashes: a list of who is said to be a spammer is personal data. These two are from the
 * range for films and books, +1 202 555 0143 and +1 202 555 0187.
 */
const reportedSha256 = new Set([
  "54af34308301e43f00650baaeb6cf4925b942201d74191b26d48292cfec907fd",
  "9764e62009a27f391b0f3dce457effe244f28a8f89ce1b219298cb518af40a33",
]);

/** North American numbers are assigned in blocks of area code and exchange: the first six of ten digits. */
const neighbourDigits = 6;

const longestRun = /(\d)\1{5}/;
const sequences = ["0123456789", "9876543210"];
const sequenceDigits = 6;

function hasSequence(digits: string): boolean {
  return sequences.some((sequence) => {
    for (let start = 0; start + sequenceDigits <= sequence.length; start += 1) {
      if (digits.includes(sequence.slice(start, start + sequenceDigits))) return true;
    }
    return false;
  });
}

/** Each rule by itself, in the order in which the answer names them; the score is the sum of the points of those that fire. */
export const rules: readonly Rule[] = [
  {
    name: "reported",
    explanation: "People reported this number.",
    points: { low: 70, medium: 80, high: 100 },
    fires: ({ sha256 }) => reportedSha256.has(sha256),
  },
  {
    name: "invalid_number",
    explanation: "No operator was assigned this number, so nobody can rightly call or text from it.",
    points: { low: 50, medium: 70, high: 90 },
    fires: ({ number }) => !number.isValid(),
  },
  {
    name: "premium_rate",
    explanation: "Whoever calls or texts back pays the caller.",
    points: { low: 40, medium: 60, high: 80 },
    fires: ({ number }) => number.getType() === "PREMIUM_RATE",
  },
  {
    name: "neighbour_spoofing",
    explanation: "The number begins like the called one: callers fake that to look like a neighbour.",
    points: { low: 15, medium: 30, high: 45 },
    fires: ({ number, calledNumber, reason }) =>
      reason !== "signup" &&
      calledNumber !== undefined &&
      number.countryCallingCode === "1" &&
      calledNumber.countryCallingCode === "1" &&
      number.nationalNumber.slice(0, neighbourDigits) === calledNumber.nationalNumber.slice(0, neighbourDigits),
  },
  {
    name: "throwaway_line",
    explanation: "Lines of this kind are had by the hundred without an identity, which matters when people sign up.",
    points: { low: 10, medium: 25, high: 40 },
    fires: ({ number, reason }) => reason === "signup" && ["VOIP", "PERSONAL_NUMBER", "UAN", "PAGER"].includes(number.getType() ?? ""),
  },
  {
    name: "repeated_digits",
    explanation: "The same digit stands six times in a row, as in numbers that somebody made up.",
    points: { low: 0, medium: 20, high: 35 },
    fires: ({ number }) => longestRun.test(number.nationalNumber),
  },
  {
    name: "sequential_digits",
    explanation: "Six digits count up or down, as in numbers that somebody made up.",
    points: { low: 0, medium: 20, high: 35 },
    fires: ({ number }) => hasSequence(number.nationalNumber),
  },
];

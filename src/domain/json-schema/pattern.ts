import { RE2JS, RE2Set } from "re2js";
import { err, ok, type Result } from "../result.ts";
import type { Work } from "./work.ts";

const PATTERN_CHARACTERS = 1_000;
/** Ours: RE2 takes memory by instructions, and time by characters × instructions. */
const PATTERN_INSTRUCTIONS = 1_000;
/** Ours: what RE2 may remember of a pattern to be faster; without it, it is slower and as right. */
const CACHE_BYTES = 64 * 1024;
/** What else takes memory, in instructions: any pattern, and the ranges of classes such as `\p{L}`. */
const PATTERN_SIZE = 40;
const RANGE_ENDS_PER_INSTRUCTION = 25;

/** What RE2's steps cost, in units of work: a match, a character, an instruction of a new state, and one of no state at all. */
const MATCH_COST = 30;
const CHARACTER_COST = 1 / 2;
const STATE_INSTRUCTION_COST = 4;
const LOOSE_INSTRUCTION_COST = 1 / 2;

export const TOO_LARGE = "is too large a pattern; minLength and maxLength are cheaper than counted repetition";
const NO_RUNES = new Int32Array(0);

/** A pattern that RE2 matches, and whose every step is spent from the work of its schema. */
export class Pattern {
  /** What it takes of memory, in instructions. */
  readonly size: number;
  readonly #set: RE2Set;
  readonly #work: Work;
  #characters = 0;

  constructor(set: RE2Set, work: Work) {
    this.#set = set;
    this.#work = work;
    this.size = sizeOf(set);
    this.#meter();
  }

  /** @throws when the work is used up. */
  matches(text: string): boolean {
    this.#characters = text.length;
    this.#work.spend(MATCH_COST + text.length * CHARACTER_COST);
    return this.#set.match(text).length > 0;
  }

  get cachedBytes(): number {
    return this.#set.dfa.maxMem - this.#set.dfa.memBudget;
  }

  forget(): void {
    this.#set.dfa.clearCache();
  }

  /**
   * Most texts go through states that RE2 has cached, at one step for a character. Elsewhere it works by instructions: where it
   * makes a state, it asks for each; where there are too many states, it reads the program, and walks it for each character.
   */
  #meter(): void {
    const { prog, dummyRe2 } = this.#set;
    const instructions: readonly unknown[] = prog.inst;
    const work = this.#work;
    prog.getInst = (index: number) => {
      work.spend(STATE_INSTRUCTION_COST);
      return instructions[index];
    };
    const spendLoose = (): void => work.spend(this.#characters * instructions.length * LOOSE_INSTRUCTION_COST);
    this.#set.dummyRe2 = {
      ...dummyRe2,
      get prog() {
        spendLoose();
        return prog;
      },
    };
  }
}

/** Unlike RE2JS itself, a set of one takes a limit for its memory. */
export function compilePattern(pattern: string, work: Work): Result<Pattern, string> {
  if (pattern.length > PATTERN_CHARACTERS) return err(`must be at most ${PATTERN_CHARACTERS} characters`);
  if (/(?<!\\)(?:\\\\)*\\k</.test(pattern)) return err("must not have back references, which RE2 cannot match");
  // RE2 would take up to a second to find out by itself.
  if (repetitionsOf(pattern) > PATTERN_INSTRUCTIONS) return err(TOO_LARGE);
  try {
    const set = new RE2Set(RE2Set.UNANCHORED, 0, CACHE_BYTES);
    set.add(RE2JS.translateRegExp(joinSurrogates(pattern)));
    set.compile();
    return set.prog.numInst() > PATTERN_INSTRUCTIONS ? err(TOO_LARGE) : ok(new Pattern(slimmed(set), work));
  } catch (error) {
    return err(`must be a pattern that RE2 can compile (${error instanceof Error ? error.message : "unknown error"})`);
  }
}

/** The sum of a pattern's counts, such as the 64 of `{1,64}`: each repetition becomes at least one instruction. */
function repetitionsOf(pattern: string): number {
  const counts = pattern.matchAll(/\\.|\[(?:\\.|[^\]\\])*\]|\{(?<least>\d+)(?:,(?<most>\d*))?\}/gs);
  return counts.reduce((sum, { groups }) => sum + Math.max(0, Number(groups?.["most"] || groups?.["least"] || 0) - 1), 0);
}

/** `\uD83D\uDE00` is one character, as it is for RegExp with the u flag. */
function joinSurrogates(pattern: string): string {
  return pattern.replace(/\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|\\./gis, (escape, high?: string, low?: string) =>
    high === undefined || low === undefined ? escape : String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low, 16)),
  );
}

/** Two thirds of what RE2JS keeps of a pattern are its parse tree and an empty array for each instruction, which no match needs. */
function slimmed(set: RE2Set): RE2Set {
  set.regexps = [];
  for (const instruction of instructionsOf(set)) if (instruction.runes.length === 0) instruction.runes = NO_RUNES;
  return set;
}

function sizeOf(set: RE2Set): number {
  const ranges = new Set(instructionsOf(set).map(({ runes }) => runes));
  const rangeEnds = ranges.values().reduce((sum, { length }) => sum + length, set.dfa.numClasses);
  return PATTERN_SIZE + set.prog.numInst() + Math.floor(rangeEnds / RANGE_ENDS_PER_INSTRUCTION);
}

const instructionsOf = ({ prog }: RE2Set): { runes: Int32Array }[] => prog.inst;

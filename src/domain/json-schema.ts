import { format as formats, validate, type Schema } from "@cfworker/json-schema";
import { RE2JS, RE2Set } from "re2js";
import { isJsonObject } from "./json-document.ts";
import { arraysWithDuplicatesIn, propertyNamesIn } from "./json-schema/instance.ts";
import { costOf, emptyMap, SchemaCompiler, type PatternedNode, type SchemaNode } from "./json-schema/compiler.ts";
import { violationOf, type SchemaViolation } from "./json-schema/violation.ts";
import { VISIT_COST, Work } from "./json-schema/work.ts";
import { SCHEMA_CHARACTERS, URL_CHARACTERS } from "./limits.ts";
import type { Problem } from "./refusal.ts";
import { err, ok, type Result } from "./result.ts";

export type { SchemaViolation };

/** A schema that is safe to run against any JSON: in bounded time, and without an exception. */
export type CompiledSchema = {
  /** The names under the schema's own `properties`. */
  properties: ReadonlySet<string>;
  validate: (instance: unknown) => SchemaViolation | null;
};

type Check = (text: string) => boolean;

/** Ours: RE2 takes time by characters × instructions, and memory by instructions. */
const PATTERN_CHARACTERS = 1_000;
const PATTERN_INSTRUCTIONS = 1_000;
const PATTERNS = 100;
/** Ours: what RE2 may remember of a pattern to be faster; without it, it is slower and as right. */
const PATTERN_CACHE_BYTES = 64 * 1024;

/**
 * Compiles a JSON Schema of drafts 4 (when `$schema` is absent), 7, 2019-09 or 2020-12, and names every problem at once.
 * Patterns are compiled and matched by RE2, never by RegExp.
 */
export function compileSchema(schema: unknown): Result<CompiledSchema, Problem[]> {
  const tooLarge = problemOfSize(schema);
  if (tooLarge !== null) return err([{ path: "", message: tooLarge }]);
  const work = new Work();
  const checks = new SchemaChecks(work);
  const compiler = new SchemaCompiler(schema, checks, () => new MeteredNode(work));
  const root = compiler.compile();
  if (compiler.problems.length > 0) return err(compiler.problems);
  const properties = isJsonObject(schema) && isJsonObject(schema["properties"]) ? Object.keys(schema["properties"]) : [];
  return ok(new RunnableSchema(new Set(properties), root, compiler, checks.all, work));
}

function problemOfSize(schema: unknown): string | null {
  try {
    return (JSON.stringify(schema) ?? "").length > SCHEMA_CHARACTERS ? `must be at most ${SCHEMA_CHARACTERS} characters of JSON` : null;
  } catch {
    return "must be JSON that does not nest too deep";
  }
}

class MeteredNode implements SchemaNode {
  cost = VISIT_COST;
  [keyword: string]: unknown;
  readonly #work: Work;

  constructor(work: Work) {
    this.#work = work;
  }

  /** The validator reads this once in each visit of a node, and has no other use for it here. */
  get $recursiveAnchor(): undefined {
    this.#work.spend(this.cost);
    return undefined;
  }
}

class RunnableSchema implements CompiledSchema {
  readonly properties: ReadonlySet<string>;
  readonly #root: Schema;
  readonly #compiler: SchemaCompiler;
  readonly #checks: ReadonlyMap<string, Check>;
  readonly #work: Work;

  constructor(properties: ReadonlySet<string>, root: Schema, compiler: SchemaCompiler, checks: ReadonlyMap<string, Check>, work: Work) {
    this.properties = properties;
    this.#root = root;
    this.#compiler = compiler;
    this.#checks = checks;
    this.#work = work;
  }

  validate(instance: unknown): SchemaViolation | null {
    this.#work.begin();
    try {
      this.#prepare(instance);
      // The validator's table of formats is shared by every schema, so ours stand in it only while one runs.
      for (const [name, check] of this.#checks) formats[name] = check;
      const { valid, errors } = validate(instance, this.#root, "2020-12", NO_REFERENCES);
      return valid ? null : violationOf(errors, this.#root, instance, this.#compiler.propertyNames);
    } catch {
      // An instance that cannot be checked does not pass: too much work, too deep, or a name that is no Unicode text.
      return { path: "", message: this.#work.isUsedUp ? "takes too much work to check against the schema" : "cannot be checked against the schema" };
    } finally {
      for (const name of this.#checks.keys()) delete formats[name];
      this.#forget();
    }
  }

  /** Two keywords are turned into others that need to know the instance. */
  #prepare(instance: unknown): void {
    const { duplicates, arraysWithDuplicates, patterned } = this.#compiler;
    if (duplicates !== null) {
      arraysWithDuplicates.push(...arraysWithDuplicatesIn(instance));
      duplicates.cost = costOf(duplicates);
    }
    if (patterned.length === 0) return;
    const names = propertyNamesIn(instance);
    for (const pattern of patterned) this.#spread(pattern, names);
  }

  #spread({ node, properties, patterns }: PatternedNode, names: ReadonlySet<string>): void {
    const spread = Object.assign(emptyMap(), properties);
    for (const name of names) {
      const matching = patterns.filter(({ format }) => this.#checks.get(format)?.(name)).map(({ schema }) => schema);
      if (matching.length === 0) continue;
      const all = Object.hasOwn(properties, name) ? [properties[name], ...matching] : matching;
      spread[name] = all.length === 1 ? all[0] : { allOf: all };
    }
    node["properties"] = spread;
    node.cost = costOf(node);
  }

  /** Nothing of an instance stays here, since it is somebody's data. */
  #forget(): void {
    this.#compiler.arraysWithDuplicates.length = 0;
    for (const { node, properties } of this.#compiler.patterned) node["properties"] = properties;
  }
}

/** Every reference was followed when the schema was compiled, as were the ways of its draft. */
const NO_REFERENCES = {};

/** The checks of one schema's patterns and formats, each known by a name that reads as a noun in a violation's message. */
class SchemaChecks {
  readonly all = new Map<string, Check>();
  readonly #work: Work;
  #patterns = 0;
  #foundTooLarge = false;

  constructor(work: Work) {
    this.#work = work;
  }

  pattern(pattern: string): Result<string, string> {
    const name = `pattern ${pattern}`;
    if (this.all.has(name)) return ok(name);
    if (pattern.length > PATTERN_CHARACTERS) return err(`must be at most ${PATTERN_CHARACTERS} characters`);
    if (++this.#patterns > PATTERNS) return err(`must be one of at most ${PATTERNS} different patterns`);
    // Compiling a pattern that is too large takes up to a second, so a schema gets to do it once.
    if (this.#foundTooLarge) return err("was not looked at, since another pattern is too large");
    const compiled = compilePattern(pattern);
    if (!compiled.ok) return compiled;
    const { set, instructions } = compiled.value;
    if (instructions > PATTERN_INSTRUCTIONS) {
      this.#foundTooLarge = true;
      return err("is too large a pattern; minLength and maxLength are cheaper than counted repetition");
    }
    // RE2 mostly needs one step for a character, and at worst one for each instruction.
    const costPerCharacter = Math.ceil(instructions / 8);
    this.all.set(name, (text) => {
      this.#work.spend(text.length * costPerCharacter);
      return set.match(text).length > 0;
    });
    return ok(name);
  }

  format(format: string): string | undefined {
    // `url` is no format of JSON Schema, and the validator's expression for it takes exponential time.
    const check = Object.hasOwn(formats, format) ? formats[format === "url" ? "uri" : format] : undefined;
    if (check === undefined) return undefined;
    const name = `format ${format}`;
    this.all.set(name, (text) => {
      this.#work.spend(text.length);
      return text.length <= URL_CHARACTERS && check(text);
    });
    return name;
  }
}

/** Unlike RE2JS itself, a set of one takes a limit for its memory. */
function compilePattern(pattern: string): Result<{ set: RE2Set; instructions: number }, string> {
  if (/(?<!\\)(?:\\\\)*\\k</.test(pattern)) return err("must not have back references, which RE2 cannot match");
  try {
    const set = new RE2Set(RE2Set.UNANCHORED, 0, PATTERN_CACHE_BYTES);
    set.add(RE2JS.translateRegExp(joinSurrogates(pattern)));
    set.compile();
    return ok({ set, instructions: set.prog.numInst() });
  } catch (error) {
    return err(`must be a pattern that RE2 can compile (${error instanceof Error ? error.message : "unknown error"})`);
  }
}

/** `\uD83D\uDE00` is one character, as it is for RegExp with the u flag. */
function joinSurrogates(pattern: string): string {
  return pattern.replace(/\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|\\./gis, (escape, high?: string, low?: string) =>
    high === undefined || low === undefined ? escape : String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low, 16)),
  );
}

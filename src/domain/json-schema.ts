import { format as formats, validate, type Schema } from "@cfworker/json-schema";
import { isJsonObject } from "./json-document.ts";
import { infiniteNumbersIn } from "./infinite-number.ts";
import { arraysWithDuplicatesIn, bulkCostOf, propertyNamesIn } from "./json-schema/instance.ts";
import { costOf, emptyMap, SchemaCompiler, type PatternedNode, type SchemaNode } from "./json-schema/compiler.ts";
import { compilePattern, TOO_LARGE, type Pattern } from "./json-schema/pattern.ts";
import { violationOf, type SchemaViolation } from "./json-schema/violation.ts";
import { VISIT_COST, Work, WORK_PER_INSTANCE } from "./json-schema/work.ts";
import { SCHEMA_CHARACTERS, URL_CHARACTERS } from "./limits.ts";
import type { Problem } from "./refusal.ts";
import { err, ok, type Result } from "./result.ts";

export type { SchemaViolation };

/** A schema that is safe to run against any JSON: in bounded time, and without an exception. */
export type CompiledSchema = {
  /** The names under the schema's own `properties`. */
  properties: ReadonlySet<string>;
  /** @param workLimit more than the usual, for what is larger than an answer of a synchronous call. */
  validate: (instance: unknown, workLimit?: number) => SchemaViolation | null;
};

type Check = (text: string) => boolean;

/** Ours: the patterns of a schema, and how large their programs may be together, in RE2's instructions of about 100 bytes. */
const PATTERNS = 100;
const PATTERN_INSTRUCTIONS = 5_000;
/** Ours: what may stay of RE2's caches between two instances. */
const PATTERN_CACHE_BYTES = 128 * 1024;

/**
 * Compiles a JSON Schema of drafts 4 (when `$schema` is absent), 7, 2019-09 or 2020-12, and names every problem at once.
 * Patterns are compiled and matched by RE2, never by RegExp.
 */
export function compileSchema(schema: unknown): Result<CompiledSchema, Problem[]> {
  const tooLarge = problemOfSize(schema);
  if (tooLarge !== null) return err([{ path: "", message: tooLarge }]);
  const infinite = infiniteNumbersIn(schema);
  if (infinite.length > 0) return err(infinite);
  const work = new Work();
  const checks = new SchemaChecks(work);
  const compiler = new SchemaCompiler(schema, checks, () => new MeteredNode(work));
  const root = compiler.compile();
  if (compiler.problems.length > 0) return err(compiler.problems);
  const properties = isJsonObject(schema) && isJsonObject(schema["properties"]) ? Object.keys(schema["properties"]) : [];
  return ok(new RunnableSchema(new Set(properties), root, compiler, checks, work));
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
  #run = 0;

  constructor(work: Work) {
    this.#work = work;
  }

  /** The validator reads this once in each visit of a node, and has no other use for it here. */
  get $recursiveAnchor(): undefined {
    this.#work.spend(this.cost);
    if (this.#run !== this.#work.run) this.#work.spendBulk(this["minLength"] !== undefined || this["maxLength"] !== undefined);
    this.#run = this.#work.run;
    return undefined;
  }
}

class RunnableSchema implements CompiledSchema {
  readonly properties: ReadonlySet<string>;
  readonly #root: Schema;
  readonly #compiler: SchemaCompiler;
  readonly #checks: SchemaChecks;
  readonly #work: Work;

  constructor(properties: ReadonlySet<string>, root: Schema, compiler: SchemaCompiler, checks: SchemaChecks, work: Work) {
    this.properties = properties;
    this.#root = root;
    this.#compiler = compiler;
    this.#checks = checks;
    this.#work = work;
  }

  validate(instance: unknown, workLimit = WORK_PER_INSTANCE): SchemaViolation | null {
    this.#work.begin(bulkCostOf(instance), workLimit);
    try {
      this.#prepare(instance);
      // The validator's table of formats is shared by every schema, so ours stand in it only while one runs.
      for (const [name, check] of this.#checks.all) formats[name] = check;
      const { valid, errors } = validate(instance, this.#root, "2020-12", NO_REFERENCES);
      return valid ? null : violationOf(errors, this.#root, instance, this.#compiler.propertyNames);
    } catch {
      // An instance that cannot be checked does not pass: too much work, too deep, or a name that is no Unicode text.
      return { path: "", message: this.#work.isUsedUp ? "takes too much work to check against the schema" : "cannot be checked against the schema" };
    } finally {
      for (const name of this.#checks.all.keys()) delete formats[name];
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
      const matching = patterns.filter(({ format }) => this.#checks.all.get(format)?.(name)).map(({ schema }) => schema);
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
    this.#checks.forget();
  }
}

/** Every reference was followed when the schema was compiled, as were the ways of its draft. */
const NO_REFERENCES = {};

/** The checks of one schema's patterns and formats, each known by a name that reads as a noun in a violation's message. */
class SchemaChecks {
  readonly all = new Map<string, Check>();
  readonly #patterns: Pattern[] = [];
  readonly #work: Work;
  #size = 0;
  #foundTooLarge = false;

  constructor(work: Work) {
    this.#work = work;
  }

  pattern(pattern: string): Result<string, string> {
    const name = `pattern ${pattern}`;
    if (this.all.has(name)) return ok(name);
    if (this.#patterns.length === PATTERNS) return err(`must be one of at most ${PATTERNS} different patterns`);
    // Compiling a pattern that is too large takes its time, so a schema gets to do it once.
    if (this.#foundTooLarge) return err("was not looked at, since another pattern is too large");
    const compiled = compilePattern(pattern, this.#work);
    if (compiled.ok) this.#size += compiled.value.size;
    const isTooMuch = this.#size > PATTERN_INSTRUCTIONS;
    this.#foundTooLarge = isTooMuch || (!compiled.ok && compiled.error === TOO_LARGE);
    if (!compiled.ok) return compiled;
    if (isTooMuch) return err("makes the patterns of this schema too large together; minLength and maxLength are cheaper than counted repetition");
    this.#patterns.push(compiled.value);
    this.all.set(name, (text) => compiled.value.matches(text));
    return ok(name);
  }

  format(format: string): string | undefined {
    // `url` is no format of JSON Schema, and the validator's expression for it takes exponential time.
    const check = Object.hasOwn(formats, format) ? formats[format === "url" ? "uri" : format] : undefined;
    if (check === undefined) return undefined;
    const name = `format ${format}`;
    this.all.set(name, (text) => {
      // Only this one compiles the text.
      this.#work.spend(text.length * (format === "regex" ? 4 : 1));
      return text.length <= URL_CHARACTERS && check(text);
    });
    return name;
  }

  /** What RE2 remembers is for one instance; between them it may be kept only where it is small. */
  forget(): void {
    const cachedBytes = this.#patterns.reduce((sum, pattern) => sum + pattern.cachedBytes, 0);
    if (cachedBytes > PATTERN_CACHE_BYTES) for (const pattern of this.#patterns) pattern.forget();
  }
}

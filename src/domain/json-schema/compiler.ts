import { isJsonObject } from "../json-document.ts";
import { pointerToken } from "../json-pointer.ts";
import { SCHEMA_DEPTH } from "../limits.ts";
import type { Problem } from "../refusal.ts";
import type { Result } from "../result.ts";
import { APPLICATORS, DEFINITIONS, draftOf, RECURSIVE_KEYWORDS, VALUE_CHECKS, type Applicator, type Draft } from "./keyword.ts";
import { resolveReference } from "./reference.ts";
import { VISIT_COST } from "./work.ts";

/**
 * A schema as the validator runs it; `cost` is what one visit of it costs. Under `not`, `says` is what an instance that
 * matches it must do. There are no boolean schemas, since the validator would visit them uncounted.
 */
export type SchemaNode = { cost: number; says?: string; [keyword: string]: unknown };

/** `patternProperties` of one node, which become `properties` for the names that an instance has. */
export type PatternedNode = { node: SchemaNode; properties: Record<string, unknown>; patterns: { format: string; schema: unknown }[] };

/** Gives each `pattern` and `format` the name of a check that is safe to run, or says why there is none. */
export type Checks = {
  pattern: (pattern: string) => Result<string, string>;
  /** undefined for a format that asserts nothing. */
  format: (format: string) => string | undefined;
};

type Compiled = { node: SchemaNode; size: number; height: number };

/** Ours: the validator visits a node at most once for each element of an instance, so this bounds its work. */
const EXPANDED_SCHEMAS = 1_000;
/** How far the compiler itself follows a chain of references, of which the depth of a schema is a part. */
const COMPILED_DEPTH = 4 * SCHEMA_DEPTH;
/** Ours: whoever has more mistakes than this wants to mend these first. */
const PROBLEMS = 100;

/**
 * Turns a schema into one that the validator can run without surprises: only keywords that it knows, each of the right type;
 * no references, which are followed here; every pattern and format by the name of a safe check.
 * Keywords of later drafts count in earlier ones too: to ignore them would promise less than the author wrote.
 */
export class SchemaCompiler {
  readonly problems: Problem[] = [];
  readonly patterned: PatternedNode[] = [];
  /** Names that the schema itself gives to properties; any other name in an instance is data. */
  readonly propertyNames = new Set<string>();
  /** Before an instance is validated, its arrays that hold two equal items are put here. */
  readonly arraysWithDuplicates: unknown[] = [];
  /** Matches those arrays; null when nothing asks for unique items. */
  duplicates: SchemaNode | null = null;
  readonly #root: unknown;
  readonly #draft: Draft;
  readonly #checks: Checks;
  readonly #newNode: () => SchemaNode;
  readonly #compiled = new Map<object, Compiled>();
  readonly #open = new Set<unknown>();
  #isTooDeep = false;

  constructor(root: unknown, checks: Checks, newNode: () => SchemaNode) {
    this.#root = root;
    this.#checks = checks;
    this.#newNode = newNode;
    const draft = isJsonObject(root) ? draftOf(root) : "4";
    if (draft === null) this.#refuse("/$schema", "must name draft-04, draft-07, draft/2019-09 or draft/2020-12 at json-schema.org");
    this.#draft = draft ?? "4";
  }

  compile(): SchemaNode {
    const { node, size, height } = this.#schema(this.#root, "");
    if (height > SCHEMA_DEPTH || this.#isTooDeep) this.#refuse("", `must not nest deeper than ${SCHEMA_DEPTH} schemas, every $ref followed`);
    if (size > EXPANDED_SCHEMAS) this.#refuse("", `must have at most ${EXPANDED_SCHEMAS} sub-schemas, every $ref followed`);
    return node;
  }

  #refuse(path: string, message: string): void {
    if (this.problems.length < PROBLEMS) this.problems.push({ path, message });
  }

  #schema(schema: unknown, path: string): Compiled {
    if (typeof schema === "boolean") return this.#boolean(schema);
    if (!isJsonObject(schema)) {
      this.#refuse(path, "must be a JSON Schema: an object, or true or false");
      return this.#boolean(true);
    }
    const known = this.#compiled.get(schema);
    if (known !== undefined) return known;
    if (this.#open.size >= COMPILED_DEPTH) {
      this.#isTooDeep = true;
      return this.#boolean(true);
    }
    this.#open.add(schema);
    const compiled = this.#object(schema, path);
    this.#open.delete(schema);
    this.#compiled.set(schema, compiled);
    return compiled;
  }

  #object(schema: Record<string, unknown>, path: string): Compiled {
    const reference = Object.hasOwn(schema, "$ref") ? this.#reference(schema["$ref"], path) : null;
    // Drafts 4 and 7: whatever stands beside a $ref is ignored.
    if (reference !== null && (this.#draft === "4" || this.#draft === "7")) return reference;

    const node = this.#newNode();
    const parts: Compiled[] = reference === null ? [] : [reference];
    const further: unknown[] = reference === null ? [] : [reference.node];
    let patterns: Record<string, unknown> | null = null;
    for (const [keyword, value] of Object.entries(schema)) {
      const at = `${path}/${keyword}`;
      const applicator = APPLICATORS.get(keyword);
      if (keyword === "patternProperties") patterns = this.#map(value, at, parts);
      else if (applicator !== undefined) node[keyword] = this.#applied(applicator, value, at, parts);
      else if (DEFINITIONS.has(keyword)) this.#map(value, at, []);
      else if (RECURSIVE_KEYWORDS.has(keyword)) this.#refuse(at, "must not be used: a schema must not be recursive");
      else if (VALUE_CHECKS.has(keyword)) this.#value(node, keyword, value, at, further);
    }
    if (isJsonObject(node["properties"])) for (const name of Object.keys(node["properties"])) this.propertyNames.add(name);
    if (this.#draft === "4") this.#makeBoundsNumbers(node);
    if (patterns !== null) this.#patternProperties(node, patterns, `${path}/patternProperties`);
    if (further.length > 0) node["allOf"] = [...(Array.isArray(node["allOf"]) ? node["allOf"] : []), ...further];
    node.cost = costOf(node);
    return {
      node,
      size: 1 + parts.reduce((size, part) => size + part.size, 0),
      height: 1 + Math.max(0, ...parts.map((part) => part.height)),
    };
  }

  #reference(reference: unknown, path: string): Compiled {
    const target = resolveReference(this.#root, path, reference);
    if (target.ok && !this.#open.has(target.value.schema)) return this.#schema(target.value.schema, target.value.path);
    this.#refuse(`${path}/$ref`, target.ok ? "must not be recursive" : target.error);
    return this.#boolean(true);
  }

  #applied(applicator: Applicator, value: unknown, at: string, parts: Compiled[]): unknown {
    if (applicator === "map") return this.#map(value, at, parts);
    if (applicator === "map of schemas or names") return this.#map(value, at, parts, isListOfNames);
    if (applicator === "schema") return this.#part(value, at, parts);
    if (applicator === "schema or list" && !Array.isArray(value)) return this.#part(value, at, parts);
    if (applicator === "schema or list" && this.#draft === "2020-12") this.#refuse(at, "must be a schema; prefixItems takes a list");
    if (Array.isArray(value) && value.length > 0) return value.map((item, index) => this.#part(item, `${at}/${index}`, parts));
    this.#refuse(at, "must be a list of at least one schema");
    return [];
  }

  #boolean(matches: boolean): Compiled {
    const node = this.#leaf(matches ? {} : { not: this.#leaf({ says: "must not be present" }) });
    return { node, size: 1, height: 1 };
  }

  #part(value: unknown, at: string, parts: Compiled[]): SchemaNode {
    const part = this.#schema(value, at);
    parts.push(part);
    return part.node;
  }

  #map(value: unknown, at: string, parts: Compiled[], isOther: (value: unknown) => boolean = () => false): Record<string, unknown> {
    const map = emptyMap();
    if (!isJsonObject(value)) this.#refuse(at, "must be a dictionary of schemas");
    else {
      for (const [name, item] of Object.entries(value)) map[name] = isOther(item) ? item : this.#part(item, `${at}/${pointerToken(name)}`, parts);
    }
    return map;
  }

  #value(node: SchemaNode, keyword: string, value: unknown, at: string, further: unknown[]): void {
    const wrong = VALUE_CHECKS.get(keyword)?.(value, this.#draft) ?? null;
    if (wrong !== null) this.#refuse(at, wrong);
    else if (keyword === "pattern") {
      const check = this.#checks.pattern(String(value));
      if (check.ok) further.push(this.#leaf({ format: check.value }));
      else this.#refuse(at, check.error);
    } else if (keyword === "format") node["format"] = this.#checks.format(String(value));
    else if (keyword !== "uniqueItems") node[keyword] = value;
    else if (value === true) {
      // The validator compares each item with each other: seconds for a few thousand. This compares texts, once for an instance.
      this.duplicates ??= this.#leaf({ enum: this.arraysWithDuplicates, says: "must not have two equal items" });
      further.push(this.#leaf({ not: this.duplicates }));
    }
  }

  #leaf(keywords: Record<string, unknown>): SchemaNode {
    return Object.assign(this.#newNode(), keywords, { cost: VISIT_COST });
  }

  /** Draft-04 has a flag beside `minimum` where later drafts have a number of its own. */
  #makeBoundsNumbers(node: SchemaNode): void {
    for (const [bound, exclusive] of [["minimum", "exclusiveMinimum"], ["maximum", "exclusiveMaximum"]] as const) {
      const isExclusive = node[exclusive] === true;
      node[exclusive] = isExclusive ? node[bound] : undefined;
      if (isExclusive) node[bound] = undefined;
    }
  }

  /** The validator would match property names with RegExp, so it never sees the keyword. */
  #patternProperties(node: SchemaNode, schemas: Record<string, unknown>, path: string): void {
    const patterns: PatternedNode["patterns"] = [];
    for (const [pattern, schema] of Object.entries(schemas)) {
      const check = this.#checks.pattern(pattern);
      if (check.ok) patterns.push({ format: check.value, schema });
      else this.#refuse(`${path}/${pointerToken(pattern)}`, check.error);
    }
    this.patterned.push({ node, properties: isJsonObject(node["properties"]) ? node["properties"] : emptyMap(), patterns });
  }
}

/** Without a prototype, since a property may be called `__proto__`. */
export const emptyMap = (): Record<string, unknown> => Object.create(null);

const isListOfNames = (value: unknown): boolean => Array.isArray(value) && value.every((name) => typeof name === "string");

/** The validator divides integers of up to 600 digits. */
const DIVISION_COST = 40;

/** The validator goes through these on every visit; the lengths of values compared count too. */
export function costOf(node: SchemaNode): number {
  const names = isJsonObject(node["properties"]) ? Object.keys(node["properties"]).length : 0;
  const required = Array.isArray(node["required"]) ? node["required"].length : 0;
  const values = JSON.stringify([node["enum"], node["const"], node["dependentRequired"]]).length >> 3;
  const division = node["multipleOf"] === undefined ? 0 : DIVISION_COST;
  return VISIT_COST + names + required + values + division;
}

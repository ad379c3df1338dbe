import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileSchema } from "../../src/domain/json-schema.ts";

function matches(pattern: string, text: string): boolean {
  const result = compileSchema({ pattern });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.validate(text) === null;
}

/** Each pattern with texts that it should take and should not take, by ECMA 262 with the u flag, which JSON Schema means. */
const PATTERNS: [pattern: string, taken: string[], refused: string[]][] = [
  ["^\\+(1)+[0-9]*$", ["+1", "+12345678901", "+11"], ["+2", "1", "+1x", "+1\n"]],
  ["^\\+(91|1)+[0-9]*$", ["+1", "+919876543210"], ["+44", ""]],
  ["a.c", ["abc", "xxabcxx", "a😀c"], ["ac", "a\nc"]],
  ["^a|b$", ["ax", "xb"], ["xa", "bx"]],
  ["^$", [""], ["a", "\n"]],
  ["\\d\\D\\w\\W\\s\\S", ["1a_- x"], ["11_- x"]],
  ["^a\\/b\\-c\\.d$", ["a/b-c.d"], ["a/b-cxd"]],
  ["^a\\_b$", ["a_b"], ["ab"]],
  ["^[\\-a\\]\\[]+$", ["-a][", "-"], ["b"]],
  ["^\\u0041\\x42\\u{43}$", ["ABC"], ["abc"]],
  ["^\\uD83D\\uDE00$", ["😀"], ["\ud83d"]],
  ["^[\\uD83D\\uDE00x]$", ["😀", "x"], ["😁"]],
  ["^\\\\uD83D\\\\uDE00$", ["\\uD83D\\uDE00"], ["😀"]],
  ["^.$", ["😀", "é"], ["", "ab"]],
  ["^\\p{L}+\\p{N}$", ["Straße1", "日本1"], ["1", "a"]],
  ["^[^/]+/[^/]+$", ["a/b"], ["a//b"]],
  ["^(?<year>\\d{4})-(?:0[1-9]|1[0-2])$", ["2026-12"], ["2026-13"]],
  ["^a{2,3}?$", ["aa", "aaa"], ["a", "aaaa"]],
  ["\\bfoo\\b", ["a foo b"], ["afoob"]],
  ["^[]$", [], ["", "a", "]"]],
  ["^[^]$", ["\n", "a"], [""]],
  ["^\\cJ$", ["\n"], ["J"]],
  ["^[^\\s@]+@[^\\s@]+\\.[^\\s@]+$", ["a@b.c"], ["a b@c.d", "@b.c"]],
];

describe.each(PATTERNS)("%s", (pattern, taken, refused) => {
  test.each(taken)("takes %j", (text) => expect(matches(pattern, text)).toBe(true));
  if (refused.length > 0) test.each(refused)("does not take %j", (text) => expect(matches(pattern, text)).toBe(false));
});

test("RE2 and RegExp agree on ordinary patterns", () => {
  const atom = fc.constantFrom("a", "b", "[ab]", "[^a]", "\\d", "\\w", "(a|b)", "(?:ab)", ".", "\\+", "0");
  const part = fc.tuple(atom, fc.constantFrom("", "", "*", "+", "?", "{2}", "{1,3}", "*?")).map((pair) => pair.join(""));
  const pattern = fc.tuple(fc.constantFrom("", "^"), fc.array(part, { maxLength: 5 }), fc.constantFrom("", "$")).map(([start, parts, end]) => start + parts.join("") + end);
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "0", "1", "+", "_", "é"), maxLength: 12 });
  fc.assert(
    fc.property(pattern, fc.array(text, { minLength: 1 }), (expression, texts) => {
      const compiled = compileSchema({ pattern: expression });
      for (const instance of texts) expect(compiled.ok && compiled.value.validate(instance) === null).toBe(new RegExp(expression, "u").test(instance));
    }),
    { numRuns: 500 },
  );
});

describe("a pattern that RE2 cannot run is refused by its place", () => {
  test.each(["(?=a)", "(?!a)", "(?<=a)b", "(?<!a)b", "(a)\\1", "(?<n>a)\\k<n>", "(", "[", "a**", "\\p{Nope}", "(?>a)", "a{1001}", "((a{100}){100}){100}", "[b-a]", "a".repeat(1_001), "\\pL{1000}\\pL{1000}"])(
    "%s",
    (pattern) => {
      expect(compileSchema({ properties: { a: { pattern } } })).toEqual({ ok: false, error: [{ path: "/properties/a/pattern", message: expect.stringMatching(/^(must|is too large)/) }] });
      const key = pattern.replaceAll("~", "~0").replaceAll("/", "~1");
      expect(compileSchema({ patternProperties: { [pattern]: {} } })).toEqual({ ok: false, error: [{ path: `/patternProperties/${key}`, message: expect.any(String) }] });
    },
  );

  test("each of them in one answer", () => {
    const schema = { properties: { a: { pattern: "(?=a)" }, b: { items: { pattern: "\\1" } } }, patternProperties: { "(": {} } };
    const result = compileSchema(schema);
    expect(result.ok ? [] : result.error.map(({ path }) => path)).toEqual(["/properties/a/pattern", "/properties/b/items/pattern", "/patternProperties/("]);
  });

  test("also patterns that are too large together, each of which may stand alone", () => {
    const patterns = Array.from({ length: 100 }, (_, index) => ({ pattern: `^((a|b)*a){1,20}(a|b){${100 + index}}c$` }));
    for (const schema of [patterns[0], { allOf: patterns.slice(0, 5) }]) expect(compileSchema(schema).ok).toBe(true);
    const result = compileSchema({ allOf: patterns });
    expect(result.ok ? [] : result.error).toContainEqual({ path: expect.stringMatching(/^\/allOf\/\d+\/pattern$/), message: expect.stringContaining("too large together") });
  });

  test("also large classes of characters that are too large together", () => {
    const classes = Array.from({ length: 90 }, (_, index) => `[\\pL${String.fromCodePoint(0x2500 + index)}]`).join("");
    expect(compileSchema({ allOf: [{ pattern: classes }, { pattern: `${classes}x` }, { pattern: `${classes}y` }] }).ok).toBe(false);
    expect(compileSchema({ allOf: Array.from({ length: 15 }, (_, index) => ({ pattern: `^[\\p{L} .'-]{1,${60 + index}}$` })) }).ok).toBe(true);
  });

  test.each([
    ["a hundred of a large class", "\\pL{1000}".repeat(100)],
    ["ninety of a choice", "(a|b){1000}".repeat(90)],
    ["two that are too many together", "a{501}b{2,502}"],
  ])("without compiling it, by its counted repetitions: %s", (_, pattern) => {
    const started = process.cpuUsage();
    expect(compileSchema({ pattern })).toEqual({ ok: false, error: [{ path: "/pattern", message: expect.stringContaining("too large a pattern") }] });
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1_000).toBeLessThan(50);
  });

  test.each(["^\\{5000}$", "^[{5000}]+$", "^\\\\{3}$"])("but braces that count nothing stand for themselves: %s", (pattern) => expect(compileSchema({ pattern }).ok).toBe(true));

  test("also more patterns than one schema may have", () => {
    const schema = { allOf: Array.from({ length: 101 }, (_, index) => ({ pattern: `^${index}$` })) };
    expect(compileSchema(schema)).toEqual({ ok: false, error: [{ path: "/allOf/100/pattern", message: "must be one of at most 100 different patterns" }] });
    expect(compileSchema({ allOf: Array.from({ length: 200 }, () => ({ pattern: "^a$" })) }).ok).toBe(true);
  });
});

/** Letters a and b in no order that a pattern could follow. */
const mixed = (length: number, seed: number): string => Array.from({ length }, (_, at) => "ab"[(Math.imul(at + seed * 7_919, 2_654_435_761) >>> 7) & 1]).join("");

describe("patterns that take a backtracking matcher for ever take RE2 no time", () => {
  test.each(["^(a+)+$", "^(a|aa)+$", "^(a|a?)+$", "(x+x+)+y", "^(.*a){20}$", "^\\+(91|1)+[0-9]*$", "^([a-zA-Z0-9]+\\s?)+$"])("%s", (pattern) => {
    const schema = compileSchema({ pattern });
    const started = performance.now();
    for (const text of ["a".repeat(60_000) + "!", "x".repeat(60_000) + "!", "+" + "1".repeat(60_000) + "!"]) expect(schema.ok && schema.value.validate(text)).not.toBeNull();
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test.each([
    ["of one long text", "((a|b)*a){1,80}(a|b){60}c", { length: 1, characters: 14_000 }],
    ["of many texts", "^(a|b)*a(a|b){300}$", { length: 40, characters: 1_500 }],
    ["by large classes of characters", "(\\pL|a)*\\pL(\\pL|a){60}c", { length: 1, characters: 14_000 }],
  ])("and a pattern made to be slow for RE2 itself meets the limit of work: %s", (_, pattern, { length, characters }) => {
    const schema = compileSchema({ items: { anyOf: [{ pattern }, {}] } });
    const texts = Array.from({ length }, (_item, index) => mixed(characters, index));
    const started = process.cpuUsage();
    expect(schema.ok && schema.value.validate(texts)).toEqual({ path: "", message: "takes too much work to check against the schema" });
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1_000).toBeLessThan(100);
  });

  test("a long text is no work for a pattern of few states", () => {
    const schema = compileSchema({ pattern: "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$" });
    expect(schema.ok && schema.value.validate("QUJD".repeat(15_000))).toBeNull();
  });
});

import * as fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { isJsonObject } from "../../../src/domain/json-document.ts";
import { JSON_DEPTH, type JsonFault, type JsonFaultReason, JsonObjectScanner } from "../../../src/domain/recording/json-scan.ts";
import { type JsonType, TOP_LEVEL_KEY_BYTES, TOP_LEVEL_KEYS, type TopLevel } from "../../../src/domain/recording/json-top-level.ts";
import type { Result } from "../../../src/domain/result.ts";

const encoder = new TextEncoder();
const utf8 = (text: string): Uint8Array => encoder.encode(text);
/** One character a byte. */
const raw = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** @param cuts where chunks end. */
function scan(document: Uint8Array, cuts: readonly number[] = []): Result<TopLevel, JsonFault> {
  const scanner = new JsonObjectScanner();
  const places = [0, ...cuts.map((cut) => cut % (document.byteLength + 1)).toSorted((a, b) => a - b), document.byteLength];
  for (const [index, end] of places.slice(1).entries()) scanner.push(document.subarray(places[index], end));
  return scanner.end();
}

/** The same by the platform's own means: a JSON object in well-formed UTF-8, or nothing. */
function parsed(document: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(document));
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

function typeOf(value: unknown): JsonType {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  const type = typeof value;
  if (type === "object" || type === "string" || type === "number" || type === "boolean") return type;
  throw new Error(`no JSON: ${type}`);
}

describe("a document is one JSON object", () => {
  const objects: [name: string, document: string][] = [
    ["without members", "{}"],
    ["with white space around it and inside", " \t\r\n{ \t\r\n} \t\r\n"],
    ["with every type of value", '{"a":"","b":0,"c":true,"d":false,"e":null,"f":{},"g":[]}'],
    ["with white space between all tokens", '{ "a" : [ 1 , { "b" : null } ] , "c" : true }'],
    ["with nested brackets", '{"a":[[],[[]],{"b":{"c":[{}]}}]}'],
    ["with an empty name", '{"":1}'],
    ["with the same name twice", '{"a":1,"a":2}'],
    ["with zero in its spellings", '{"a":[0,-0,0.0,-0.0,0e0,0E+0,0e-00]}'],
    ["with numbers of many digits", `{"a":[${"9".repeat(400)},-${"1".repeat(40)}.${"2".repeat(40)}e-400,1E+9999]}`],
    ["with simple escapes", '{"\\"\\\\\\/\\b\\f\\n\\r\\t":"\\"\\\\\\/\\b\\f\\n\\r\\t"}'],
    ["with escapes by number", '{"\\u0000\\u00e9":"\\uD83D\\uDE00\\uABCD\\uabcd"}'],
    ["with a lone surrogate as an escape, which the grammar allows", '{"a":"\\uD800","b":"\\uDC00\\uD800"}'],
    ["with characters of one to four bytes", '{"aéあ😀":"\u007f\u0080\u07ff\u0800\ufffd\uffff\u{10000}\u{10ffff}"}'],
    ["with the last characters before surrogates and the first behind", '{"a":"\ud7ff\ue000"}'],
    ["with separators that JavaScript once took for line ends", '{"a":"\u2028\u2029"}'],
    ["with a byte order mark inside a string", '{"\ufeffa":"\ufeff"}'],
  ];
  test.each(objects)("%s", (_, text) => {
    const document = utf8(text);
    expect(parsed(document)).not.toBeNull();
    expect(scan(document).ok).toBe(true);
  });
});

describe("a document is refused, at the byte that is wrong,", () => {
  const refused: [name: string, document: Uint8Array, reason: JsonFaultReason, atByte: number][] = [
    ["that is empty", utf8(""), "empty", 0],
    ["that is white space", utf8(" \n\t\r"), "empty", 4],
    ["that begins with a byte order mark", utf8("\ufeff{}"), "not_json", 0],
    ["that is HTML", utf8("<!DOCTYPE html>"), "not_json", 0],
    ["that is an array", utf8(' ["a"]'), "not_an_object", 1],
    ["that is a string", utf8('"{}"'), "not_an_object", 0],
    ["that is a number", utf8("-1"), "not_an_object", 0],
    ["that is a literal", utf8("null"), "not_an_object", 0],
    ["that is gzip", raw("\u001f\u008b\u0008"), "not_json", 0],
    ["that is UTF-16", raw("\u00ff\u00fe{\u0000}\u0000"), "not_utf8", 0],
    ["with a second object behind it", utf8("{}{}"), "not_json", 2],
    ["with a comma behind it", utf8("{},"), "not_json", 2],
    ["with a bracket too many", utf8('{"a":1}}'), "not_json", 7],
    ["with a zero byte behind it", utf8("{}\u0000"), "not_json", 2],
    ["with a no-break space before it", utf8("\u00a0{}"), "not_json", 0],
    ["with a form feed between tokens", utf8("{\f}"), "not_json", 1],
    ["with a comment", utf8("{}//"), "not_json", 2],
    ["that is cut off after its bracket", utf8("{"), "not_json", 1],
    ["that is cut off in a name", utf8('{"a'), "not_json", 3],
    ["that is cut off after a colon", utf8('{"a":'), "not_json", 5],
    ["that is cut off in a number", utf8('{"a":1'), "not_json", 6],
    ["that is cut off in an escape", utf8('{"a":"\\u12'), "not_json", 10],
    ["that is cut off in a character", raw('{"a":"\u00f0\u009f\u0098'), "not_utf8", 9],
    ["with the comma of a last member", utf8('{"a":1,}'), "not_json", 7],
    ["with the comma of a last item", utf8('{"a":[1,]}'), "not_json", 8],
    ["with a comma before the first member", utf8('{,"a":1}'), "not_json", 1],
    ["with a comma before the first item", utf8('{"a":[,1]}'), "not_json", 6],
    ["with two commas", utf8('{"a":[1,,1]}'), "not_json", 8],
    ["with a name without a value", utf8('{"a"}'), "not_json", 4],
    ["with a name and no value behind its colon", utf8('{"a":}'), "not_json", 5],
    ["with two colons", utf8('{"a"::1}'), "not_json", 5],
    ["with a colon in an array", utf8('{"a":["b":1]}'), "not_json", 9],
    ["with members without a comma", utf8('{"a":1 "b":2}'), "not_json", 7],
    ["with items without a comma", utf8('{"a":[1 2]}'), "not_json", 8],
    ["with brackets that do not match", utf8('{"a":[1}'), "not_json", 7],
    ["with brackets that do not match the other way", utf8('{"a":1]'), "not_json", 6],
    ["with a name that is no string", utf8("{1:1}"), "not_json", 1],
    ["with a name without quotes", utf8("{a:1}"), "not_json", 1],
    ["with a name in single quotes", utf8("{'a':1}"), "not_json", 1],
    ["with a nested name that is no string", utf8('{"a":{1:1}}'), "not_json", 6],
    ["with a leading zero", utf8('{"a":01}'), "not_json", 6],
    ["with a plus sign", utf8('{"a":+1}'), "not_json", 5],
    ["with a minus sign alone", utf8('{"a":-}'), "not_json", 6],
    ["with a number that begins with a point", utf8('{"a":.5}'), "not_json", 5],
    ["with a number that ends with a point", utf8('{"a":5.}'), "not_json", 7],
    ["with an exponent without digits", utf8('{"a":1e}'), "not_json", 7],
    ["with a signed exponent without digits", utf8('{"a":1e+}'), "not_json", 8],
    ["with two signs", utf8('{"a":--1}'), "not_json", 6],
    ["with two points", utf8('{"a":1.2.3}'), "not_json", 8],
    ["with a point in an exponent", utf8('{"a":1e2.5}'), "not_json", 8],
    ["with a hexadecimal number", utf8('{"a":0x1}'), "not_json", 6],
    ["with digits of another script", utf8('{"a":１}'), "not_json", 5],
    ["with NaN", utf8('{"a":NaN}'), "not_json", 5],
    ["with Infinity", utf8('{"a":-Infinity}'), "not_json", 6],
    ["with undefined", utf8('{"a":undefined}'), "not_json", 5],
    ["with a literal in capitals", utf8('{"a":True}'), "not_json", 5],
    ["with a literal that is cut short", utf8('{"a":tru}'), "not_json", 8],
    ["with a literal that goes on", utf8('{"a":nulls}'), "not_json", 9],
    ["with an unknown escape", utf8('{"a":"\\x41"}'), "not_json", 7],
    ["with an escape of three digits", utf8('{"a":"\\u123"}'), "not_json", 11],
    ["with an escape of a capital U", utf8('{"a":"\\U0041"}'), "not_json", 7],
    ["with an escape that is no hexadecimal number", utf8('{"a":"\\u00g0"}'), "not_json", 10],
    ["with a line end in a string", utf8('{"a":"\n"}'), "not_json", 6],
    ["with a tab in a name", utf8('{"\t":1}'), "not_json", 2],
    ["with a zero byte in a string", utf8('{"a":"\u0000"}'), "not_json", 6],
    ["with the last control character in a string", utf8('{"a":"\u001f"}'), "not_json", 6],
    ["with an escaped line end", utf8('{"a":"\\\n"}'), "not_json", 7],
    ["with a lone continuation byte", raw('{"a":"\u0080"}'), "not_utf8", 6],
    ["with a character that is cut short", raw('{"a":"\u00c3"}'), "not_utf8", 7],
    ["with a name that is Latin-1", raw('{"\u00e9t\u00e9":1}'), "not_utf8", 3],
    ["with an overlong slash", raw('{"a":"\u00c0\u00af"}'), "not_utf8", 6],
    ["with an overlong character of three bytes", raw('{"a":"\u00e0\u009f\u00bf"}'), "not_utf8", 7],
    ["with an overlong character of four bytes", raw('{"a":"\u00f0\u008f\u00bf\u00bf"}'), "not_utf8", 7],
    ["with a surrogate in UTF-8", raw('{"a":"\u00ed\u00a0\u0080"}'), "not_utf8", 7],
    ["with what lies behind the last character", raw('{"a":"\u00f4\u0090\u0080\u0080"}'), "not_utf8", 7],
    ["with a byte that UTF-8 never has", raw('{"a":"\u00f5\u0080\u0080\u0080"}'), "not_utf8", 6],
  ];
  test.each(refused)("%s", (_, document, reason, atByte) => {
    expect(parsed(document)).toBeNull();
    expect(scan(document)).toEqual({ ok: false, error: { reason, atByte } });
  });
});

const nested = (levels: number): Uint8Array => utf8(`{"a":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`);

describe("the bytes of a character", () => {
  // Each place of a character takes every byte, while the others are right.
  const characters: [name: string, character: readonly number[]][] = [
    ["one", [0x61]],
    ["two", [0xc3, 0xa9]],
    ["three", [0xe3, 0x81, 0x82]],
    ["three, after E0", [0xe0, 0xa0, 0x80]],
    ["three, after ED", [0xed, 0x9f, 0xbf]],
    ["four", [0xf1, 0x80, 0x80, 0x80]],
    ["four, after F0", [0xf0, 0x9f, 0x98, 0x80]],
    ["four, after F4", [0xf4, 0x8f, 0xbf, 0xbf]],
  ];
  test.each(characters)("may be what Unicode allows: %s", (_, character) => {
    for (const place of character.keys()) {
      for (let byte = 0; byte <= 0xff; byte++) {
        const inside = character.with(place, byte);
        for (const document of [[...utf8('{"a":"'), ...inside, ...utf8('"}')], [...utf8('{"'), ...inside, ...utf8('":0}')], [...utf8('{"a":{"'), ...inside, ...utf8('":0}}')]]) {
          const all = Uint8Array.from(document);
          expect(scan(all).ok, `byte ${byte} at ${place}`).toBe(parsed(all) !== null);
        }
      }
    }
  });
});

describe("the depth of a document", () => {
  it("may be up to the limit, the object itself included", () => {
    expect(scan(nested(JSON_DEPTH)).ok).toBe(true);
    expect(scan(nested(JSON_DEPTH + 1))).toEqual({ ok: false, error: { reason: "too_deep", atByte: 5 + JSON_DEPTH - 1 } });
  });

  it("counts what is open, not what was", () => {
    expect(scan(utf8(`{"a":[${Array(2 * JSON_DEPTH).fill('[{"b":{}}]').join()}]}`)).ok).toBe(true);
  });

  it("is refused without the rest of a hostile document", () => {
    const scanner = new JsonObjectScanner();
    expect(scanner.push(utf8(`{"a":${"[".repeat(JSON_DEPTH)}`))).toBe(false);
    expect(scanner.push(utf8("]"))).toBe(false);
  });
});

function known(text: string, cuts: readonly number[] = []): TopLevel {
  const result = scan(utf8(text), cuts);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

const members = (count: number): string => `{${Array.from({ length: count }, (_, index) => `"k${index}":${index}`).join()}}`;

describe("the outermost object's members", () => {
  it("have types", () => {
    const { types, isComplete } = known('{"o":{"x":1},"a":["y"],"s":"z","n":-1.5e3,"t":true,"f":false,"z":null}');
    expect(Object.fromEntries(types)).toEqual({ o: "object", a: "array", s: "string", n: "number", t: "boolean", f: "boolean", z: "null" });
    expect(isComplete).toBe(true);
  });

  it("have the names that are meant, and the type that came last", () => {
    const { types } = known('{"\\u0061":1,"a":"x","\\ufeff":1,"\ufeffb":1,"__proto__":[],"\\ud800":null}');
    expect([...types]).toEqual([["a", "string"], ["\ufeff", "number"], ["\ufeffb", "number"], ["__proto__", "array"], ["\ud800", "null"]]);
  });

  it("are the first thousand, after which it is said that there may be more", () => {
    expect(known(members(TOP_LEVEL_KEYS))).toMatchObject({ isComplete: true });
    const more = known(members(TOP_LEVEL_KEYS + 1));
    expect(more.isComplete).toBe(false);
    expect(more.types.size).toBe(TOP_LEVEL_KEYS);
    expect(more.types.has(`k${TOP_LEVEL_KEYS}`)).toBe(false);
  });

  it("have names up to a length, which counts bytes", () => {
    const longest = "é".repeat(TOP_LEVEL_KEY_BYTES / 2);
    expect(known(`{"${longest}":1,"a":2}`)).toEqual({ types: new Map([[longest, "number"], ["a", "number"]]), isComplete: true });
    expect(known(`{"${longest}a":1,"a":"x"}`)).toEqual({ types: new Map([["a", "string"]]), isComplete: false });
  });

  it("have names that may be cut anywhere", () => {
    const long = `"${"x".repeat(TOP_LEVEL_KEY_BYTES)}x"`;
    const text = `{"first":1,${long}:2,"\\u00e9é":true}`;
    const cuts = Array.from({ length: text.length }, (_, index) => index);
    expect(known(text, cuts)).toEqual({ types: new Map([["first", "number"], ["éé", "boolean"]]), isComplete: false });
  });
});

/** Documents that are objects, in different spellings. */
const documents = fc
  .tuple(fc.oneof(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), fc.jsonValue()), fc.constantFrom("", " ", "\t", "\n  "))
  .map(([value, space]) => utf8(JSON.stringify(value, null, space)));

const piece = fc.oneof(
  fc.constantFrom(...Array.from("{}[],:\"\\ \n-+.eE0123tfnul/"), '"a"', '"a":', '{"', "\\u00", "\\ud83d", "true", "null", "1e5", "\u0000", "é", "\ufeff", "\ud83d\ude00").map(utf8),
  fc.uint8Array({ minLength: 1, maxLength: 3 }),
);

const mutated = fc.tuple(documents, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 2 }), fc.option(piece, { nil: new Uint8Array() })), { maxLength: 3 })).map(([document, edits]) => {
  let bytes = Array.from(document);
  for (const [at, deleted, inserted] of edits) bytes = bytes.toSpliced(at % (bytes.length + 1), deleted, ...inserted);
  return Uint8Array.from(bytes);
});

const assembled = fc.array(piece, { maxLength: 12 }).map((pieces) => Uint8Array.from([...utf8('{"a":'), ...pieces.flatMap((part) => Array.from(part)), ...utf8("}")]));

describe("of any document", () => {
  it.each([["written from a value", documents], ["with some edits", mutated], ["put together from pieces", assembled]])("%s, the scanner takes exactly what JSON.parse takes for an object", (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (document) => {
        const expected = parsed(document);
        const result = scan(document);
        expect(result.ok).toBe(expected !== null);
        if (!result.ok || expected === null) return;
        if (result.value.isComplete) expect(new Map(result.value.types)).toEqual(new Map(Object.entries(expected).map(([name, value]) => [name, typeOf(value)])));
      }),
      { numRuns: 2_000 },
    );
  });

  it("the verdict is the same, however it is cut into chunks", () => {
    fc.assert(
      fc.property(fc.oneof(mutated, assembled), fc.array(fc.nat({ max: 1_000 }), { maxLength: 10 }), (document, cuts) => {
        expect(scan(document, cuts)).toEqual(scan(document));
        expect(scan(document, Array.from(document.keys()))).toEqual(scan(document));
      }),
      { numRuns: 1_000 },
    );
  });

  it("nothing is wrong before the byte that is named", () => {
    fc.assert(
      fc.property(fc.oneof(mutated, assembled), (document) => {
        const result = scan(document);
        if (result.ok) return;
        const { atByte } = result.error;
        expect(atByte).toBeLessThanOrEqual(document.byteLength);
        expect(new JsonObjectScanner().push(document.subarray(0, atByte))).toBe(true);
        if (atByte < document.byteLength) expect(new JsonObjectScanner().push(document.subarray(0, atByte + 1))).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });
});

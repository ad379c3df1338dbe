import { describe, expect, it } from "vitest";
import { utf8 } from "../../../src/domain/bytes.ts";
import type { JsonType, TopLevel } from "../../../src/domain/recording/json-top-level.ts";
import { isParsable, violationOfLargeResult } from "../../../src/domain/recording/large-result.ts";

const EIGHT_MIB = 8 * 1024 * 1024;
const topLevel = (types: Record<string, JsonType>, isComplete = true): TopLevel => ({ types: new Map(Object.entries(types)), isComplete });
const object = (letters: number): Uint8Array => utf8(`{"a":"${"x".repeat(letters - 8)}"}`);

describe("a result is parsed", () => {
  it.each([
    ["of 8 MiB", object(EIGHT_MIB), true],
    ["of one byte more", object(EIGHT_MIB + 1), false],
    ["of a million values", utf8(`{"a":[${"{},".repeat(499_998)}1]}`), true],
    ["of more values than a million, in a third of that size", utf8(`{"a":[${"{},".repeat(499_999)}1]}`), false],
  ])("when it is one %s, or not", (_, json, parsable) => expect(isParsable(json)).toBe(parsable));
});

describe("a result that is too large to be parsed", () => {
  it.each<[string, Record<string, unknown>, TopLevel]>([
    ["with every required name", { required: ["digits"] }, topLevel({ digits: "string" })],
    ["with a required name whose value is null", { required: ["digits"] }, topLevel({ digits: "null" })],
    ["for a schema of objects", { type: "object" }, topLevel({})],
    ["for a schema of objects and lists", { type: ["array", "object"] }, topLevel({})],
    ["for what a schema says of its members", { properties: { digits: { type: "number" } } }, topLevel({ digits: "string" })],
    ["with members that were not looked at, of which one may be the required one", { required: ["digits"] }, topLevel({}, false)],
    ["for what stands beside a reference", { $ref: "#/definitions/a", required: ["digits"], definitions: { a: {} } }, topLevel({})],
  ])("passes %s", (_, schema, known) => expect(violationOfLargeResult(schema, known)).toBeNull());

  it.each<[string, Record<string, unknown>, TopLevel, { path: string; message: string }]>([
    ["without a required name", { required: ["digits", "a/b"] }, topLevel({ digits: "string" }), { path: "/a~1b", message: "is required" }],
    ["for a schema of lists", { type: "array" }, topLevel({}), { path: "", message: "must be of type array" }],
    ["for a schema of lists and texts", { type: ["array", "string"] }, topLevel({}), { path: "", message: "must be of type array or string" }],
  ])("does not pass %s", (_, schema, known, violation) => expect(violationOfLargeResult(schema, known)).toEqual(violation));
});

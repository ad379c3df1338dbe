import { err, ok, type Result } from "../result.ts";
import {
  AFTER,
  BEGIN_TOP_KEY,
  BEGIN_TOP_VALUE,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  END,
  END_TOP_KEY,
  FIRST_ACTION,
  FIRST_ITEM,
  FIRST_KEY,
  isInCharacter,
  isInTopKey,
  KEY,
  NOT_AN_OBJECT,
  NOT_UTF8,
  OPEN_ARRAY,
  OPEN_OBJECT,
  START,
  TOP_COLON,
  TOP_FIRST_KEY,
  TOP_KEY,
  TOP_KEY_STRING,
  TRANSITIONS,
  VALUE,
} from "./json-automaton.ts";
import { TopLevelKeys, type TopLevel } from "./json-top-level.ts";

export type JsonFaultReason = "not_utf8" | "not_json" | "not_an_object" | "too_deep" | "empty";
/** `atByte` counts from 0; it is the length when the document ended too early. */
export type JsonFault = { reason: JsonFaultReason; atByte: number };

/**
 * Ours: levels of objects and arrays, the outermost object included. Real results have a dozen. Whoever reads one should be able to: many
 * parsers recurse, and end between some hundred levels (PHP's default is 512) and some thousand.
 */
export const JSON_DEPTH = 512;

/**
 * Says of a body of any size whether it is UTF-8 and one JSON object, without holding it: `JSON.parse` of the largest callback would take more
 * than twice an isolate's memory. It takes exactly what `JSON.parse` of the strictly decoded text takes, up to the depth.
 */
export class JsonObjectScanner {
  #state = START;
  /** For each open level whether it is an object. */
  readonly #isObject = new Uint8Array(JSON_DEPTH);
  #depth = 0;
  readonly #topLevel = new TopLevelKeys();
  #scannedBytes = 0;
  #fault: JsonFault | null = null;

  /** @returns whether to go on: not when the document is wrong, whatever follows. */
  push(chunk: Uint8Array): boolean {
    if (this.#fault !== null) return false;
    const stopped = this.#scan(chunk);
    if (stopped !== null) this.#fault = { reason: stopped.reason, atByte: this.#scannedBytes + stopped.atByte };
    this.#scannedBytes += chunk.byteLength;
    return this.#fault === null;
  }

  end(): Result<TopLevel, JsonFault> {
    if (this.#fault !== null) return err(this.#fault);
    if (this.#state === END) return ok(this.#topLevel.known);
    const reason = this.#state === START ? "empty" : isInCharacter(this.#state) ? "not_utf8" : "not_json";
    return err({ reason, atByte: this.#scannedBytes });
  }

  /** The loop over every byte calls nothing and allocates nothing, but for the outermost object's own keys. */
  #scan(chunk: Uint8Array): JsonFault | null {
    const table = TRANSITIONS;
    const isObject = this.#isObject;
    let state = this.#state;
    let depth = this.#depth;
    for (let at = 0; at < chunk.length; at++) {
      const row = state << 8;
      let next = table[row | (chunk[at] ?? 0)] ?? 0;
      // Text, digits and spaces come in runs. That the state is known beforehand makes them three times as fast.
      while (next === state && ++at < chunk.length) next = table[row | (chunk[at] ?? 0)] ?? 0;
      if (next < FIRST_ACTION) {
        state = next;
        continue;
      }
      switch (next) {
        case COMMA:
          state = isObject[depth - 1] !== 1 ? VALUE : depth === 1 ? TOP_KEY : KEY;
          break;
        case OPEN_OBJECT:
        case OPEN_ARRAY:
          if (depth === JSON_DEPTH) return { reason: "too_deep", atByte: at };
          isObject[depth++] = next === OPEN_OBJECT ? 1 : 0;
          state = next === OPEN_ARRAY ? FIRST_ITEM : depth === 1 ? TOP_FIRST_KEY : FIRST_KEY;
          break;
        case CLOSE_OBJECT:
        case CLOSE_ARRAY:
          if (isObject[--depth] !== (next === CLOSE_OBJECT ? 1 : 0)) return { reason: "not_json", atByte: at };
          state = depth === 0 ? END : AFTER;
          break;
        case BEGIN_TOP_KEY:
          this.#topLevel.beginKey(at + 1);
          state = TOP_KEY_STRING;
          break;
        case END_TOP_KEY:
          this.#topLevel.endKey(chunk, at);
          state = TOP_COLON;
          break;
        case BEGIN_TOP_VALUE:
          this.#topLevel.beginValue(chunk[at] ?? 0);
          // The same byte again, as that of any value.
          state = VALUE;
          at--;
          break;
        default:
          return { reason: next === NOT_UTF8 ? "not_utf8" : next === NOT_AN_OBJECT ? "not_an_object" : "not_json", atByte: at };
      }
    }
    if (isInTopKey(state)) this.#topLevel.continueKey(chunk);
    this.#state = state;
    this.#depth = depth;
    return null;
  }
}

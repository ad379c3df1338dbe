/**
 * The grammar of RFC 8259 and the well-formed byte sequences of Unicode (its table 3-7) as one table: `TRANSITIONS[state << 8 | byte]` is
 * the next state, or something to do. What a comma or a closing bracket means depends on what is open, so that is done, not tabled.
 */

/** In a string; each kind of string has states of its own, so that what follows it needs no memory. */
const STRING_STATES = [
  "IN", "ESCAPE", "HEX4", "HEX3", "HEX2", "HEX1",
  // In a character of several bytes: so many to come, or after a first byte that restricts the second.
  "TAIL1", "TAIL2", "TAIL3", "AFTER_E0", "AFTER_ED", "AFTER_F0", "AFTER_F4",
] as const;
type StringState = (typeof STRING_STATES)[number];
const FIRST_TAIL = STRING_STATES.indexOf("TAIL1");

const OTHER_STATES = [
  // Between tokens: before the object, after its "{", after a comma in it, before ":", before its value; the same in other objects;
  // after "[", after a value, after the object.
  "START", "TOP_FIRST_KEY", "TOP_KEY", "TOP_COLON", "TOP_VALUE", "FIRST_KEY", "KEY", "COLON", "VALUE", "FIRST_ITEM", "AFTER", "END",
  // In a number: after "-", after a leading zero, in the integer, after ".", in the fraction, after "e", after its sign, in the exponent.
  "MINUS", "ZERO", "INTEGER", "POINT", "FRACTION", "E", "SIGN", "EXPONENT",
  // In a literal, by what was read of it.
  "T", "TR", "TRU", "F", "FA", "FAL", "FALS", "N", "NU", "NUL",
] as const;
type OtherState = (typeof OTHER_STATES)[number];

/** Strings that are values, names in the outermost object, and names in others. */
const STRING = 0;
export const TOP_KEY_STRING = STRING_STATES.length;
const KEY_STRING = 2 * STRING_STATES.length;
const STRINGS_END = 3 * STRING_STATES.length;
const STATE_COUNT = STRINGS_END + OTHER_STATES.length;

const numberOf = (state: OtherState): number => STRINGS_END + OTHER_STATES.indexOf(state);

export const START = numberOf("START");
export const TOP_FIRST_KEY = numberOf("TOP_FIRST_KEY");
export const TOP_KEY = numberOf("TOP_KEY");
export const TOP_COLON = numberOf("TOP_COLON");
export const FIRST_KEY = numberOf("FIRST_KEY");
export const KEY = numberOf("KEY");
export const VALUE = numberOf("VALUE");
export const FIRST_ITEM = numberOf("FIRST_ITEM");
export const AFTER = numberOf("AFTER");
export const END = numberOf("END");

/** What there is to do instead of a plain step. */
export const FIRST_ACTION = 128;
export const OPEN_OBJECT = 128;
export const OPEN_ARRAY = 129;
export const CLOSE_OBJECT = 130;
export const CLOSE_ARRAY = 131;
export const COMMA = 132;
export const BEGIN_TOP_KEY = 133;
export const END_TOP_KEY = 134;
export const BEGIN_TOP_VALUE = 135;
export const NOT_JSON = 136;
export const NOT_UTF8 = 137;
export const NOT_AN_OBJECT = 138;

/** Whether a name in the outermost object has begun and not ended. */
export const isInTopKey = (state: number): boolean => state >= TOP_KEY_STRING && state < KEY_STRING;
/** Whether a character of several bytes has begun and not ended. */
export const isInCharacter = (state: number): boolean => state < STRINGS_END && state % STRING_STATES.length >= FIRST_TAIL;

const WHITE_SPACE = " \t\n\r";
const DIGITS = "0123456789";
const HEX_DIGITS = `${DIGITS}abcdefABCDEF`;

class Table {
  readonly cells = new Uint8Array(STATE_COUNT << 8).fill(NOT_JSON);

  range(state: number, from: number, to: number, target: number): void {
    this.cells.fill(target, (state << 8) | from, ((state << 8) | to) + 1);
  }

  on(state: number, characters: string, target: number): void {
    for (const character of characters) this.cells[(state << 8) | character.charCodeAt(0)] = target;
  }
}

function transitions(): Uint8Array {
  const table = new Table();
  for (let state = 0; state < STATE_COUNT; state++) {
    // No character begins with these, wherever it stands.
    table.range(state, 0x80, 0xc1, NOT_UTF8);
    table.range(state, 0xf5, 0xff, NOT_UTF8);
  }
  betweenTokens(table);
  numbers(table);
  literals(table);
  strings(table, STRING, AFTER);
  strings(table, TOP_KEY_STRING, END_TOP_KEY);
  strings(table, KEY_STRING, numberOf("COLON"));
  return table.cells;
}

function betweenTokens(table: Table): void {
  for (const state of OTHER_STATES.slice(0, OTHER_STATES.indexOf("MINUS"))) table.on(numberOf(state), WHITE_SPACE, numberOf(state));
  table.on(START, "{", OPEN_OBJECT);
  table.on(START, `["-${DIGITS}tfn`, NOT_AN_OBJECT);
  for (const state of [TOP_FIRST_KEY, TOP_KEY]) table.on(state, '"', BEGIN_TOP_KEY);
  for (const state of [FIRST_KEY, KEY]) table.on(state, '"', KEY_STRING);
  for (const state of [TOP_FIRST_KEY, FIRST_KEY]) table.on(state, "}", CLOSE_OBJECT);
  table.on(TOP_COLON, ":", numberOf("TOP_VALUE"));
  table.on(numberOf("COLON"), ":", VALUE);
  table.on(numberOf("TOP_VALUE"), `{["-${DIGITS}tfn`, BEGIN_TOP_VALUE);
  for (const state of [VALUE, FIRST_ITEM]) {
    table.on(state, "{", OPEN_OBJECT);
    table.on(state, "[", OPEN_ARRAY);
    table.on(state, '"', STRING);
    table.on(state, "-", numberOf("MINUS"));
    table.on(state, "0", numberOf("ZERO"));
    table.on(state, "123456789", numberOf("INTEGER"));
    table.on(state, "t", numberOf("T"));
    table.on(state, "f", numberOf("F"));
    table.on(state, "n", numberOf("N"));
  }
  table.on(FIRST_ITEM, "]", CLOSE_ARRAY);
  endOfValue(table, AFTER);
}

function endOfValue(table: Table, state: number): void {
  table.on(state, WHITE_SPACE, AFTER);
  table.on(state, ",", COMMA);
  table.on(state, "}", CLOSE_OBJECT);
  table.on(state, "]", CLOSE_ARRAY);
}

function numbers(table: Table): void {
  const on = (states: readonly OtherState[], characters: string, target: OtherState): void => {
    for (const state of states) table.on(numberOf(state), characters, numberOf(target));
  };
  on(["MINUS"], "0", "ZERO");
  on(["MINUS"], "123456789", "INTEGER");
  on(["INTEGER"], DIGITS, "INTEGER");
  on(["ZERO", "INTEGER"], ".", "POINT");
  on(["POINT", "FRACTION"], DIGITS, "FRACTION");
  on(["ZERO", "INTEGER", "FRACTION"], "eE", "E");
  on(["E"], "+-", "SIGN");
  on(["E", "SIGN", "EXPONENT"], DIGITS, "EXPONENT");
  for (const state of ["ZERO", "INTEGER", "FRACTION", "EXPONENT"] as const) endOfValue(table, numberOf(state));
}

function literals(table: Table): void {
  const letters: [OtherState, string, OtherState][] = [
    ["T", "r", "TR"], ["TR", "u", "TRU"], ["TRU", "e", "AFTER"],
    ["F", "a", "FA"], ["FA", "l", "FAL"], ["FAL", "s", "FALS"], ["FALS", "e", "AFTER"],
    ["N", "u", "NU"], ["NU", "l", "NUL"], ["NUL", "l", "AFTER"],
  ];
  for (const [state, letter, target] of letters) table.on(numberOf(state), letter, numberOf(target));
}

/** @param base the first of the states of this kind of string. @param atEnd what follows its closing quote. */
function strings(table: Table, base: number, atEnd: number): void {
  const of = (state: StringState): number => base + STRING_STATES.indexOf(state);
  const range = (state: StringState, from: number, to: number, target: StringState): void => table.range(of(state), from, to, of(target));
  range("IN", 0x20, 0x7f, "IN");
  table.on(of("IN"), '"', atEnd);
  table.on(of("IN"), "\\", of("ESCAPE"));
  table.on(of("ESCAPE"), '"\\/bfnrt', of("IN"));
  table.on(of("ESCAPE"), "u", of("HEX4"));
  for (const [state, target] of [["HEX4", "HEX3"], ["HEX3", "HEX2"], ["HEX2", "HEX1"], ["HEX1", "IN"]] as const) table.on(of(state), HEX_DIGITS, of(target));

  range("IN", 0xc2, 0xdf, "TAIL1");
  range("IN", 0xe0, 0xef, "TAIL2");
  range("IN", 0xf0, 0xf4, "TAIL3");
  // Overlong forms, surrogates and what lies beyond U+10FFFF differ from characters in their second byte.
  range("IN", 0xe0, 0xe0, "AFTER_E0");
  range("IN", 0xed, 0xed, "AFTER_ED");
  range("IN", 0xf0, 0xf0, "AFTER_F0");
  range("IN", 0xf4, 0xf4, "AFTER_F4");
  for (const state of STRING_STATES.slice(FIRST_TAIL)) table.range(of(state), 0x00, 0xff, NOT_UTF8);
  range("TAIL3", 0x80, 0xbf, "TAIL2");
  range("TAIL2", 0x80, 0xbf, "TAIL1");
  range("TAIL1", 0x80, 0xbf, "IN");
  range("AFTER_E0", 0xa0, 0xbf, "TAIL1");
  range("AFTER_ED", 0x80, 0x9f, "TAIL1");
  range("AFTER_F0", 0x90, 0xbf, "TAIL2");
  range("AFTER_F4", 0x80, 0x8f, "TAIL2");
}

export const TRANSITIONS: Uint8Array = transitions();

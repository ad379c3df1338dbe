export type JsonType = "object" | "array" | "string" | "number" | "boolean" | "null";

/** What is known of an object's own members. */
export type TopLevel = {
  /** By name; where a name stands twice, the type of the later value, as `JSON.parse` has it. */
  types: ReadonlyMap<string, JsonType>;
  /** False when there may be more: over `TOP_LEVEL_KEYS` members, or a name over `TOP_LEVEL_KEY_BYTES`. */
  isComplete: boolean;
};

/** Ours: members of the outermost object that are looked at, the first ones, and bytes of a name as written. */
export const TOP_LEVEL_KEYS = 1_000;
export const TOP_LEVEL_KEY_BYTES = 256;

/** A key may begin with U+FEFF, which is no mark there. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Keeps the first keys of an object that streams by, so that required ones can be looked for. */
export class TopLevelKeys {
  readonly #types = new Map<string, JsonType>();
  #isComplete = true;
  #members = 0;
  /** What earlier chunks had of the key that is being read; more than the limit is counted, not kept. */
  readonly #begun = new Uint8Array(TOP_LEVEL_KEY_BYTES);
  #begunBytes = 0;
  /** Where the key goes on in the chunk at hand. */
  #from = 0;
  #key: string | null = null;

  get known(): TopLevel {
    return { types: this.#types, isComplete: this.#isComplete };
  }

  beginKey(from: number): void {
    this.#from = from;
    this.#begunBytes = 0;
  }

  continueKey(chunk: Uint8Array): void {
    this.#keep(chunk.subarray(this.#from));
    this.#from = 0;
  }

  endKey(chunk: Uint8Array, end: number): void {
    this.#key = null;
    const isLookedAt = this.#members < TOP_LEVEL_KEYS && this.#begunBytes + end - this.#from <= TOP_LEVEL_KEY_BYTES;
    this.#members++;
    if (!isLookedAt) {
      this.#isComplete = false;
      return;
    }
    this.#keep(chunk.subarray(this.#from, end));
    // Escapes are JSON's, and the scanner has found them right.
    this.#key = String(JSON.parse(`"${decoder.decode(this.#begun.subarray(0, this.#begunBytes))}"`));
  }

  beginValue(byte: number): void {
    if (this.#key !== null) this.#types.set(this.#key, typeOf(byte));
  }

  #keep(part: Uint8Array): void {
    if (this.#begunBytes + part.byteLength <= TOP_LEVEL_KEY_BYTES) this.#begun.set(part, this.#begunBytes);
    this.#begunBytes += part.byteLength;
  }
}

function typeOf(firstByte: number): JsonType {
  switch (String.fromCharCode(firstByte)) {
    case "{":
      return "object";
    case "[":
      return "array";
    case '"':
      return "string";
    case "t":
    case "f":
      return "boolean";
    case "n":
      return "null";
    default:
      return "number";
  }
}

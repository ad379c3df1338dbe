import type { JsonFault } from "../domain/recording/json-scan.ts";
import type { TopLevel } from "../domain/recording/json-top-level.ts";
import type { Result } from "../domain/result.ts";

/** Where bodies of callbacks are kept, each under a key of its own. */
export type CallbackStore = {
  /** @param body of known length. When it breaks off, nothing is kept. */
  put(key: string, body: ReadableStream): Promise<{ md5: string; sizeBytes: number }>;
  /** Whether it is one JSON object; null when nothing is there. */
  scan(key: string): Promise<Result<TopLevel, JsonFault> | null>;
  /** All of it: only for what is known to be small. */
  read(key: string): Promise<Uint8Array | null>;
  delete(key: string): Promise<void>;
};

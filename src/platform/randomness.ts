import { hexOf } from "../domain/bytes.ts";
import { sidOf, type Sid, type SidPrefix } from "../domain/sid.ts";

export const randomBytes = (count: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(count));

export const newSid = <P extends SidPrefix>(prefix: P): Sid<P> => sidOf(prefix, randomBytes(16));

/** 128 bits in hex, the shape of the public API's auth tokens. */
export const newAuthToken = (): string => hexOf(randomBytes(16));

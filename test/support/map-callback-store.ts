import { createHash } from "node:crypto";
import { JsonObjectScanner } from "../../src/domain/recording/json-scan.ts";
import type { CallbackStore } from "../../src/invocation/callback-store.ts";

/** Keeps callbacks in memory, and keeps nothing of a body that breaks off. */
export class MapCallbackStore implements CallbackStore {
  readonly bodies = new Map<string, Uint8Array>();

  async put(key: string, body: ReadableStream): Promise<{ md5: string; sizeBytes: number }> {
    const bytes = new Uint8Array(await new Response(body).arrayBuffer());
    this.bodies.set(key, bytes);
    return { md5: createHash("md5").update(bytes).digest("hex"), sizeBytes: bytes.byteLength };
  }

  async scan(key: string): ReturnType<CallbackStore["scan"]> {
    const bytes = this.bodies.get(key);
    if (bytes === undefined) return null;
    const scanner = new JsonObjectScanner();
    scanner.push(bytes);
    return scanner.end();
  }

  async read(key: string): Promise<Uint8Array | null> {
    return this.bodies.get(key) ?? null;
  }

  async delete(key: string): Promise<void> {
    this.bodies.delete(key);
  }
}

import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/domain/bytes.ts";
import { callbackStore } from "../../src/platform/r2/callback-store.ts";

const MIB = 1024 * 1024;
const store = callbackStore(env.RECORDINGS);

/** A body whose length is known, as a request's with a Content-Length is. */
const bodyOf = (bytes: Uint8Array<ArrayBuffer>): ReadableStream => {
  const { body } = new Response(bytes);
  if (body === null) throw new Error("no body");
  return body;
};
const storedKeys = async (prefix: string): Promise<string[]> => (await env.RECORDINGS.list({ prefix })).objects.map(({ key }) => key);

/** One object of exactly so many bytes; its last member is the last thing in it. */
function objectOf(sizeBytes: number): Uint8Array<ArrayBuffer> {
  const [head, tail] = [utf8('{"first":1,"text":"'), utf8('","last":null}')];
  const bytes = new Uint8Array(sizeBytes).fill(0x78);
  bytes.set(head);
  bytes.set(tail, sizeBytes - tail.byteLength);
  return bytes;
}

describe("the store of callbacks", () => {
  it("keeps a body as it came, with its size and MD5", async () => {
    // RFC 1321, A.5: the MD5 of "message digest".
    expect(await store.put("callbacks/a/1", bodyOf(utf8("message digest")))).toEqual({ md5: "f96b697d7cb7938d525a2f31aaf161d0", sizeBytes: 14 });
    expect(await store.read("callbacks/a/1")).toEqual(utf8("message digest"));
  });

  it.each([
    ["less than one read", 1_000],
    ["exactly one read", 256 * 1024],
    ["one byte more than a read", 256 * 1024 + 1],
    ["several turns of the isolate", 5 * MIB + 3],
  ])("reads all of an object of %s", async (_, sizeBytes) => {
    const key = `callbacks/b/${sizeBytes}`;
    expect((await store.put(key, bodyOf(objectOf(sizeBytes)))).sizeBytes).toBe(sizeBytes);
    const scanned = await store.scan(key);
    expect(scanned).toEqual({ ok: true, value: { types: new Map([["first", "number"], ["text", "string"], ["last", "null"]]), isComplete: true } });
  });

  it.each([
    ["at its very beginning", 0],
    ["in the middle", 3 * MIB],
    ["in its last byte", 5 * MIB - 1],
  ])("finds what is wrong with a large one %s, by its byte", async (_, atByte) => {
    const bytes = objectOf(5 * MIB);
    bytes[atByte] = 0x01;
    await store.put("callbacks/c/1", bodyOf(bytes));
    expect(await store.scan("callbacks/c/1")).toEqual({ ok: false, error: { reason: "not_json", atByte } });
  });

  it("lets the isolate's other work have its turn while it reads", async () => {
    await store.put("callbacks/d/1", bodyOf(objectOf(16 * MIB)));
    const reading = { isDone: false };
    const scanned = store.scan("callbacks/d/1").finally(() => (reading.isDone = true));
    let turns = 0;
    for (; !reading.isDone; turns++) await scheduler.wait(0);
    expect((await scanned)?.ok).toBe(true);
    expect(turns).toBeGreaterThanOrEqual(8);
  });

  it("has nothing to look at where nothing is, and deletes what is there, also twice", async () => {
    expect([await store.scan("callbacks/f/1"), await store.read("callbacks/f/1")]).toEqual([null, null]);
    await store.put("callbacks/f/1", bodyOf(utf8("{}")));
    await store.delete("callbacks/f/1");
    await store.delete("callbacks/f/1");
    expect(await storedKeys("callbacks/f/")).toEqual([]);
  });
});

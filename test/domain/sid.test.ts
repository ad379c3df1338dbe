import { describe, expect, test } from "vitest";
import { isSid, requestSid, requestSidFromSeed, seedOf } from "../../src/domain/sid.ts";

const AT = 1_700_000_000_999;
const bytes = (first: number): Uint8Array => Uint8Array.from({ length: 12 }, (_, index) => first + index);

describe("a request SID", () => {
  test("begins with its second, so that the rows of a time lie together, and goes on at random", () => {
    expect(requestSid(AT, bytes(0))).toBe("XR6553f100000102030405060708090a0b");
    expect(isSid("XR", requestSid(AT, bytes(16)))).toBe(true);
    expect(requestSid(AT, bytes(16)) < requestSid(AT + 1_000, bytes(0))).toBe(true);
  });

  test("of a keyed request has the second of its first run, however late it is derived, and is another one for each add-on", async () => {
    const seed = seedOf(AT, bytes(0));
    const [one, other] = [await requestSidFromSeed(seed, "one"), await requestSidFromSeed(seed, "other")];
    expect([one, other].every((sid) => isSid("XR", sid) && sid.startsWith("XR6553f100"))).toBe(true);
    expect(one).not.toBe(other);
    expect(await requestSidFromSeed(seed, "one")).toBe(one);
    expect(await requestSidFromSeed(seedOf(AT, bytes(1)), "one")).not.toBe(one);
  });

  test("of a seed that the version before made is the one that it derived: SHA-256 of both", async () => {
    const seed = "00112233445566778899aabbccddeeff";
    const digest = Buffer.from(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${seed}/one`))).toString("hex");
    expect(await requestSidFromSeed(seed, "one")).toBe(`XR${digest.slice(0, 32)}`);
  });
});

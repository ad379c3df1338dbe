import { createHmac, hkdfSync } from "node:crypto";
import { describe, expect, it, test } from "vitest";
import { signResult, urlSigningKey, verifyResult, type UrlSignature } from "../../../src/domain/recording/signed-url.ts";

const SID = `XH${"0a".repeat(16)}`;
const NOW_MS = Date.UTC(2026, 0, 31, 12, 0, 0);
const EXPIRES_S = NOW_MS / 1_000 + 600;
const bytes = (value: number): Uint8Array<ArrayBuffer> => new Uint8Array(32).fill(value);
const keyOf = (value: number): Promise<CryptoKey> => urlSigningKey(bytes(value));

describe("the URL of a stored result", () => {
  it("works for ten minutes, to the second", async () => {
    const key = await keyOf(1);
    const signed = await signResult(key, SID, NOW_MS);
    expect(signed.expires).toBe(String(EXPIRES_S));
    const verdicts = await Promise.all([NOW_MS, EXPIRES_S * 1_000 - 1, EXPIRES_S * 1_000].map((nowMs) => verifyResult([key], SID, signed, nowMs)));
    expect(verdicts).toEqual(["valid", "valid", "expired"]);
  });

  it("works no shorter when it was made within a second", async () => {
    expect((await signResult(await keyOf(1), SID, NOW_MS + 1)).expires).toBe(String(EXPIRES_S + 1));
  });

  it("is signed with a key of its own, derived from the encryption key", async () => {
    const derived = Buffer.from(hkdfSync("sha256", bytes(1), Buffer.alloc(0), "URLs of stored results", 32));
    const expected = createHmac("sha256", derived).update(`${SID}\n${EXPIRES_S}`).digest("hex");
    expect((await signResult(await keyOf(1), SID, NOW_MS)).signature).toBe(expected);
  });

  it("goes on working when the encryption key is rotated, and with a third key no more", async () => {
    const [before, after, third] = await Promise.all([1, 2, 3].map(keyOf));
    if (before === undefined || after === undefined || third === undefined) throw new Error("no keys");
    const signed = await signResult(before, SID, NOW_MS);
    expect(await verifyResult([after, before], SID, signed, NOW_MS)).toBe("valid");
    expect(await verifyResult([third, after], SID, signed, NOW_MS)).toBe("forged");
  });

  test.each<[string, (signed: UrlSignature) => { sid?: string } & Partial<UrlSignature>]>([
    ["of another payload", () => ({ sid: `XH${"0b".repeat(16)}` })],
    ["with a later time", ({ expires }) => ({ expires: String(Number(expires) + 1) })],
    ["with its time written otherwise", ({ expires }) => ({ expires: `0${expires}` })],
    ["with a time that is none", () => ({ expires: "Infinity" })],
    ["without a time", () => ({ expires: "" })],
    ["without a signature", () => ({ signature: "" })],
    ["with one character changed", ({ signature }) => ({ signature: signature.replace(/^./, (first) => (first === "0" ? "1" : "0")) })],
    ["cut short", ({ signature }) => ({ signature: signature.slice(0, -2) })],
    ["in upper case", ({ signature }) => ({ signature: signature.toUpperCase() })],
    ["that is no hexadecimal", () => ({ signature: "z".repeat(64) })],
  ])("is refused %s", async (_what, change) => {
    const key = await keyOf(1);
    const signed = await signResult(key, SID, NOW_MS);
    const { sid = SID, ...changed } = change(signed);
    expect(await verifyResult([key], sid, { ...signed, ...changed }, NOW_MS)).toBe("forged");
  });
});

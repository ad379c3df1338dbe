import { beforeAll, expect, test } from "vitest";
import { publicTransaction } from "../../src/domain/billing/public-transaction.ts";
import { reversalOf } from "../../src/domain/billing/ledger.ts";
import { hmacKey } from "../../src/domain/request/signature.ts";

const ID = `AC${"1".repeat(32)}/4-9/XC${"2".repeat(32)}`;
let [key, other]: CryptoKey[] = [];
beforeAll(async () => {
  [key, other] = [await hmacKey("SHA-256", "one"), await hmacKey("SHA-256", "other")];
});
const publicId = (id: string, by = key): Promise<string> => (by === undefined ? Promise.reject(new Error("no key")) : publicTransaction(by, id));

test("a publisher knows a transaction by a digest that says nothing of the developer, and is the same each time", async () => {
  expect(await publicId(ID)).toMatch(/^[0-9a-f]{32}$/);
  expect(await publicId(ID)).toBe(await publicId(ID));
  expect(await publicId(ID.replace("4-9", "4-8"))).not.toBe(await publicId(ID));
});

test("whoever knows the developer cannot tell without the key", async () => {
  expect(await publicId(ID, other)).not.toBe(await publicId(ID));
});

test("a reversal names its original", async () => {
  expect(await publicId(reversalOf(ID))).toBe(`${await publicId(ID)}/reversal`);
});

import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { EncryptionKey, Settings } from "../../src/env.ts";
import { decryptText, encryptText } from "../../src/platform/encryption.ts";
import { migrated, rows } from "./desk-under-test.ts";
import { houseKept } from "./house-kept.ts";

type Keys = Settings["encryptionKeys"];

// An underscore, which stands for any character in LIKE: `k_1` must not pass for `kx1`.
const [oldKey, newKey, otherKey] = ["k_1", "kx1", "kx2"].map((id, index): EncryptionKey => ({ id, bytes: new Uint8Array(32).fill(index) }));
if (oldKey === undefined || newKey === undefined || otherKey === undefined) throw new Error("there are three");
const before: Keys = { current: oldKey, previous: null };
const rotated: Keys = { current: newKey, previous: oldKey };
const after: Keys = { current: newKey, previous: null };

const run = (keys: Keys, db: D1Database = env.DB) => houseKept(Date.now(), keys, db);

beforeAll(migrated);
beforeEach(async () => {
  await env.DB.batch(["accounts", "add_ons"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
});

/** An account and an add-on, encrypted under a key, in every column that is. */
async function store(number: number, keys: Keys): Promise<void> {
  const [account, addOn] = [`AC${number}`, `XB${number}`];
  const text = (place: string) => encryptText(keys, place, `secret of ${place}`);
  await env.DB.prepare(
    `INSERT INTO accounts (sid, friendly_name, status, owner_account_sid, auth_token, secondary_auth_token, tokens_updated_at, log_key, created_at, updated_at)
     VALUES (?1, '', 'active', ?1, ?2, ?3, 0, ?4, 0, 0)`,
  )
    .bind(account, await text(`accounts.auth_token/${account}`), await text(`accounts.secondary_auth_token/${account}`), await text(`accounts.log_key/${account}`))
    .run();
  await env.DB.prepare("INSERT INTO add_ons (sid, account_sid, unique_name, type, credentials, created_at, updated_at) VALUES (?1, ?2, ?1, 'phone_number', ?3, 0, 0)")
    .bind(addOn, account, await text(`add_ons.credentials/${addOn}`))
    .run();
}
const stored = async () =>
  (
    await rows<{ place: string; ciphertext: string }>(
      `SELECT 'accounts.auth_token/' || sid AS place, auth_token AS ciphertext FROM accounts UNION ALL SELECT 'accounts.secondary_auth_token/' || sid, secondary_auth_token FROM accounts
       UNION ALL SELECT 'accounts.log_key/' || sid, log_key FROM accounts UNION ALL SELECT 'add_ons.credentials/' || sid, credentials FROM add_ons`,
    )
  ).filter(({ ciphertext }) => ciphertext !== null);

describe("after a rotation of the encryption key", () => {
  test("everything is encrypted under the new one, so that the previous may be dropped", async () => {
    for (let number = 0; number < 3; number++) await store(number, before);
    await env.DB.prepare("UPDATE accounts SET auth_token = NULL, secondary_auth_token = NULL WHERE sid = 'AC0'").run();
    expect((await run(rotated))["re_encryption"]).toEqual({ key: "kx1", done: 10, unreadable: 0, left: 0 });
    const all = await stored();
    expect(all).toHaveLength(10);
    for (const { place, ciphertext } of all) expect(await decryptText(after, place, ciphertext)).toBe(`secret of ${place}`);
    expect((await run(rotated))["re_encryption"]).toEqual({ key: "kx1", done: 0, unreadable: 0, left: 0 });
  });

  test("goes on over many batches", async () => {
    await store(0, before);
    const many = "SELECT value AS number FROM json_each(?1)";
    const numbers = JSON.stringify(Array.from({ length: 350 }, (_, index) => 1_000 + index));
    await env.DB.prepare(`INSERT INTO accounts (sid, friendly_name, status, owner_account_sid, tokens_updated_at, log_key, created_at, updated_at)
      SELECT 'AC' || number, '', status, owner_account_sid, 0, log_key, 0, 0 FROM accounts, (${many})`).bind(numbers).run();
    // Copies of another row's text cannot be read in their places; the one that can stands behind them all.
    await store(9, before);
    expect((await run(rotated))["re_encryption"]).toEqual({ key: "kx1", done: 8, unreadable: 350, left: 350 });
  });

  test("a text that was replaced meanwhile stays as it is", async () => {
    await store(0, before);
    const replaced = await encryptText(rotated, "add_ons.credentials/XB0", "new");
    const meanwhile = new Proxy(env.DB, {
      get(target, name: keyof D1Database) {
        if (name !== "prepare") return target[name].bind(target);
        return (sql: string) => {
          const statement = target.prepare(sql);
          if (!sql.startsWith("UPDATE add_ons")) return statement;
          const writeLate = async () => {
            await target.prepare("UPDATE add_ons SET credentials = ?1").bind(replaced).run();
            return bound.run();
          };
          let bound = statement;
          return {
            bind(...values: unknown[]) {
              bound = statement.bind(...values);
              return { run: writeLate };
            },
          };
        };
      },
    });
    expect((await run(rotated, meanwhile))["re_encryption"]).toEqual({ key: "kx1", done: 3, unreadable: 0, left: 0 });
    expect(await rows("SELECT credentials FROM add_ons")).toEqual([{ credentials: replaced }]);
  });

  test("what is under neither key is counted as left, and nothing is said once there is no previous key", async () => {
    await store(0, { current: otherKey, previous: null });
    await store(1, before);
    expect((await run(rotated))["re_encryption"]).toEqual({ key: "kx1", done: 4, unreadable: 0, left: 4 });
    expect((await run(after))["re_encryption"]).toBeUndefined();
  });
});

import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { isUsable, unmetRequirement } from "../../src/domain/catalog/install.ts";
import { COMPILED_VERSIONS_KEPT, DEFINITIONS_PER_READ_BYTES } from "../../src/domain/limits.ts";
import { settingsOf, type Env, type Settings } from "../../src/env.ts";
import { snapshotReader } from "../../src/platform/d1/account-snapshot.ts";
import { createAccount, updateAccount } from "../../src/platform/d1/accounts.ts";
import { loginReader } from "../../src/platform/d1/known-logins.ts";
import { encryptText } from "../../src/platform/encryption.ts";
import { migrated } from "./desk-under-test.ts";

beforeAll(migrated);
afterEach(() => void vi.restoreAllMocks());

const db = drizzle(env.DB);
const settings: Settings = settingsOf({
  ...env,
  PUBLIC_URL: "https://gateway.example.com",
  ACCOUNT_RPS: "500",
  TRANSACTION_FEE_PERCENT: "20",
  OPERATOR_ACCOUNT_SID: `AC${"0".repeat(32)}`,
  OPERATOR_AUTH_TOKEN: "0".repeat(32),
  ENCRYPTION_KEY: `k1:${btoa("k".repeat(32))}`,
} as unknown as Env);

const GOOD = {
  unique_name: "any_name",
  friendly_name: "Any",
  description: "Any.",
  type: "phone_number",
  extensions: ["lookup"],
  request: { method: "POST", url: "https://publisher.example.com/", body_format: "form", body: { e164: "{{primary_address}}" } },
  pricing: { model: "per_use", unit_price: "0.01", currency: "USD" },
};
const sidOf = (prefix: string): string => prefix + crypto.randomUUID().replaceAll("-", "");

/** An account with an install named `add_on_<index>` of a version of its own for each of the definitions. */
async function accountWith(definitions: string[]): Promise<{ sid: string; versions: string[] }> {
  const { account } = await createAccount(db, settings, "Test");
  const addOn = sidOf("XB");
  const credentials = await encryptText(settings.encryptionKeys, `add_ons.credentials/${addOn}`, JSON.stringify({ type: "none" }));
  await env.DB.prepare("INSERT INTO add_ons (sid, account_sid, unique_name, type, credentials, created_at, updated_at) VALUES (?1, ?2, ?1, 'phone_number', ?3, 0, 0)").bind(addOn, account.sid, credentials).run();
  const versions = definitions.map(() => sidOf("XC"));
  for (let from = 0; from < versions.length; from += 50) {
    await env.DB.batch(
      versions.slice(from, from + 50).flatMap((version, offset) => {
        const index = from + offset;
        return [
          env.DB.prepare("INSERT INTO add_on_versions (sid, add_on_sid, number, status, definition, created_at, updated_at) VALUES (?1, ?2, ?3, 'active', ?4, 0, 0)").bind(version, addOn, index, definitions[index]),
          env.DB.prepare(
            "INSERT INTO installed_add_ons (sid, account_sid, install_sid, add_on_sid, version_sid, unique_name, configuration, extensions, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, '{}', '{\"lookup\":true}', 0, 0)",
          ).bind(sidOf("XE"), account.sid, sidOf("XD"), addOn, version, `add_on_${index}`),
        ];
      }),
    );
  }
  return { sid: account.sid, versions };
}

describe("a snapshot", () => {
  it.each([
    ["is no JSON", "{"],
    ["has a field of a newer gateway", JSON.stringify({ ...GOOD, novelty: true })],
    ["does not compile", JSON.stringify({ ...GOOD, request_schema: { pattern: "(?=a)" } })],
  ])("goes on without a version that %s: its add-on alone cannot run", async (_what, definition) => {
    const logged = vi.spyOn(console, "log").mockReturnValue(undefined);
    const { sid, versions } = await accountWith([JSON.stringify(GOOD), definition]);
    const read = snapshotReader(env.DB, settings);
    for (let time = 0; time < 2; time += 1) {
      const installed = (await read(sid, true))?.installed;
      expect(unmetRequirement("add_on_0", installed?.get("add_on_0") ?? null, "lookup", Date.now())).toBeNull();
      expect(unmetRequirement("add_on_1", installed?.get("add_on_1") ?? null, "lookup", Date.now())).toMatchObject({ kind: "internal", detail: expect.stringContaining(versions[1] ?? "") });
    }
    expect(logged.mock.calls.map(([line]) => JSON.parse(line))).toEqual([expect.objectContaining({ event: "version_unusable", version_sid: versions[1] })]);
  });

  it("goes on without credentials that cannot be read", async () => {
    const logged = vi.spyOn(console, "log").mockReturnValue(undefined);
    const { sid, versions } = await accountWith([JSON.stringify(GOOD)]);
    await env.DB.prepare("UPDATE add_ons SET credentials = 'k9.AAAA' WHERE account_sid = ?1").bind(sid).run();
    const installed = (await snapshotReader(env.DB, settings)(sid, true))?.installed.get("add_on_0") ?? null;
    expect(unmetRequirement("add_on_0", installed, "lookup", Date.now())).toMatchObject({ kind: "internal" });
    expect(logged.mock.calls.map(([line]) => JSON.parse(line))).toEqual([expect.objectContaining({ event: "installed_add_on_unusable", version_sid: versions[0] })]);
  });

  it("holds more versions than are kept, also when it is read again and beside others", async () => {
    const { sid, versions } = await accountWith(Array.from({ length: COMPILED_VERSIONS_KEPT + 20 }, () => JSON.stringify(GOOD)));
    const other = await accountWith([JSON.stringify(GOOD)]);
    const read = snapshotReader(env.DB, settings);
    for (let time = 0; time < 2; time += 1) {
      const [snapshot, otherSnapshot] = await Promise.all([read(sid, true), read(other.sid, true)]);
      expect([...(snapshot?.installed.values() ?? [])].filter(isUsable).map(({ version }) => version.sid).toSorted()).toEqual(versions.toSorted());
      expect(otherSnapshot?.installed.size).toBe(1);
    }
  });

  it("is found by the SID of its account's API keys and test credentials, in one round trip", async () => {
    const { sid } = await accountWith([JSON.stringify(GOOD)]);
    const other = await accountWith([]);
    const [key, test, unknown] = [sidOf("SK"), sidOf("AC"), sidOf("AC")];
    const hash = "0a".repeat(32);
    await env.DB.batch([
      env.DB.prepare("INSERT INTO api_keys (sid, account_sid, friendly_name, secret_sha256, created_at, updated_at) VALUES (?1, ?2, '', ?3, 0, 0)").bind(key, sid, hash),
      env.DB.prepare("INSERT INTO test_credentials (account_sid, sid, secret_sha256, created_at, updated_at) VALUES (?1, ?2, ?3, 0, 0)").bind(sid, test, hash),
    ]);
    const answers: number[] = [];
    const read = snapshotReader(watched(answers), settings);
    for (const login of [sid, key, test]) {
      const snapshot = await read(login, true);
      expect([snapshot?.sid, snapshot?.installed.size]).toEqual([sid, 1]);
      expect(snapshot?.loginHashes).toEqual(new Map([[key, new Uint8Array(32).fill(10)], [test, new Uint8Array(32).fill(10)]]));
    }
    // A batch's answer of four statements each.
    expect(answers).toHaveLength(3);
    expect(await read(unknown, true)).toBeNull();
    expect((await read(other.sid, true))?.loginHashes.size).toBe(0);
    expect(await loginReader(env.DB)([sid, key, test, unknown])).toEqual(new Set([sid, key, test]));
  });

  it("is read in parts when its definitions are large", async () => {
    // Three bytes a character: the bound is one of bytes.
    const large = JSON.stringify({ ...GOOD, sample_response: { text: "€".repeat(120_000) } });
    const count = Math.ceil((2.5 * DEFINITIONS_PER_READ_BYTES) / (3 * 120_000));
    const { sid } = await accountWith(Array.from({ length: count }, () => large));
    const answers: number[] = [];
    const snapshot = await snapshotReader(watched(answers), settings)(sid, true);
    expect([...(snapshot?.installed.values() ?? [])].filter(isUsable)).toHaveLength(count);
    expect(answers.length).toBeGreaterThanOrEqual(3);
    for (const bytes of answers) expect(bytes).toBeLessThan(DEFINITIONS_PER_READ_BYTES + 1_000_000);
  });
});

const sizeBytes = (answer: unknown): number => new TextEncoder().encode(JSON.stringify(answer)).byteLength;

/** The database, telling how large each answer is. */
function watched(answers: number[]): D1Database {
  return {
    withSession(constraint?: D1SessionConstraint) {
      const session = env.DB.withSession(constraint);
      return {
        async batch(statements: D1PreparedStatement[]) {
          const results = await session.batch(statements);
          answers.push(sizeBytes(results));
          return results;
        },
        prepare(sql: string) {
          const statement = session.prepare(sql);
          return {
            bind(...values: unknown[]) {
              const bound = statement.bind(...values);
              const all = bound.all.bind(bound);
              return Object.assign(bound, {
                async all() {
                  const result = await all();
                  answers.push(sizeBytes(result));
                  return result;
                },
              });
            },
          };
        },
      };
    },
  } as unknown as D1Database;
}

describe("a closed account", () => {
  it("stays closed, whatever was read before", async () => {
    const { account } = await createAccount(db, settings, "Test");
    expect(await updateAccount(db, settings, account.sid, { status: "closed" })).toMatchObject({ status: "closed" });
    for (const status of ["active", "suspended"] as const) expect(await updateAccount(db, settings, account.sid, { status })).toBeUndefined();
    expect(await updateAccount(db, settings, account.sid, { friendlyName: "Renamed" })).toMatchObject({ status: "closed", friendlyName: "Renamed" });
    expect(await updateAccount(db, settings, account.sid, { status: "closed" })).toMatchObject({ status: "closed" });
  });
});

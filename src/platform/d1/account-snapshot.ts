import { bytesOfHex, utf8 } from "../../domain/bytes.ts";
import type { IntegrationPoint } from "../../domain/catalog/add-on-type.ts";
import { credentialsSchema, type Credentials } from "../../domain/catalog/definition.ts";
import type { AccountStatus, InstalledAddOn, SigningKeys, UnusableAddOn } from "../../domain/catalog/install.ts";
import { leastRecentlyUsed } from "../../domain/least-recently-used.ts";
import { SECRETS_KEPT, SECRETS_KEPT_CHARACTERS } from "../../domain/limits.ts";
import type { FieldValue } from "../../domain/request/template.ts";
import { hmacKey } from "../../domain/request/signature.ts";
import type { Settings } from "../../env.ts";
import { decryptText } from "../encryption.ts";
import { errorOf, log } from "../log.ts";
import type { SnapshotReader } from "../snapshots.ts";
import { compiledVersions, definitionsOf, unusable, type Definitions, type Version } from "./compiled-versions.ts";

/** Everything about an account that a Lookup needs, so that on a warm isolate it reads nothing before it calls publishers. */
export type AccountSnapshot = {
  sid: string;
  status: AccountStatus;
  /** SHA-256 of each auth token that is accepted now: the primary, and the secondary while it stands. */
  tokenHashes: readonly Uint8Array[];
  /** SHA-256 of the secret of each API key and of the test credentials, by their SIDs. */
  loginHashes: ReadonlyMap<string, Uint8Array>;
  /** By unique name. */
  installed: ReadonlyMap<string, InstalledAddOn | UnusableAddOn>;
  /** From the primary auth token: signs what is sent to the account's own webhooks. */
  signingKey: CryptoKey;
  /** Verifies what the account's own carrier signs; null while it has none. */
  upstreamKey: CryptoKey | null;
  /** Keys the HMAC under which the log keeps this account's phone numbers. */
  logKey: CryptoKey;
  /** About how much of the isolate's memory it takes, without the versions, which accounts share. */
  sizeCharacters: number;
};

type AccountRow = {
  sid: string;
  status: AccountStatus;
  auth_token: string | null;
  secondary_auth_token: string | null;
  log_key: string;
  upstream_auth_token: string | null;
};
type InstalledRow = {
  sid: string;
  install_sid: string;
  add_on_sid: string;
  version_sid: string;
  unique_name: string;
  configuration: string;
  extensions: string;
  is_assigned: number;
  daily_cap_micros: number | null;
  sunset_at: number | null;
  credentials: string;
  publisher_sid: string;
  publisher_status: AccountStatus;
  publisher_token: string | null;
};

const ACCOUNT = "COALESCE((SELECT account_sid FROM api_keys WHERE sid = ?1), (SELECT account_sid FROM test_credentials WHERE sid = ?1), ?1)";

/**
 * Reads an account's snapshot by its SID, or that of an API key or test credentials, in one round trip as long as the definitions that are
 * new to this isolate fit into it. Those that it has compiled before are not sent again, since a version never changes once it can be
 * installed.
 */
export function snapshotReader(db: D1Database, settings: Settings): SnapshotReader<AccountSnapshot> {
  const versions = compiledVersions();
  const secrets = leastRecentlyUsed<string>(SECRETS_KEPT, { max: SECRETS_KEPT_CHARACTERS, of: (plaintext) => plaintext.length });
  const signingKeys = leastRecentlyUsed<SigningKeys>(SECRETS_KEPT);

  const decrypt = async (place: string, ciphertext: string): Promise<string> => {
    const plaintext = secrets.get(ciphertext) ?? (await decryptText(settings.encryptionKeys, place, ciphertext));
    secrets.set(ciphertext, plaintext);
    return plaintext;
  };

  const tokenOf = (sid: string, ciphertext: string | null): Promise<string> =>
    ciphertext === null ? Promise.resolve(settings.operatorAuthToken) : decrypt(`accounts.auth_token/${sid}`, ciphertext);

  const signingKeysOf = async (sid: string, ciphertext: string | null): Promise<SigningKeys> => {
    const token = await tokenOf(sid, ciphertext);
    const kept = signingKeys.get(token);
    if (kept !== undefined) return kept;
    const [sha1, sha256] = await Promise.all([hmacKey("SHA-1", token), hmacKey("SHA-256", token)]);
    signingKeys.set(token, { sha1, sha256 });
    return { sha1, sha256 };
  };

  /** What cannot be read of one add-on, e.g. since a newer gateway wrote it, is that add-on's failure and not the account's. */
  const installedOf = async (row: InstalledRow, version: Version): Promise<InstalledAddOn | UnusableAddOn> => {
    const install = {
      sid: row.sid,
      installSid: row.install_sid,
      addOnSid: row.add_on_sid,
      uniqueName: row.unique_name,
      enabledAt: enabledExtensions(row.extensions),
      isAssigned: row.is_assigned === 1,
      dailyCapMicros: row.daily_cap_micros,
      sunsetAtMs: row.sunset_at,
      publisher: { sid: row.publisher_sid, status: row.publisher_status },
    };
    if (!("definition" in version)) return { ...install, version };
    try {
      return {
        ...install,
        version,
        configuration: JSON.parse(row.configuration) as Record<string, FieldValue>,
        credentials: credentialsOf(await decrypt(`add_ons.credentials/${row.add_on_sid}`, row.credentials)),
        publisher: { ...install.publisher, signingKeys: await signingKeysOf(row.publisher_sid, row.publisher_token) },
      };
    } catch (error) {
      log({ event: "installed_add_on_unusable", installed_add_on_sid: row.sid, version_sid: row.version_sid, ...errorOf(error) });
      return { ...install, version: unusable(row.version_sid) };
    }
  };

  return async function read(login, primary) {
    const session = db.withSession(primary ? "first-primary" : "first-unconstrained");
    const held = versions.held();
    const [account, loginRows, installed, definitions] = await session.batch([
      session.prepare(`SELECT sid, status, auth_token, secondary_auth_token, log_key, upstream_auth_token FROM accounts WHERE sid = ${ACCOUNT}`).bind(login),
      session.prepare(LOGINS).bind(login),
      session.prepare(INSTALLED).bind(login),
      session.prepare(NEW_DEFINITIONS).bind(login, JSON.stringify([...held.keys()])),
    ]);
    const row = (account?.results as AccountRow[] | undefined)?.[0];
    if (row === undefined) return null;
    const logins = (loginRows?.results ?? []) as { sid: string; secret_sha256: string }[];
    const rows = (installed?.results ?? []) as InstalledRow[];
    const sids = new Set(rows.map((install) => install.version_sid));
    const versionOf = await versions.compiled(session, sids, held, (definitions?.results ?? []) as Definitions);
    const addOns: (InstalledAddOn | UnusableAddOn)[] = [];
    for (const install of rows) addOns.push(await installedOf(install, versionOf(install.version_sid)));
    const tokens = [await tokenOf(row.sid, row.auth_token)];
    if (row.secondary_auth_token !== null) tokens.push(await decrypt(`accounts.secondary_auth_token/${row.sid}`, row.secondary_auth_token));
    return {
      sid: row.sid,
      status: row.status,
      tokenHashes: await Promise.all(tokens.map(async (token) => new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(token))))),
      loginHashes: new Map(logins.map(({ sid, secret_sha256 }) => [sid, bytesOfHex(secret_sha256)])),
      installed: new Map(addOns.map((addOn) => [addOn.uniqueName, addOn])),
      signingKey: (await signingKeysOf(row.sid, row.auth_token)).sha1,
      upstreamKey:
        row.upstream_auth_token === null ? null : await hmacKey("SHA-1", await decrypt(`accounts.upstream_auth_token/${row.sid}`, row.upstream_auth_token)),
      logKey: await hmacKey("SHA-256", await decrypt(`accounts.log_key/${row.sid}`, row.log_key)),
      sizeCharacters: rows.reduce((sum, install) => sum + ROW_CHARACTERS + install.configuration.length + install.credentials.length, (1 + logins.length) * ROW_CHARACTERS),
    };
  };
}

const LOGINS = `
  SELECT sid, secret_sha256 FROM api_keys WHERE account_sid = ${ACCOUNT}
  UNION ALL SELECT sid, secret_sha256 FROM test_credentials WHERE account_sid = ${ACCOUNT}`;

const INSTALLED = `
  SELECT i.sid, i.install_sid, i.add_on_sid, i.version_sid, i.unique_name, i.configuration, i.extensions, i.daily_cap_micros, v.sunset_at,
         EXISTS (SELECT 1 FROM assigned_add_ons assigned WHERE assigned.installed_add_on_sid = i.sid) AS is_assigned,
         a.credentials, p.sid AS publisher_sid, p.status AS publisher_status, p.auth_token AS publisher_token
  FROM installed_add_ons i
  JOIN add_on_versions v ON v.sid = i.version_sid
  JOIN add_ons a ON a.sid = i.add_on_sid
  JOIN accounts p ON p.sid = a.account_sid
  WHERE i.account_sid = ${ACCOUNT}`;

const NEW_DEFINITIONS = definitionsOf(`
  sid IN (SELECT version_sid FROM installed_add_ons WHERE account_sid = ${ACCOUNT})
    AND sid NOT IN (SELECT value FROM json_each(?2))`);

/** What a row takes beside its large texts: SIDs, names, keys, and the objects themselves. */
const ROW_CHARACTERS = 1_000;

const credentialsOf = (json: string): Credentials => credentialsSchema.parse(JSON.parse(json));

function enabledExtensions(json: string): ReadonlySet<IntegrationPoint> {
  const extensions = JSON.parse(json) as Record<IntegrationPoint, boolean>;
  return new Set((Object.keys(extensions) as IntegrationPoint[]).filter((name) => extensions[name]));
}

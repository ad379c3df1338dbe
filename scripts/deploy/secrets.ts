import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";

export const secretNames = ["OPERATOR_ACCOUNT_SID", "OPERATOR_AUTH_TOKEN", "ENCRYPTION_KEY"] as const;

export type SecretName = (typeof secretNames)[number];

export type Secrets = Readonly<Partial<Record<SecretName, string>>>;

const secretsSchema = z.partialRecord(z.enum(secretNames), z.string().min(1));

const generators: Record<SecretName, () => string> = {
  OPERATOR_ACCOUNT_SID: () => `AC${randomBytes(16).toString("hex")}`,
  OPERATOR_AUTH_TOKEN: () => randomBytes(16).toString("hex"),
  // <key id>:<key>, since what is encrypted at rest names its key, so that the key can be rotated.
  ENCRYPTION_KEY: () => `k1:${randomBytes(32).toString("base64")}`,
};

/** `kept`, and a new value for each of `names` that it lacks. */
export function withGenerated(kept: Secrets, names: readonly SecretName[]): Secrets {
  const secrets: Partial<Record<SecretName, string>> = { ...kept };
  for (const name of names) secrets[name] ??= generators[name]();
  return secrets;
}

/** The secrets of these names. */
export function pick(secrets: Secrets, names: readonly SecretName[]): Secrets {
  const picked: Partial<Record<SecretName, string>> = {};
  for (const name of names) {
    const secret = secrets[name];
    if (secret !== undefined) picked[name] = secret;
  }
  return picked;
}

/**
 * Secrets that were generated and not yet shown. They are on disk before any of them is used, and until the run that
 * shows them is over: Cloudflare never gives a secret back, so a run that dies in between must leave them somewhere.
 * No such file: none. @throws if the file is not what `writeSecrets` wrote, rather than replacing what it may hold.
 */
export async function readSecrets(file: string): Promise<Secrets> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw error;
  }
  const parsed = secretsSchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Whole or not at all, and readable by its owner only. wrangler takes the same file as `--secrets-file`. */
export async function writeSecrets(file: string, secrets: Secrets): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, JSON.stringify(secrets), { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}

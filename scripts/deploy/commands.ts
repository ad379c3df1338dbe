// Every wrangler command that a deployment runs. `npm run deploy -- --dry-run` prints them from here too.

export type Command = readonly string[];

/** Writes the bundle to dist/; needs no account and no network. */
export const build: Command = ["deploy", "--dry-run", "--outdir", "dist"];

export const whoAmI: Command = ["whoami", "--json"];
/** The names of the Worker's secrets; their values cannot be read back. */
export const listSecrets: Command = ["secret", "list"];
export const listDatabases: Command = ["d1", "list", "--json"];
export const currentDeployment: Command = ["deployments", "status", "--json"];

export function version(id: string): Command {
  return ["versions", "view", id, "--json"];
}

export function createDatabase(name: string): Command {
  return ["d1", "create", name];
}

/** Asks for the bucket's rules, since `bucket list` shows the first page only and `bucket info` needs the right to read analytics. */
export function findBucket(name: string): Command {
  return ["r2", "bucket", "lifecycle", "list", name];
}

export function createBucket(name: string): Command {
  return ["r2", "bucket", "create", name];
}

export function findQueue(name: string): Command {
  return ["queues", "info", name];
}

export function createQueue(name: string): Command {
  return ["queues", "create", name];
}

export function migrate(database: string, configFile: string): Command {
  return ["d1", "migrations", "apply", database, "--remote", "--config", configFile];
}

/** `secretsFile` goes up with the code, in one version: no code ever runs without its secrets. */
export function deploy(configFile: string, secretsFile: string | null): Command {
  return ["deploy", "--config", configFile, ...(secretsFile === null ? [] : ["--secrets-file", secretsFile])];
}

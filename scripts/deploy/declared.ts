import { dirname, relative, resolve } from "node:path";
import { experimental_readRawConfig } from "wrangler";
import { z } from "zod";
import { secretNames } from "./secrets.ts";

/** The part of wrangler.toml that a deployment has to know; all else goes into the deployed configuration as it is. */
const wranglerConfig = z.looseObject({
  name: z.string(),
  main: z.string(),
  account_id: z.string().optional(),
  alias: z.record(z.string(), z.string()).default({}),
  vars: z.record(z.string(), z.unknown()).default({}),
  d1_databases: z.array(z.looseObject({ database_name: z.string(), migrations_dir: z.string().default("migrations") })).default([]),
  r2_buckets: z.array(z.looseObject({ bucket_name: z.string() })).default([]),
  queues: z
    .looseObject({
      producers: z.array(z.looseObject({ queue: z.string() })).default([]),
      consumers: z.array(z.looseObject({ queue: z.string(), dead_letter_queue: z.string().optional() })).default([]),
    })
    .default({ producers: [], consumers: [] }),
});

/** Variables that open the gateway to anyone's publishers: `npm start` and the tests set them, a deployment never. */
const localOnlyVariables = ["ALLOW_INSECURE_PUBLISHERS", "AUTO_APPROVE"];

export type Declared = {
  workerName: string;
  /** Null: the account is the logged-in one. */
  accountId: string | null;
  databases: readonly string[];
  buckets: readonly string[];
  /** Dead letters first: a consumer cannot be made before the queue that takes what it gives up. */
  queues: readonly string[];
  config: z.infer<typeof wranglerConfig>;
};

/** What `wrangler.toml` in `root` declares. @throws if a name that a deployment needs is missing, or a local-only variable is set. */
export function readDeclared(root: string): Declared {
  const { rawConfig }: { rawConfig: unknown } = experimental_readRawConfig({ config: resolve(root, "wrangler.toml") });
  const parsed = wranglerConfig.safeParse(rawConfig);
  if (!parsed.success) throw new Error(`wrangler.toml: ${z.prettifyError(parsed.error)}`);
  const config = parsed.data;
  const localOnly = localOnlyVariables.find((name) => name in config.vars);
  if (localOnly !== undefined) throw new Error(`wrangler.toml sets ${localOnly}, which is for local runs only`);
  const { producers, consumers } = config.queues;
  const deadLetters = consumers.flatMap((consumer) => consumer.dead_letter_queue ?? []);
  return {
    workerName: config.name,
    accountId: config.account_id ?? null,
    databases: unique(config.d1_databases.map((database) => database.database_name)),
    buckets: unique(config.r2_buckets.map((bucket) => bucket.bucket_name)),
    queues: unique([...deadLetters, ...consumers.map(({ queue }) => queue), ...producers.map(({ queue }) => queue)]),
    config,
  };
}

export type Known = { root: string; configFile: string; databaseIds: ReadonlyMap<string, string>; publicUrl: string };

/** The configuration that is deployed: wrangler.toml with what only the account knows, and paths as seen from `configFile`. */
export function deployedConfig({ config }: Declared, { root, configFile, databaseIds, publicUrl }: Known): Record<string, unknown> {
  const fromConfigFile = (path: string) => relative(dirname(configFile), resolve(root, path));
  return {
    ...config,
    main: fromConfigFile(config.main),
    alias: Object.fromEntries(Object.entries(config.alias).map(([name, path]) => [name, path.startsWith(".") ? `./${fromConfigFile(path)}` : path])),
    vars: { ...config.vars, PUBLIC_URL: publicUrl },
    // wrangler then refuses a version that lacks one of them.
    secrets: { required: secretNames },
    d1_databases: config.d1_databases.map((database) => ({
      ...database,
      database_id: databaseIds.get(database.database_name),
      migrations_dir: fromConfigFile(database.migrations_dir),
    })),
  };
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

import { rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import * as commands from "./commands.ts";
import { type Declared, deployedConfig } from "./declared.ts";
import { notKnownYet, requireDeployedTarget } from "./public-url.ts";
import { type Secrets, writeSecrets } from "./secrets.ts";
import type { Step } from "./step.ts";
import type { Wrangler } from "./wrangler.ts";

/** Where a deployment keeps what it generates, relative to the project; not in version control. */
export const stateDirectory = ".dipswitch/deploy";
/** wrangler.toml with what only the account knows. */
export const configFile = `${stateDirectory}/wrangler.json`;
/** Exists while wrangler reads it. */
export const uploadFile = `${stateDirectory}/upload.json`;

export type Release = {
  root: string;
  declared: Declared;
  databaseIds: ReadonlyMap<string, string>;
  /** The PUBLIC_URL to deploy with; null: the workers.dev name that the first deployment gets. */
  publicUrl: string | null;
  /** The secrets that the Worker does not have yet. */
  upload: Secrets;
  wrangler: Wrangler;
  step: Step;
};

/** Migrations, then code with its secrets; the URL that it answers on. */
export async function release({ publicUrl, upload, wrangler, step, ...known }: Release): Promise<string> {
  const inRoot = (file: string) => resolve(known.root, file);
  await writeConfig(known, publicUrl ?? notKnownYet);
  for (const database of known.declared.databases) await step(`Migrations of ${database}`, () => migrate(database, wrangler));

  const outputFile = inRoot(`${stateDirectory}/output.ndjson`);
  await rm(outputFile, { force: true }); // wrangler appends, and an earlier run's lines are not this one's
  const withSecrets = Object.keys(upload).length > 0;
  try {
    if (withSecrets) await writeSecrets(inRoot(uploadFile), upload);
    const command = commands.deploy(configFile, withSecrets ? uploadFile : null);
    await step("Deployment", () => wrangler(command, { WRANGLER_OUTPUT_FILE_PATH: outputFile }));
  } finally {
    await rm(inRoot(uploadFile), { force: true });
  }
  if (publicUrl !== null) return publicUrl;

  const target = await requireDeployedTarget(outputFile);
  await writeConfig(known, target);
  await step("Deployment that knows its URL", () => wrangler(commands.deploy(configFile, null)));
  return target;
}

async function migrate(database: string, wrangler: Wrangler): Promise<void> {
  const { stdout } = await wrangler(commands.migrate(database, configFile));
  // wrangler marks a migration so, and ends with 0, where D1 refuses a statement without giving a reason.
  if (stdout.includes("❌")) throw new Error(`a migration of ${database} was not applied:\n${stdout.trim()}`);
}

async function writeConfig({ root, declared, databaseIds }: Pick<Release, "root" | "declared" | "databaseIds">, publicUrl: string): Promise<void> {
  const file = resolve(root, configFile);
  const config = deployedConfig(declared, { root, configFile: file, databaseIds, publicUrl });
  await writeFile(file, JSON.stringify(config, null, 2));
}

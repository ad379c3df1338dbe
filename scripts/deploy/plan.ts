import * as commands from "./commands.ts";
import type { Declared } from "./declared.ts";
import { configFile, uploadFile } from "./release.ts";

type Planned = { command: commands.Command; when?: string };

/** Every command that a deployment runs, in its order; what it finds decides about the ones with a `when`. */
export function planOf(declared: Declared): Planned[] {
  const { databases, buckets, queues } = declared;
  return [
    { command: commands.build },
    { command: commands.whoAmI, when: "neither CLOUDFLARE_ACCOUNT_ID nor account_id says which account" },
    { command: commands.listSecrets },
    { command: commands.listDatabases },
    ...databases.map((name) => ({ command: commands.createDatabase(name), when: "not in the list" })),
    { command: commands.listDatabases, when: "one was created" },
    ...buckets.flatMap((name) => findOrCreate(commands.findBucket(name), commands.createBucket(name))),
    ...queues.flatMap((name) => findOrCreate(commands.findQueue(name), commands.createQueue(name))),
    { command: commands.currentDeployment, when: "there is a deployment, and PUBLIC_URL is not given" },
    { command: commands.version("<version id>"), when: "there is a deployment, and PUBLIC_URL is not given" },
    ...databases.map((name) => ({ command: commands.migrate(name, configFile) })),
    { command: commands.deploy(configFile, uploadFile), when: "secrets are missing, they go with the code" },
    { command: commands.deploy(configFile, null), when: "no secret is missing, or the first deployment told its URL" },
  ];
}

function findOrCreate(find: commands.Command, create: commands.Command): Planned[] {
  return [{ command: find }, { command: create, when: "it is not there" }];
}

export function printPlan(declared: Declared, print: (line: string) => void): void {
  print(`npm run deploy takes Worker "${declared.workerName}" through these commands, in this order:\n`);
  for (const { command, when } of planOf(declared)) {
    print(`  wrangler ${command.join(" ")}${when === undefined ? "" : `\n      only if ${when}`}`);
  }
  print("\nThen GET {PUBLIC_URL}/health until it answers 200. Secrets that are missing are generated; none is overwritten.\n");
}

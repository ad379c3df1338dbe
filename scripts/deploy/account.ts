import { z } from "zod";
import * as commands from "./commands.ts";
import type { Declared } from "./declared.ts";
import type { Step } from "./step.ts";
import { isWranglerSaying, jsonOf, type Wrangler } from "./wrangler.ts";

const identity = z.object({ accounts: z.array(z.object({ id: z.string(), name: z.string() })) });
const secretList = z.array(z.object({ name: z.string() }));
const databaseList = z.array(z.object({ uuid: z.string(), name: z.string() }));

/** The account to deploy to. @throws where nobody is logged in, and where that login has several accounts and none was chosen. */
export async function requireAccount(declared: Declared, env: NodeJS.ProcessEnv, wrangler: Wrangler): Promise<string> {
  const chosen = env.CLOUDFLARE_ACCOUNT_ID || declared.accountId;
  if (chosen !== null) return chosen;
  const output = await wrangler(commands.whoAmI).catch((error: unknown) => {
    if (isWranglerSaying('"loggedIn":false', error)) {
      throw new Error("nobody is logged in to Cloudflare: run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN", { cause: error });
    }
    throw error;
  });
  const { accounts } = identity.parse(jsonOf(commands.whoAmI, output));
  const [account, ...others] = accounts;
  if (account === undefined) throw new Error("the login has no account that can be listed: set CLOUDFLARE_ACCOUNT_ID");
  if (others.length === 0) return account.id;
  throw new Error(`the login has several accounts, set CLOUDFLARE_ACCOUNT_ID to one:\n${accounts.map(({ id, name }) => `  ${id}  ${name}`).join("\n")}`);
}

/** The names of the Worker's secrets; null where there is no such Worker yet. */
export async function getSecretNames(workerName: string, wrangler: Wrangler): Promise<ReadonlySet<string> | null> {
  try {
    const output = await wrangler(commands.listSecrets);
    return new Set(secretList.parse(jsonOf(commands.listSecrets, output)).map(({ name }) => name));
  } catch (error) {
    if (isWranglerSaying(`Worker "${workerName}" not found`, error)) return null;
    throw error;
  }
}

/** Every D1 database of the account: name → id. */
export async function databaseIdsByName(wrangler: Wrangler): Promise<ReadonlyMap<string, string>> {
  const output = await wrangler(commands.listDatabases);
  return new Map(databaseList.parse(jsonOf(commands.listDatabases, output)).map(({ name, uuid }) => [name, uuid]));
}

/** Makes the databases that are not in `present`; all of the account's by name. */
export async function ensureDatabases(
  names: readonly string[],
  present: ReadonlyMap<string, string>,
  { wrangler, step }: { wrangler: Wrangler; step: Step },
): Promise<ReadonlyMap<string, string>> {
  const missing = names.filter((name) => !present.has(name));
  if (missing.length === 0) return present;
  for (const name of missing) {
    await step(`D1 database ${name}`, async () => {
      await wrangler(commands.createDatabase(name));
      return "created";
    });
  }
  const listed = await databaseIdsByName(wrangler);
  const unlisted = missing.find((name) => !listed.has(name));
  if (unlisted !== undefined) throw new Error(`D1 database ${unlisted} was created, but wrangler d1 list does not show it: run again`);
  return listed;
}

export type Made = "found" | "created";

/** Makes the R2 bucket unless it is there. */
export function ensureBucket(name: string, wrangler: Wrangler): Promise<Made> {
  // 10006 is R2's code for a bucket that does not exist.
  return ensure({ find: commands.findBucket(name), missing: "[code: 10006]", create: commands.createBucket(name) }, wrangler);
}

/** Makes the queue unless it is there. */
export function ensureQueue(name: string, wrangler: Wrangler): Promise<Made> {
  return ensure({ find: commands.findQueue(name), missing: `Queue "${name}" does not exist`, create: commands.createQueue(name) }, wrangler);
}

type Resource = { find: commands.Command; missing: string; create: commands.Command };

async function ensure({ find, missing, create }: Resource, wrangler: Wrangler): Promise<Made> {
  try {
    await wrangler(find);
    return "found";
  } catch (error) {
    // Anything else, a refused token for instance, must not be taken for "not there".
    if (!isWranglerSaying(missing, error)) throw error;
  }
  await wrangler(create);
  return "created";
}

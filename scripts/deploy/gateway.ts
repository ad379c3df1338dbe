import { mkdir, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { databaseIdsByName, ensureBucket, ensureDatabases, ensureQueue, getSecretNames, requireAccount } from "./account.ts";
import * as commands from "./commands.ts";
import { type Declared, readDeclared } from "./declared.ts";
import { canSignIn, type HealthCheck, waitUntilHealthy } from "./health.ts";
import { getDeployedUrl, requestedUrl } from "./public-url.ts";
import { release, stateDirectory } from "./release.ts";
import { pick, readSecrets, type Secrets, secretNames, withGenerated, writeSecrets } from "./secrets.ts";
import { type Step, stepsOn } from "./step.ts";
import { type Wrangler, wranglerIn } from "./wrangler.ts";

export type Deployment = {
  /** The project: where wrangler.toml is. */
  root: string;
  env: NodeJS.ProcessEnv;
  print: (line: string) => void;
  health: HealthCheck;
  /** Go on with a new ENCRYPTION_KEY although there is a Worker or a database that may have been used with another. */
  newEncryptionKey: boolean;
};

/**
 * Takes an account from nothing to a running gateway, or an older gateway to this one. Each step looks at what is there
 * first, so a run after a failed one goes on where that one stopped. Nothing that exists is overwritten but the Worker's
 * code and variables.
 */
export async function deployGateway({ root, env, print, health, newEncryptionKey }: Deployment): Promise<void> {
  const declared = readDeclared(root);
  const requested = requestedUrl(env);
  const step = stepsOn(print);
  await mkdir(resolve(root, stateDirectory), { recursive: true, mode: 0o700 });

  await step("Bundle", () => wranglerIn(root, env)(commands.build));
  const accountId = await step("Account", () => requireAccount(declared, env, wranglerIn(root, env)));
  const wrangler = wranglerIn(root, { ...env, CLOUDFLARE_ACCOUNT_ID: accountId });
  const present = await step(`Secrets of Worker ${declared.workerName}`, () => getSecretNames(declared.workerName, wrangler));
  const databases = await step("D1 databases", () => databaseIdsByName(wrangler));

  const unshownFile = resolve(root, stateDirectory, `${accountId}-${declared.workerName}.secrets.json`);
  const unshown = await readSecrets(unshownFile);
  const missing = secretNames.filter((name) => present?.has(name) !== true);
  if (missing.includes("ENCRYPTION_KEY") && unshown.ENCRYPTION_KEY === undefined && !newEncryptionKey) {
    refuseIfUsed(declared, { hasWorker: present !== null, databases });
  }
  const generated = withGenerated(unshown, missing);
  if (missing.length > 0) await writeSecrets(unshownFile, generated);

  const databaseIds = await ensureDatabases(declared.databases, databases, { wrangler, step });
  await ensureBucketsAndQueues(declared, wrangler, step);
  const known = requested ?? (present === null ? null : await getDeployedUrl(declared.workerName, wrangler));
  const publicUrl = await release({ root, declared, databaseIds, publicUrl: known, upload: pick(generated, missing), wrangler, step });
  await step("GET /health", () => waitUntilHealthy(publicUrl, health));
  await showResult(publicUrl, generated, { unshownFile, health, print });
  await rm(unshownFile, { force: true });
}

/** What is encrypted under a key that is gone cannot be read again: a key is made only where nothing can have been encrypted. */
function refuseIfUsed(declared: Declared, { hasWorker, databases }: { hasWorker: boolean; databases: ReadonlyMap<string, string> }): void {
  const database = declared.databases.find((name) => databases.has(name));
  if (!hasWorker && database === undefined) return;
  const found = hasWorker ? `a Worker named ${declared.workerName}` : `a D1 database named ${database}`;
  throw new Error(
    `the account has ${found}, but the Worker has no ENCRYPTION_KEY: what was stored may be encrypted under a key that is not there.\n` +
      "If you have that key: npx wrangler secret put ENCRYPTION_KEY. If nothing was stored yet: npm run deploy -- --new-encryption-key",
  );
}

async function ensureBucketsAndQueues({ buckets, queues }: Declared, wrangler: Wrangler, step: Step): Promise<void> {
  for (const name of buckets) await step(`R2 bucket ${name}`, () => ensureBucket(name, wrangler));
  for (const name of queues) await step(`Queue ${name}`, () => ensureQueue(name, wrangler));
}

type Showing = { unshownFile: string; health: HealthCheck; print: (line: string) => void };

/** The one place that prints a secret: the operator's, at the end of the run that generated it or of the one that finished that run's work. */
async function showResult(publicUrl: string, generated: Secrets, { unshownFile, health, print }: Showing): Promise<void> {
  const { OPERATOR_ACCOUNT_SID: sid, OPERATOR_AUTH_TOKEN: token } = generated;
  if (sid !== undefined && token !== undefined && !(await canSignIn(publicUrl, sid, token, health))) {
    throw new Error(
      `the gateway runs, but refuses the operator's credentials that are in ${unshownFile}.\n` +
        "If somebody else has deployed it since that file was written, it has theirs: delete the file.",
    );
  }
  print(`\nThe gateway runs at ${publicUrl}`);
  if (sid === undefined && token === undefined) return;
  print("The operator's credentials, shown this once. Cloudflare does not give them back:");
  print(`  Account SID  ${sid ?? "(as before)"}`);
  print(`  Auth token   ${token ?? "(as before)"}`);
}

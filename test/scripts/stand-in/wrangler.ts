// Stands in for wrangler 4.155 and the Cloudflare account behind it: what it is asked and what it keeps are files in
// $STAND_IN, and it writes, where and with which exit code, what wrangler writes.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

export type AccountState = {
  /** What `whoami` lists; null: nobody is logged in. */
  accounts: { id: string; name: string }[] | null;
  databases: { uuid: string; name: string; migrated: boolean }[];
  buckets: string[];
  queues: string[];
  worker: null | { secrets: Record<string, string>; versions: { vars: Record<string, string>; secretNames: string[] }[] };
  /** Commands that fail, by how they start; with `applied` only after they did their work, with `exitCode` 0 in their output alone. */
  failures: Record<string, { message: string; applied?: boolean; exitCode?: 0 }>;
};

type DeployConfig = {
  name: string;
  main: string;
  vars: Record<string, string>;
  secrets: { required: string[] };
  d1_databases: { database_name: string; database_id: string; migrations_dir: string }[];
  r2_buckets: { bucket_name: string }[];
  queues: { producers: { queue: string }[]; consumers: { queue: string; dead_letter_queue: string }[] };
};

const stateFile = join(process.env.STAND_IN ?? "", "state.json");
const state: AccountState = JSON.parse(readFileSync(stateFile, "utf8"));
const command = process.argv.slice(2);
const line = command.join(" ");
const last = command.at(-1) ?? "";

appendFileSync(join(process.env.STAND_IN ?? "", "commands.ndjson"), `${JSON.stringify(command)}\n`);
const failure = Object.entries(state.failures).find(([start]) => line.startsWith(start))?.[1];
if (failure?.exitCode === 0) {
  console.log(failure.message);
  process.exit(0);
}
if (failure !== undefined && failure.applied !== true) fail(failure.message);
answer();
writeFileSync(stateFile, JSON.stringify(state));
if (failure !== undefined) fail(failure.message);

function answer(): void {
  if (line === "deploy --dry-run --outdir dist") return console.log("Total Upload: 1.00 KiB / gzip: 0.50 KiB\n--dry-run: exiting now.");
  if (line === "whoami --json") return whoAmI();
  if (state.accounts === null) return fail("In a non-interactive environment, it's necessary to set a CLOUDFLARE_API_TOKEN environment variable for wrangler to work.");
  if (line === "secret list") return listSecrets();
  if (line === "d1 list --json") return console.log(JSON.stringify(state.databases.map(({ uuid, name }) => ({ uuid, name, version: "production" })), null, 2));
  if (line.startsWith("d1 create ")) return createDatabase();
  if (line.startsWith("d1 migrations apply ")) return migrate();
  if (line.startsWith("r2 bucket lifecycle list ")) return findBucket();
  if (line.startsWith("r2 bucket create ")) return void state.buckets.push(last);
  if (line.startsWith("queues info ")) return state.queues.includes(last) ? console.log(`Queue Name: ${last}`) : fail(missingQueue(last));
  if (line.startsWith("queues create ")) return void state.queues.push(last);
  if (line === "deployments status --json") return currentDeployment();
  if (line.startsWith("versions view v")) return viewVersion();
  if (line.startsWith("deploy --config ")) return deploy();
  fail(`Unknown arguments: ${line}`);
}

function whoAmI(): void {
  if (state.accounts !== null) return console.log(JSON.stringify({ loggedIn: true, authType: "OAuth Token", accounts: state.accounts }, null, 4));
  console.log('\n{"loggedIn":false}');
  process.exit(1);
}

function listSecrets(): void {
  if (state.worker === null) return fail('Worker "gateway-under-test" not found.\n\n  If this is a new Worker, run `wrangler deploy` first to create it.');
  console.log(JSON.stringify(Object.keys(state.worker.secrets).map((name) => ({ name, type: "secret_text" })), null, "  "));
}

function createDatabase(): void {
  const uuid = `0000000${state.databases.length}-aaaa-4bbb-8ccc-dddddddddddd`;
  state.databases.push({ uuid, name: last, migrated: false });
  console.log(`✅ Successfully created DB '${last}'\n[[d1_databases]]\nbinding = "DB"\ndatabase_name = "${last}"\ndatabase_id = "${uuid}"`);
}

function migrate(): void {
  const declared = readConfig().d1_databases.find(({ database_name }) => database_name === command[3]);
  const database = state.databases.find(({ uuid }) => uuid === declared?.database_id);
  if (declared === undefined || database === undefined) return fail(`Couldn't find a D1 DB with the name or binding '${command[3]}' in your wrangler.json file.`);
  const directory = resolve(dirname(configPath()), declared.migrations_dir);
  if (!existsSync(directory)) return fail(`No migrations present at ${directory}.`);
  database.migrated = true;
  console.log("│ 0000_first.sql │ ✅     │");
}

function findBucket(): void {
  if (state.buckets.includes(last)) return console.log(`There are no lifecycle rules for bucket '${last}'.`);
  fail(`A request to the Cloudflare API (/accounts/a/r2/buckets/${last}/lifecycle) failed.\n\n  The specified bucket does not exist. [code: 10006]`);
}

function missingQueue(name: string): string {
  return `Queue "${name}" does not exist. To create it, run: wrangler queues create ${name}`;
}

function currentDeployment(): void {
  console.log(JSON.stringify({ id: "d1", source: "wrangler", versions: [{ version_id: `v${state.worker?.versions.length}`, percentage: 100 }] }, null, 2));
}

function viewVersion(): void {
  const version = state.worker?.versions[Number(command[2]?.slice(1)) - 1];
  const variables = Object.entries(version?.vars ?? {}).map(([name, text]) => ({ name, type: "plain_text", text }));
  const secrets = (version?.secretNames ?? []).map((name) => ({ name, type: "secret_text" }));
  console.log(JSON.stringify({ id: command[2], number: 1, resources: { bindings: [...variables, ...secrets] } }, null, 2));
}

function deploy(): void {
  const config = readConfig();
  refuseIncomplete(config);
  const secretsFile = command[command.indexOf("--secrets-file") + 1];
  const added: Record<string, string> = command.includes("--secrets-file") ? JSON.parse(readFileSync(secretsFile ?? "", "utf8")) : {};
  const secrets = { ...state.worker?.secrets, ...added };
  const missing = config.secrets.required.filter((name) => !(name in secrets));
  if (missing.length > 0) return fail(`The following required secrets have not been set: ${missing.join(", ")}`);
  const version = { vars: config.vars, secretNames: Object.keys(secrets) };
  state.worker = { secrets, versions: [...(state.worker?.versions ?? []), version] };
  const url = `https://${config.name}.acme.workers.dev`;
  console.log(`Uploaded ${config.name} (1.23 sec)\nDeployed ${config.name} triggers (0.50 sec)\n  ${url}`);
  const output = process.env.WRANGLER_OUTPUT_FILE_PATH;
  if (output === undefined) return;
  appendFileSync(output, `${JSON.stringify({ type: "wrangler-session", version: 1, wrangler_version: "4.155.0" })}\n`);
  appendFileSync(output, `${JSON.stringify({ type: "deploy", version: 1, targets: [url, "schedule: */10 * * * *", "Producer for work"] })}\n`);
}

/** What the API refuses to bind to. */
function refuseIncomplete(config: DeployConfig): void {
  const entry = resolve(dirname(configPath()), config.main);
  if (!existsSync(entry)) fail(`The entry-point file at "${entry}" was not found.`);
  const ids = state.databases.map(({ uuid }) => uuid);
  if (!config.d1_databases.every(({ database_id }) => ids.includes(database_id))) fail("binding DB of type d1 must have a valid `id` specified [code: 10021]");
  if (!config.r2_buckets.every(({ bucket_name }) => state.buckets.includes(bucket_name))) fail("R2 bucket not found [code: 10085]");
  const { producers, consumers } = config.queues;
  const queues = [...producers.map(({ queue }) => queue), ...consumers.flatMap(({ queue, dead_letter_queue }) => [queue, dead_letter_queue])];
  const missing = queues.find((name) => !state.queues.includes(name));
  if (missing !== undefined) fail(missingQueue(missing));
}

function configPath(): string {
  return resolve(command[command.indexOf("--config") + 1] ?? "");
}

function readConfig(): DeployConfig {
  return JSON.parse(readFileSync(configPath(), "utf8"));
}

function fail(message: string): never {
  const [first, ...rest] = message.split("\n");
  console.error(`\u001B[31m✘ \u001B[41;31m[\u001B[41;97mERROR\u001B[41;31m]\u001B[0m \u001B[1m${first}\u001B[0m\n${rest.join("\n")}\n\n🪵  Logs were written to "/tmp/wrangler.log"`);
  process.exit(1);
}

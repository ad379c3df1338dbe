import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { resolve } from "node:path";
import { buildWorker } from "./build-worker.ts";
import { DEMO_NUMBER, seedDemo, type DemoAccounts } from "./demo-seed.ts";
import { readDemoState, writeDemoState, type DemoState } from "./demo-state.ts";
import { demoText } from "./demo-text.ts";
import { startExample, untilHealthy } from "./example-process.ts";
import { declaredCrons, pokeCrons, runCron } from "./local-cron.ts";
import { startLocalRuntime } from "./local-runtime.ts";
import { migrateLocal } from "./migrate-local.ts";

/** `npm start`: the gateway, the example publishers and the example developer on this machine, with a seeded demo. */

const HOST = "127.0.0.1";
const CRON_EVERY_MS = 60_000;

const port = portOf("PORT", 8787);
const stateDir = resolve(process.env["STATE_DIR"] ?? ".dipswitch");

await requireFree(port, "set PORT to another");
const state = await readDemoState(stateDir, portOf("PUBLISHERS_PORT", port + 1));
if (state.publishers_port === port) fail(`Port ${port} is the example publishers' in ${stateDir}: set PORT to another.`);
// Once the demo is seeded, its add-ons are called at this port.
await requireFree(state.publishers_port, state.publisher === undefined ? "set PUBLISHERS_PORT to another" : "begin anew with another STATE_DIR");
// Unlike the publishers' port this may be another one each time: the number's URLs and the relay's follow it.
const developerPort = portOf("DEVELOPER_PORT", state.publishers_port + 1);
if (developerPort === port || developerPort === state.publishers_port) fail(`Port ${developerPort} cannot be the example developer's too: set DEVELOPER_PORT to another.`);
await requireFree(developerPort, "set DEVELOPER_PORT to another");
await writeDemoState(stateDir, state);

await buildWorker();
const baseUrl = `http://${HOST}:${port}`;
const publishersUrl = `http://${HOST}:${state.publishers_port}`;
const developerUrl = `http://${HOST}:${developerPort}`;
const log = createWriteStream(resolve(stateDir, "gateway.log"), { flags: "a", mode: 0o600 });
const { miniflare } = await startLocalRuntime({
  port,
  stateDir: resolve(stateDir, "data"),
  onLog: (line) => void log.write(`${line}\n`),
  vars: varsOf(state, baseUrl),
});
const accounts = await prepare();
const { developer, publisher } = accounts;
const examples = [
  startExample({ name: "The example publishers", server: "examples/publishers/server.ts", host: HOST, port: state.publishers_port, isShown: false }, publishersEnvironment(accounts, state)),
  startExample({ name: "The example developer", server: "examples/developer/server.ts", host: HOST, port: developerPort, isShown: true }, developerEnvironment(accounts)),
];
const endExamples = (): void => examples.forEach(({ child }) => child.kill("SIGTERM"));
// However this process ends: the local runtime has handlers of its own for signals, which do not wait for ours.
process.once("exit", endExamples);
const endCron = pokeCrons(declaredCrons(), (cron) => runCron(miniflare, cron), CRON_EVERY_MS, (cron, error) => {
  console.error(`The cron trigger ${cron} failed: ${error instanceof Error ? error.message : String(error)}`);
});

let isStopping = false;
async function stop(code: number): Promise<never> {
  if (!isStopping) {
    isStopping = true;
    endCron();
    endExamples();
    await miniflare.dispose();
  }
  process.exit(code);
}
process.on("SIGINT", () => void stop(0));
process.on("SIGTERM", () => void stop(0));
for (const { name, child } of examples) {
  child.on("exit", (code) => {
    if (isStopping) return;
    console.error(`${name} ended with code ${code}.`);
    void stop(1);
  });
}

await Promise.all(examples.map(untilHealthy));
const demo = {
  base_url: baseUrl,
  publishers_url: publishersUrl,
  developer_url: developerUrl,
  phone_number: DEMO_NUMBER,
  operator: state.operator,
  developer,
  publisher,
};
await writeFile(resolve(stateDir, "demo.json"), JSON.stringify(demo, null, 2), { mode: 0o600 });
console.log(demoText(demo, stateDir));

/** A demo that cannot be prepared is one clear line, and nothing keeps running. */
async function prepare(): Promise<DemoAccounts> {
  try {
    await migrateLocal(miniflare);
    return await seedDemo({ baseUrl, publishersUrl, developerUrl }, stateDir, state);
  } catch (error) {
    await miniflare.dispose();
    return fail(`The demo could not be prepared: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function varsOf({ operator, encryption_key }: DemoState, publicUrl: string): Record<string, string> {
  return {
    PUBLIC_URL: publicUrl,
    ACCOUNT_RPS: "5000",
    ALLOW_INSECURE_PUBLISHERS: "true",
    AUTO_APPROVE: "true",
    OPERATOR_ACCOUNT_SID: operator.sid,
    OPERATOR_AUTH_TOKEN: operator.auth_token,
    ENCRYPTION_KEY: encryption_key,
  };
}

function publishersEnvironment({ publisher: { auth_token }, callbackKey }: DemoAccounts, secrets: DemoState): Record<string, string> {
  return {
    PUBLIC_ORIGIN: publishersUrl,
    PUBLISHER_AUTH_TOKEN: auth_token,
    ANAGRAMS_PASSWORD: secrets.anagrams_password,
    NUMBER_INSIGHT_TOKEN: secrets.number_insight_token,
    SPAM_SCORE_KEY: secrets.spam_score_key,
    MESSAGE_SENTIMENT_KEY: secrets.message_sentiment_key,
    SOUND_ANALYSIS_PASSWORD: secrets.sound_analysis_password,
    CALLBACK_KEY_SID: callbackKey.sid,
    CALLBACK_KEY_SECRET: callbackKey.secret,
  };
}

function developerEnvironment({ developer: { sid, auth_token } }: DemoAccounts): Record<string, string> {
  return { PUBLIC_ORIGIN: developerUrl, GATEWAY_ORIGIN: baseUrl, ACCOUNT_SID: sid, AUTH_TOKEN: auth_token };
}

function portOf(name: string, byDefault: number): number {
  const text = process.env[name];
  if (text === undefined || text === "") return byDefault;
  const number = Number(text);
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
  return fail(`${name} must be a port number from 1 to 65535.`);
}

async function requireFree(wanted: number, orElse: string): Promise<void> {
  const isTaken = await new Promise<boolean>((answer) => {
    const socket = connect({ port: wanted, host: HOST });
    socket.once("connect", () => (socket.destroy(), answer(true)));
    socket.once("error", () => answer(false));
  });
  if (isTaken) fail(`Port ${wanted} is taken: end what listens there, or ${orElse}.`);
}

function fail(line: string): never {
  console.error(line);
  process.exit(1);
}

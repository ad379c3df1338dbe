import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { resolve } from "node:path";
import { until, type Login } from "./gateway.ts";

const root = resolve(import.meta.dirname, "../..");

export type DemoPorts = { port: number; publishersPort: number; developerPort: number; stateDir: string };

/** A start of the demo in a process group of its own, so that all of it can be ended at once. */
export type DemoProcess = {
  /** What it has printed so far. */
  output(): string;
  errors(): string;
  /** Null while it runs. */
  exitCode(): number | null;
  signal(signal: NodeJS.Signals): void;
  /** Waits for the end of the process that was started. */
  ended(): Promise<void>;
};

/** @param command what to run, in the project's own folder. */
export function startDemo(command: [string, ...string[]], { port, publishersPort, developerPort, stateDir }: DemoPorts): DemoProcess {
  const [file, ...parameters] = command;
  const child = spawn(file, parameters, {
    cwd: root,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PORT: String(port), PUBLISHERS_PORT: String(publishersPort), DEVELOPER_PORT: String(developerPort), STATE_DIR: stateDir },
  });
  let [output, errors] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const exit = new Promise<void>((done) => child.once("close", () => done()));
  return {
    output: () => output,
    errors: () => errors,
    exitCode: () => child.exitCode ?? (child.signalCode === null ? null : -1),
    signal(signal) {
      if (child.pid === undefined) throw new Error(`${file} was not started`);
      process.kill(-child.pid, signal);
    },
    ended: () => exit,
  };
}

/** Waits until it has said all that it says. */
export async function untilPrinted(demo: DemoProcess): Promise<string> {
  await until(
    "the demo runs",
    () => {
      if (demo.exitCode() !== null) throw new Error(`the demo ended: ${demo.errors()}${demo.output()}`);
      return demo.output().includes("Ctrl-C ends everything.");
    },
    60_000,
  );
  return demo.output();
}

export const untilClosed = (port: number): Promise<true> => until(`port ${port} is closed`, async () => !(await isListening(port)) || null);

export function isListening(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => (socket.destroy(), answer(true)));
    socket.once("error", () => answer(false));
  });
}

type StoredLogin = { sid: string; auth_token: string };
export type DemoJson = { base_url: string; publishers_url: string; developer_url: string; phone_number: string; operator: StoredLogin; developer: StoredLogin; publisher: StoredLogin };

export const readDemoJson = async (stateDir: string): Promise<DemoJson> => JSON.parse(await readFile(resolve(stateDir, "demo.json"), "utf8")) as DemoJson;

export const loginOf = ({ sid, auth_token: secret }: StoredLogin): Login => ({ sid, secret });

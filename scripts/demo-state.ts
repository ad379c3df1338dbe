import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { resolve } from "node:path";

export type Login = { sid: string; auth_token: string };

export type ApiKey = { sid: string; secret: string };

/** What a local run generated and must find again: the next start uses the same data with the same secrets. */
export type DemoState = {
  operator: Login;
  encryption_key: string;
  publishers_port: number;
  /** The example publishers' own credentials, as their definitions carry them. */
  anagrams_password: string;
  number_insight_token: string;
  spam_score_key: string;
  message_sentiment_key: string;
  sound_analysis_password: string;
  developer?: Login;
  publisher?: Login;
  /** The publisher's, with which sound_analysis calls back. */
  callback_key?: ApiKey;
};

const hex = (bytes: number): string => randomBytes(bytes).toString("hex");

/** Reads the state of a local run, or begins one, which is kept once it is written. What an earlier version did not generate is new. */
export async function readDemoState(stateDir: string, publishersPort: number): Promise<DemoState> {
  await mkdir(stateDir, { recursive: true });
  const begun = newDemoState(publishersPort);
  try {
    return { ...begun, ...(JSON.parse(await readFile(stateFile(stateDir), "utf8")) as Partial<DemoState>) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return begun;
}

function newDemoState(publishersPort: number): DemoState {
  return {
    operator: { sid: `AC${hex(16)}`, auth_token: hex(16) },
    encryption_key: `k1:${randomBytes(32).toString("base64")}`,
    publishers_port: publishersPort,
    anagrams_password: hex(16),
    number_insight_token: hex(16),
    spam_score_key: hex(16),
    message_sentiment_key: hex(16),
    sound_analysis_password: hex(16),
  };
}

/** Whole or not at all: a start that is killed here must not leave half a file. */
export async function writeDemoState(stateDir: string, state: DemoState): Promise<void> {
  const file = stateFile(stateDir);
  await writeFile(`${file}.new`, JSON.stringify(state, null, 2), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

const stateFile = (stateDir: string): string => resolve(stateDir, "secrets.json");

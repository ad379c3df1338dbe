import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { runCron } from "./cron.ts";
import { authorization, type Login, type TestGateway } from "./gateway.ts";

export type Statement = {
  sid: string;
  number: number;
  role: string;
  month: string;
  lines: { unique_name: string; quantity: number; amount: string; fee_percent: string | null; fee: string; net: string }[];
  quantity: number;
  amount: string;
  fee: string;
  net: string;
  credit: { opening: string; added: string; closing: string } | null;
  invocations: { count: number; first_seq: number; last_seq: number } | null;
  entries: { count: number; sha256: string };
  url: string;
  links: Record<"html" | "csv" | "entries" | "payments", string>;
};

/** The month that tests run in, and when its statements are made: what is invoked now is then of a month that is over. */
export const thisMonth = (): string => new Date().toISOString().slice(0, 7);

export function afterMonths(count: number): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + count, 1, 0, 20));
}

export const closeMonth = (gateway: TestGateway, count = 1): Promise<void> => runCron(gateway, "*/10 * * * *", afterMonths(count));

/** An account's statements, oldest first. */
export async function statementsOf(gateway: TestGateway, login: Login, query = ""): Promise<Statement[]> {
  const { body } = await gateway.call<{ statements: Statement[] }>(login, "GET", `/v1/Statements?PageSize=100${query}`);
  return body.statements.toReversed();
}

export async function onlyStatement(gateway: TestGateway, login: Login, query = ""): Promise<Statement> {
  const [statement, ...others] = await statementsOf(gateway, login, query);
  if (statement === undefined || others.length > 0) throw new Error(`${others.length + (statement === undefined ? 0 : 1)} statements in place of one`);
  return statement;
}

/** A file as it comes, with its media type. */
export async function download(login: Login, url: string): Promise<{ text: string; mediaType: string | null; headers: Headers }> {
  const response = await fetch(url, { headers: authorization(login) });
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
  return { text: await response.text(), mediaType: response.headers.get("Content-Type"), headers: response.headers };
}

/** What `npm run verify-statement` says of two files. */
export async function verifyStatement(json: string, csv: string): Promise<{ output: string; exitCode: number }> {
  const folder = await mkdtemp(join(tmpdir(), "dipswitch-statement-"));
  try {
    const files = [join(folder, "statement.json"), join(folder, "entries.csv")] as const;
    await Promise.all([writeFile(files[0], json), writeFile(files[1], csv)]);
    return await new Promise((done) => {
      execFile(process.execPath, [resolve(import.meta.dirname, "../../scripts/verify-statement.ts"), ...files], (error, stdout, stderr) => {
        done({ output: stdout + stderr, exitCode: typeof error?.code === "number" ? error.code : 0 });
      });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

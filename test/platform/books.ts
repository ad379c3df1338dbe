import { env } from "cloudflare:workers";
import { endOfMonthMs, type Month, monthOf } from "../../src/domain/billing/month.ts";
import { settingsOf } from "../../src/env.ts";
import { closeMonthsUpTo } from "../../src/platform/close-month.ts";
import { encryptText } from "../../src/platform/encryption.ts";
import { recordOf } from "../support/invocation-records.ts";
import { now, openDesk, rows } from "./desk-under-test.ts";
import { deskWorld } from "./desk-worker.ts";
import { gatewayEnv } from "./gateway-env.ts";

export type Desk = ReturnType<typeof openDesk>;

export const { publisher_sid: PUBLISHER, add_on_sid: ADD_ON, version_sid: VERSION } = recordOf();

const { encryptionKeys, operatorAccountSid } = settingsOf(gatewayEnv);

/** The rows that statements need beside the ledger: accounts, and the add-on that everybody calls. */
export async function openAccounts(sids: readonly string[]): Promise<void> {
  const sql = `INSERT INTO accounts (sid, friendly_name, status, owner_account_sid, tokens_updated_at, log_key, created_at, updated_at)
    SELECT value->>0, 'Test', 'active', value->>0, 0, value->>1, ?2, ?2 FROM json_each(?1)`;
  const rowsOf = await Promise.all(sids.map(async (sid) => [sid, await encryptText(encryptionKeys, `accounts.log_key/${sid}`, "key")]));
  await env.DB.prepare(sql).bind(JSON.stringify(rowsOf), now()).run();
}

export async function publishAddOn(): Promise<void> {
  await env.DB.batch([
    env.DB.prepare("INSERT INTO add_ons (sid, account_sid, unique_name, type, credentials, created_at, updated_at) VALUES (?1, ?2, 'anagrams', 'phone_number', '', 0, 0)").bind(ADD_ON, PUBLISHER),
    env.DB.prepare("INSERT INTO add_on_versions (sid, add_on_sid, number, status, definition, created_at, updated_at) VALUES (?1, ?2, 1, 'active', '{}', 0, 0)").bind(VERSION, ADD_ON),
  ]);
}

/** A desk whose account has credit and is one of those whose months are closed. */
export async function richDesk(): Promise<Desk> {
  const desk = openDesk();
  await openAccounts([desk.accountSid]);
  await desk.grantMicros(10_000);
  return desk;
}

export const thisMonth = (): Month => monthOf(now());

/** So long after the end of the month in which the desks' clock is. */
export function monthEnds(afterMs = 3_600_000): void {
  deskWorld.aheadMs += endOfMonthMs(thisMonth()) + afterMs - now();
}

/** One run of what closes months. @returns whether all that are over are closed. */
export const closingRun = (transactionFeePercent = "20"): Promise<boolean> =>
  closeMonthsUpTo(monthOf(now() - 86_400_000), { d1: env.DB, desks: env.ACCOUNT_DESK, settings: { transactionFeePercent, encryptionKeys, operatorAccountSid } }, now());

/** As many runs as it takes. @returns how many. */
export async function closeAll(transactionFeePercent?: string): Promise<number> {
  for (let runs = 1; runs < 10; runs++) if (await closingRun(transactionFeePercent)) return runs;
  throw new Error("the month is never closed");
}

export type StatementRow = { account_sid: string; role: string; month: string; number: number; total_micros: number; document: string };

export const statementsOf = (accountSid: string | null): Promise<StatementRow[]> =>
  rows<StatementRow>("SELECT account_sid, role, month, number, total_micros, document FROM statements WHERE account_sid = ? ORDER BY month, role", accountSid ?? "");

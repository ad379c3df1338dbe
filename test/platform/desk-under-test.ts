import { applyD1Migrations, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { SettleReply } from "../../src/domain/billing/desk.ts";
import { deskOf } from "../../src/platform/account-desk.ts";
import { eventOf } from "../support/invocation-records.ts";
import { deskWorld } from "./desk-worker.ts";

export const migrated = (): Promise<void> => applyD1Migrations(env.DB, env.MIGRATIONS);

let accounts = 0;

/** A desk of its own for each test, since storage lasts for the whole file. */
export function openDesk() {
  accounts += 1;
  const accountSid = `AC${accounts.toString(16).padStart(32, "0")}`;
  const desk = deskOf(env.ACCOUNT_DESK, accountSid);
  // A stub of an object that broke stays broken.
  const stub = () => env.ACCOUNT_DESK.getByName(accountSid);
  return {
    ...desk,
    accountSid,
    grantMicros: (micros: number, key = "first") => desk.grant({ key, sid: `CR${accountSid.slice(2)}${key}`, micros, reason: "test" }),
    /** One invocation, of 100 micro-dollars if nothing else is said. */
    settleOne: (xr: string, change: Parameters<typeof eventOf>[0] = {}, begunAtMs = now()): Promise<SettleReply> =>
      desk.settle({ begunAtMs, events: [eventOf({ account_sid: accountSid, request_sid: xr, ...change })] }),
    voidOne: (xr: string) =>
      desk.voidAll({
        begunAtMs: now(),
        events: [eventOf({ account_sid: accountSid, request_sid: xr, status: "failed", code: 61000, failure: "internal", price_micros: 0 })],
      }),
    evict: () => evictDurableObject(stub()),
    runAlarm: () => runDurableObjectAlarm(stub()),
    alarmInMs: () => runInDurableObject(stub(), async (_desk, { storage }) => ((await storage.getAlarm()) ?? Infinity) - now()),
    count: (table: "segments" | "flushed" | "claims") =>
      runInDurableObject(stub(), (_desk, { storage }) => storage.sql.exec<{ count: number }>(`SELECT count(*) AS count FROM ${table}`).one().count),
    withSql: <T>(work: (sql: SqlStorage) => T) => runInDurableObject(stub(), (_desk, { storage }) => work(storage.sql)),
    exec: (sql: string) => runInDurableObject(stub(), (_desk, { storage }) => void storage.sql.exec(sql)),
  };
}

export const now = (): number => Date.now() + deskWorld.aheadMs;

/** A SID that no other test has. */
export function freshXr(): string {
  return `XR${crypto.randomUUID().replaceAll("-", "")}`;
}

export async function rows<T>(sql: string, ...values: string[]): Promise<T[]> {
  const { results } = await env.DB.prepare(sql).bind(...values).all<T>();
  return results;
}

/** A desk of the gateway's over a database that has its rows already. */
import { z } from "zod";
import { migrateLocal } from "../../scripts/migrate-local.ts";
import type { DeskEvent } from "../../src/domain/billing/desk.ts";
import { startWorker } from "../systems/worker-runtime.ts";
import { newSid, settledRequests } from "./invocations.ts";
import { seed } from "./seed.ts";

export type FlushDeskOptions = { port: number; stateDir: string; rowCount: number };

const grantedMicros = 1_000_000_000;
/** Enough for the rows that the seed is modelled on. */
const firstCount = 100;
/** Of one call of the Worker. */
const requestsAtOnce = 1_000;

const flushed = z.object({ isCurrent: z.literal(true) });
const inspection = z.object({ pendingEvents: z.literal(0), balance: z.object({ events: z.number(), spentMicros: z.number(), grantedMicros: z.number() }) });
const storedRow = z.object({ sid: z.string(), price_micros: z.number() });
const storedTotals = z.object({ events: z.number(), charged_micros: z.number(), granted_micros: z.number(), credit_micros: z.number() });

const totalsOfDesk = `SELECT events, charged_micros, granted_micros,
    (SELECT sum(amount_micros) FROM ledger_entries WHERE ledger_account = 'credit:' || ?1) AS credit_micros
  FROM desk_checkpoints WHERE desk = ?1 ORDER BY seq DESC LIMIT 1`;

const pricesOf = (events: readonly DeskEvent[]) => new Map(events.map(({ xr, priceMicros }) => [xr, priceMicros]));

export async function startFlushDesk({ port, stateDir, rowCount }: FlushDeskOptions) {
  const { miniflare, url } = await startWorker({ config: "flush/worker/desk.toml", script: "flush/worker/dist/desk.js", port, bindings: {}, stateDir });
  await migrateLocal(miniflare);
  const db = await miniflare.getD1Database("DB");
  const accountSid = newSid("AC");
  const settled = { events: 0, spentMicros: 0 };

  async function call(name: string, body: unknown = {}): Promise<unknown> {
    const response = await fetch(`${url}/${accountSid}/${name}`, { method: "POST", body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${name}: ${response.status} ${text.slice(0, 1000)}`);
    return JSON.parse(text);
  }

  async function settle(count: number): Promise<DeskEvent[]> {
    const requests = settledRequests(accountSid, count);
    for (let from = 0; from < requests.length; from += requestsAtOnce) await call("settle", requests.slice(from, from + requestsAtOnce));
    const events = requests.flat();
    settled.events += events.length;
    settled.spentMicros += events.reduce((sum, { priceMicros }) => sum + priceMicros, 0);
    return events;
  }

  async function requireRows(events: readonly DeskEvent[]): Promise<void> {
    const { results } = await db.prepare("SELECT sid, price_micros FROM invocations WHERE account_sid = ?").bind(accountSid).all();
    const left = pricesOf(events);
    for (const { sid, price_micros } of z.array(storedRow).parse(results)) {
      if (left.get(sid) !== price_micros) throw new Error(`${sid} at ${price_micros} micro-dollars is not a row that was settled`);
      left.delete(sid);
    }
    if (left.size > 0) throw new Error(`${left.size} of ${events.length} invocations did not arrive`);
  }

  /** The desk, its checkpoint and the ledger, against what was settled. */
  async function requireTotals(): Promise<void> {
    const { balance } = inspection.parse(await call("inspect"));
    const stored = storedTotals.parse(await db.prepare(totalsOfDesk).bind(accountSid).first());
    const found = [balance.events, balance.spentMicros, balance.grantedMicros, stored.events, stored.charged_micros, stored.granted_micros, stored.credit_micros];
    const right = [settled.events, settled.spentMicros, grantedMicros, settled.events, settled.spentMicros, grantedMicros, grantedMicros - settled.spentMicros];
    if (found.join() !== right.join()) throw new Error(`the books say ${found.join(", ")} where ${right.join(", ")} is right`);
  }

  /** Settles so many invocations and times nothing but their way to the database. What came is checked, and deleted: the table stays as large as it is. */
  async function round(count: number): Promise<number> {
    const events = await settle(count);
    const startedAtMs = performance.now();
    flushed.parse(await call("flush"));
    const tookMs = performance.now() - startedAtMs;
    await requireRows(events);
    await requireTotals();
    await db.prepare("DELETE FROM invocations WHERE account_sid = ?").bind(accountSid).run();
    return tookMs;
  }

  await call("grant", { key: "bench", sid: newSid("CR"), micros: grantedMicros, reason: "Benchmark" });
  await settle(firstCount);
  flushed.parse(await call("flush"));
  const model = z.object({ details: z.string() }).parse(await db.prepare("SELECT details FROM invocations WHERE status = 'successful' LIMIT 1").first());
  await db.prepare("DELETE FROM invocations WHERE account_sid = ?").bind(accountSid).run();
  await seed(db, rowCount, model.details);

  return {
    round,
    countRows: async () => z.object({ count: z.number() }).parse(await db.prepare("SELECT count(*) AS count FROM invocations").first()).count,
    stop: () => miniflare.dispose(),
  };
}

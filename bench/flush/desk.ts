/** A desk of the gateway's over a database that has its rows already. */
import { z } from "zod";
import { migrateLocal } from "../../scripts/migrate-local.ts";
import type { DeskEvent } from "../../src/domain/billing/desk.ts";
import { startWorker } from "../systems/worker-runtime.ts";
import { requireRows, requireTotals, type Totals } from "./audit.ts";
import { newSid, settledRequests } from "./invocations.ts";
import { seed } from "./seed.ts";

type FlushDeskOptions = { port: number; stateDir: string; rowCount: number };

const grantedMicros = 1_000_000_000;
/** For the row that the seed is modelled on. */
const firstCount = 100;
/** Of one call of the Worker. */
const requestsAtOnce = 1_000;

const flushed = z.object({ isCurrent: z.literal(true) });
const inspection = z.object({ pendingEvents: z.literal(0), balance: z.object({ events: z.number(), spentMicros: z.number(), grantedMicros: z.number() }) });

export async function startFlushDesk({ port, stateDir, rowCount }: FlushDeskOptions) {
  const { miniflare, url } = await startWorker({ config: "flush/worker/desk.toml", script: "flush/worker/dist/desk.js", port, bindings: {}, stateDir });
  await migrateLocal(miniflare);
  const db = await miniflare.getD1Database("DB");
  const accountSid = newSid("AC");
  const settled: Totals = { events: 0, spentMicros: 0, grantedMicros };

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

  const flush = async () => void flushed.parse(await call("flush"));
  const clear = async () => void (await db.prepare("DELETE FROM invocations WHERE account_sid = ?").bind(accountSid).run());

  await call("grant", { key: "bench", sid: newSid("CR"), micros: grantedMicros, reason: "Benchmark" });
  await settle(firstCount);
  await flush();
  const first = await db.prepare("SELECT details FROM invocations WHERE status = 'successful' LIMIT 1").first();
  await clear();
  await seed(db, rowCount, z.object({ details: z.string() }).parse(first).details);

  return {
    /** Settles so many invocations and times nothing but their way to the database. What came is checked, and deleted: the table stays as large as it is. */
    async round(count: number): Promise<number> {
      const events = await settle(count);
      const startedAtMs = performance.now();
      await flush();
      const tookMs = performance.now() - startedAtMs;
      await requireRows(db, accountSid, events);
      await requireTotals(db, accountSid, settled, inspection.parse(await call("inspect")).balance);
      await clear();
      return tookMs;
    },
    stop: () => miniflare.dispose(),
  };
}

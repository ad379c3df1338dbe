/** What a database must hold when a desk has flushed. */
import type { Miniflare } from "miniflare";
import { z } from "zod";
import type { DeskEvent } from "../../src/domain/billing/desk.ts";

export type Database = Awaited<ReturnType<Miniflare["getD1Database"]>>;

export type Totals = { events: number; spentMicros: number; grantedMicros: number };

const storedRow = z.object({ sid: z.string(), price_micros: z.number() });
const storedTotals = z.object({ events: z.number(), charged_micros: z.number(), granted_micros: z.number(), credit_micros: z.number() });

/** Throws unless each invocation is a row, once and at its price, and there is no other of this account. */
export async function requireRows(db: Database, accountSid: string, events: readonly DeskEvent[]): Promise<void> {
  const { results } = await db.prepare("SELECT sid, price_micros FROM invocations WHERE account_sid = ?").bind(accountSid).all();
  const left = new Map(events.map(({ xr, priceMicros }) => [xr, priceMicros]));
  for (const { sid, price_micros } of z.array(storedRow).parse(results)) {
    if (left.get(sid) !== price_micros) throw new Error(`${sid} at ${price_micros} micro-dollars is not a row that was settled`);
    left.delete(sid);
  }
  if (left.size > 0) throw new Error(`${left.size} of ${events.length} invocations did not arrive`);
}

const totalsOfDesk = `SELECT events, charged_micros, granted_micros,
    (SELECT sum(amount_micros) FROM ledger_entries WHERE ledger_account = 'credit:' || ?1) AS credit_micros
  FROM desk_checkpoints WHERE desk = ?1 ORDER BY seq DESC LIMIT 1`;

/** Throws unless the desk, its last checkpoint and the ledger all say what was settled. */
export async function requireTotals(db: Database, accountSid: string, settled: Totals, balance: Totals): Promise<void> {
  const stored = storedTotals.parse(await db.prepare(totalsOfDesk).bind(accountSid).first());
  const found = [balance.events, balance.spentMicros, balance.grantedMicros, stored.events, stored.charged_micros, stored.granted_micros, stored.credit_micros];
  const { events, spentMicros, grantedMicros } = settled;
  const right = [events, spentMicros, grantedMicros, events, spentMicros, grantedMicros, grantedMicros - spentMicros];
  if (found.join() !== right.join()) throw new Error(`the books say ${found.join(", ")} where ${right.join(", ")} is right`);
}

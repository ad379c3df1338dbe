import { flushAlerts } from "../../domain/alert/flush-alerts.ts";
import type { InvocationRecord } from "../../domain/billing/invocation-record.ts";
import { type DeskFlush, ledgerEntriesOf } from "../../domain/billing/ledger.ts";
import { insertAlerts } from "./alerts.ts";
import { insertEntries } from "./ledger-entries.ts";

/** In the order of `rowOf`. */
const COLUMNS = `sid, account_sid, publisher_sid, add_on_sid, version_sid, configuration_sid, integration_point, status, code, price_micros,
  started_at, duration_ms, desk_seq, details`;

/** D1 takes 100 bound parameters: each list goes in as one, and SQL takes it apart. */
const INSERT_INVOCATIONS = `INSERT INTO invocations (${COLUMNS})
  SELECT ${Array.from({ length: 14 }, (_, index) => `value->>${index}`).join(", ")} FROM json_each(?1) WHERE true ON CONFLICT (sid) DO NOTHING`;

/**
 * Element 14 is what the voided invocation had been charged. A row that has another price is left alone: either it was voided by this same
 * flush before, or it is not the one that the desk took back.
 */
const VOID_INVOCATIONS = `UPDATE invocations SET status = 'failed', code = voids.code, price_micros = 0, details = voids.details, voided_seq = voids.seq, voided_micros = voids.charged
  FROM (SELECT value->>0 AS sid, value->>8 AS code, value->>12 AS seq, value->>13 AS details, value->>14 AS charged FROM json_each(?1)) AS voids
  WHERE invocations.sid = voids.sid AND invocations.price_micros = voids.charged`;

const INSERT_CHECKPOINT = `INSERT INTO desk_checkpoints (desk, seq, from_seq, events, charged_micros, granted_micros, created_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (desk, seq) DO NOTHING`;

/**
 * Carries a flush into D1: all of it or nothing, and the same flush again changes nothing, since D1 neither repeats a write nor says
 * whether one whose reply was lost was done.
 */
export async function writeFlush(db: D1Database, flush: DeskFlush): Promise<void> {
  const { desk, fromSeq, toSeq, totals, committedAtMs } = flush;
  const unrecorded = flush.voids.filter(({ micros }) => micros === null).map(({ record }) => record);
  const charged = flush.voids.filter(({ micros }) => micros !== null);
  const rows = [...flush.records, ...unrecorded].map((record) => rowOf(record, toSeq));
  const voids = charged.map(({ micros, record }) => [...rowOf(record, toSeq), micros]);
  const alerts = await flushAlerts(flush);
  await db.batch([
    ...listStatement(db, INSERT_INVOCATIONS, rows),
    ...listStatement(db, VOID_INVOCATIONS, voids),
    ...insertEntries(db, ledgerEntriesOf(flush)),
    ...insertAlerts(db, alerts, Date.now()),
    db.prepare(INSERT_CHECKPOINT).bind(desk, toSeq, fromSeq, totals.events, totals.spentMicros, totals.grantedMicros, committedAtMs),
  ]);
}

function listStatement(db: D1Database, sql: string, list: unknown[]): D1PreparedStatement[] {
  return list.length === 0 ? [] : [db.prepare(sql).bind(JSON.stringify(list))];
}

function rowOf(record: InvocationRecord, deskSeq: number): (string | number | null)[] {
  const { failure, detail, warning, wait_ms, bytes_in, bytes_out, attempts, number, unique_name, idempotency_key } = record;
  return [
    record.request_sid,
    record.account_sid,
    record.publisher_sid,
    record.add_on_sid,
    record.version_sid,
    record.configuration_sid,
    record.integration_point,
    record.status,
    record.code,
    record.price_micros,
    record.started_at_ms,
    record.duration_ms,
    deskSeq,
    JSON.stringify({ failure, detail, warning, wait_ms, bytes_in, bytes_out, attempts, number, unique_name, idempotency_key }),
  ];
}

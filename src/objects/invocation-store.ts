import { pricedMinutes } from "../domain/billing/price.ts";
import type { AttemptRecord } from "../domain/billing/invocation-record.ts";
import type { InvocationFailureKind } from "../domain/failure.ts";
import type { DueKind, RecordingInvocation } from "../domain/recording/recording-invocation.ts";
import type { RecordingOrder } from "../domain/recording/recording-order.ts";
import type { Relayed } from "../domain/recording/relay.ts";
import { migrateInvocation } from "./invocation-schema.ts";

/** Where the relay to the developer is. `none`: there is nobody to tell. */
export type RelayStatus = "none" | "pending" | "delivered" | "stopped" | "dead";

export type InvocationRow = {
  order: RecordingOrder;
  state: RecordingInvocation;
  /** Encrypted. */
  secret: string;
  secretSha256: string;
  payloadSid: string;
  refusalBytes: number | null;
  startedAtMs: number;
  endedAtMs: number | null;
  relay: RelayStatus;
  isForgotten: boolean;
};

export type RelayAttempt = { number: number; atMs: number; status: number | null; detail: string };

type Row = {
  order: string;
  state: string;
  secret: string;
  secret_sha256: string;
  payload_sid: string;
  refusal_bytes: number | null;
  started_at: number;
  ended_at: number | null;
  relay: RelayStatus;
  is_forgotten: number;
};
type DispatchRow = { number: number; started_at: number; ended_at: number | null; status: number | null; failure: InvocationFailureKind | null };

type StoredOrder = Omit<RecordingOrder, "fullPriceMicros" | "dailyCapMicros"> & Partial<Pick<RecordingOrder, "fullPriceMicros" | "dailyCapMicros">>;

/** What an earlier version did not store is the most that it can be, or nothing. */
const orderOf = (order: StoredOrder): RecordingOrder => ({ ...order, fullPriceMicros: order.fullPriceMicros ?? order.unitPriceMicros * pricedMinutes(order.durationMs), dailyCapMicros: order.dailyCapMicros ?? null });

/** What a recording's invocation remembers, on SQLite. */
export class InvocationStore {
  readonly #sql: SqlStorage;
  #exists: boolean;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#exists = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'invocation'").toArray().length > 0;
  }

  get(): InvocationRow | null {
    if (!this.#exists) return null;
    const row = this.#sql.exec<Row>("SELECT * FROM invocation").toArray()[0];
    if (row === undefined) return null;
    return {
      order: orderOf(JSON.parse(row.order)),
      // An earlier version knew no holds.
      state: { isHeld: false, ...JSON.parse(row.state) },
      secret: row.secret,
      secretSha256: row.secret_sha256,
      payloadSid: row.payload_sid,
      refusalBytes: row.refusal_bytes,
      startedAtMs: row.started_at,
      endedAtMs: row.ended_at,
      relay: row.relay,
      isForgotten: row.is_forgotten === 1,
    };
  }

  /** Makes the tables too: an object that somebody only asked for, by a made-up name, must not keep anything. */
  create(row: Omit<InvocationRow, "endedAtMs" | "refusalBytes" | "isForgotten">): void {
    migrateInvocation(this.#sql);
    this.#exists = true;
    const sql = `INSERT INTO invocation (id, "order", state, secret, secret_sha256, payload_sid, started_at, relay) VALUES (1, ?, ?, ?, ?, ?, ?, ?)`;
    this.#sql.exec(sql, JSON.stringify(row.order), JSON.stringify(row.state), row.secret, row.secretSha256, row.payloadSid, row.startedAtMs, row.relay);
  }

  setState(state: RecordingInvocation): void {
    this.#sql.exec("UPDATE invocation SET state = ?", JSON.stringify(state));
  }

  setEnded(nowMs: number): void {
    this.#sql.exec("UPDATE invocation SET ended_at = ?", nowMs);
  }

  setRefusal(sizeBytes: number): void {
    this.#sql.exec("UPDATE invocation SET refusal_bytes = ?", sizeBytes);
  }

  setForgotten(): void {
    this.#sql.exec("UPDATE invocation SET is_forgotten = 1");
  }

  setRelay(relay: RelayStatus): void {
    this.#sql.exec("UPDATE invocation SET relay = ?", relay);
  }

  /** @param at null: it is done. */
  setDue(kind: DueKind, at: number | null): void {
    if (at === null) this.#sql.exec("DELETE FROM due WHERE kind = ?", kind);
    else this.#sql.exec("INSERT INTO due (kind, at) VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET at = excluded.at", kind, at);
  }

  dueAt(kind: DueKind): number | null {
    return this.#sql.exec<{ at: number }>("SELECT at FROM due WHERE kind = ?", kind).toArray()[0]?.at ?? null;
  }

  firstDue(): { kind: DueKind; at: number } | null {
    if (!this.#exists) return null;
    // Of those at one time, what lists show comes first: so it is found at once that its recording was deleted.
    return this.#sql.exec<{ kind: DueKind; at: number }>("SELECT kind, at FROM due ORDER BY at, kind <> 'publish', kind LIMIT 1").toArray()[0] ?? null;
  }

  beginDispatch(number: number, nowMs: number): void {
    this.#sql.exec("INSERT INTO dispatches (number, started_at) VALUES (?, ?) ON CONFLICT DO NOTHING", number, nowMs);
  }

  /** An attempt that was none: nothing was sent. */
  dropDispatch(number: number): void {
    this.#sql.exec("DELETE FROM dispatches WHERE number = ?", number);
  }

  endDispatch(number: number, nowMs: number, status: number | null, failure: InvocationFailureKind | null): void {
    this.#sql.exec("UPDATE dispatches SET ended_at = ?, status = ?, failure = ? WHERE number = ? AND ended_at IS NULL", nowMs, status, failure, number);
  }

  /** As the log has them. */
  dispatches(): AttemptRecord[] {
    return this.#sql
      .exec<DispatchRow>("SELECT * FROM dispatches ORDER BY number")
      .toArray()
      .map(({ started_at, ended_at, status, failure }) => ({ started_at_ms: started_at, duration_ms: (ended_at ?? started_at) - started_at, status, failure }));
  }

  addRelay(nowMs: number, { status, detail }: Relayed): number {
    this.#sql.exec("INSERT INTO relays (at, status, detail) VALUES (?, ?, ?)", nowMs, status, detail);
    return this.#sql.exec<{ count: number }>("SELECT count(*) AS count FROM relays").one().count;
  }

  /** All of it is gone. */
  erased(): void {
    this.#exists = false;
  }

  relays(): RelayAttempt[] {
    const rows = this.#sql.exec<{ number: number; at: number; status: number | null; detail: string }>("SELECT * FROM relays ORDER BY number").toArray();
    return rows.map(({ number, at, status, detail }) => ({ number, atMs: at, status, detail }));
  }
}

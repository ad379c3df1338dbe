import type { DeskClosing } from "../domain/billing/desk-closing.ts";
import type { DeskFlush } from "../domain/billing/ledger.ts";
import { endOfDayMs } from "../domain/billing/daily-cap.ts";
import { bookedMonth, endOfMonthMs, lastOf, type Month } from "../domain/billing/month.ts";

/** Ours: D1 takes 2 MB in one value; whole segments are put together up to this many characters. */
const FLUSH_CHARACTERS = 512 * 1024;
/** Of an error's message, which names tables and columns and never values. */
const ERROR_CHARACTERS = 300;

type DeskRow = {
  account_sid: string;
  flushed_seq: number;
  flushed_events: number;
  flushed_spent_micros: number;
  flushed_granted_micros: number;
  flushing_seq: number;
  flush_failures: number;
  flush_tried_at: number | null;
  flush_error: string | null;
};
type BookedRow = { to_seq: number; events_total: number };
type SegmentRow = {
  seq: number;
  committed_at: number;
  events_total: number;
  spent_micros: number;
  granted_micros: number;
  events: string;
  voids: string;
  grants: string;
  alerts: string;
};

/** The desk's segments on their way to D1, and how far they have come. */
export class DeskOutbox {
  readonly #sql: SqlStorage;
  #row: DeskRow;
  /** The last month that is closed, and the last in which anything was booked. */
  #closedMonth: Month | null;
  #bookedMonth: Month | null;

  /** @param accountSid null when the platform does not say the object's name; then the one stored at its first use counts. */
  constructor(sql: SqlStorage, accountSid: string | null) {
    this.#sql = sql;
    if (accountSid !== null) sql.exec("INSERT INTO desk (id, account_sid) VALUES (1, ?) ON CONFLICT DO NOTHING", accountSid);
    this.#row = sql.exec<DeskRow>("SELECT * FROM desk").one();
    this.#closedMonth = sql.exec<{ month: string | null }>("SELECT max(month) AS month FROM closed_months").one().month;
    this.#bookedMonth = sql.exec<{ month: string | null }>("SELECT max(month) AS month FROM booked_months").one().month;
  }

  get state(): Readonly<DeskRow> {
    return this.#row;
  }

  /** When the oldest segment that D1 does not have was committed. */
  pendingSince(): number | null {
    const sql = "SELECT committed_at FROM segments WHERE seq > ? ORDER BY seq LIMIT 1";
    return this.#sql.exec<{ committed_at: number }>(sql, this.#row.flushed_seq).toArray()[0]?.committed_at ?? null;
  }

  /**
   * The next flush; null when nothing is pending. Its range is kept on disk before it is sent, and stays until it has arrived: a
   * repetition after a lost reply must be the very same flush, or its ledger entries would count twice.
   */
  next(): DeskFlush | null {
    const fromSeq = this.#row.flushed_seq + 1;
    if (this.#row.flushing_seq < fromSeq) {
      const toSeq = this.#chooseEnd(fromSeq);
      if (toSeq === null) return null;
      this.#update({ flushing_seq: toSeq });
    }
    const segments = this.#sql
      .exec<SegmentRow>("SELECT * FROM segments WHERE seq BETWEEN ? AND ? ORDER BY seq", fromSeq, this.#row.flushing_seq)
      .toArray();
    const last = segments.at(-1);
    if (last === undefined) return null;
    return {
      desk: this.#row.account_sid,
      fromSeq,
      toSeq: last.seq,
      committedAtMs: last.committed_at,
      month: bookedMonth(last.committed_at, this.#bookedMonth, this.#closedMonth),
      totals: { events: last.events_total, spentMicros: last.spent_micros, grantedMicros: last.granted_micros },
      records: segments.flatMap((segment) => JSON.parse(segment.events)),
      voids: segments.flatMap((segment) => JSON.parse(segment.voids)),
      credits: segments.flatMap((segment) => JSON.parse(segment.grants)),
      alerts: segments.flatMap((segment) => JSON.parse(segment.alerts)),
    };
  }

  /** Segments of different days are never put together: a flush is booked on one, and so in one month. */
  #chooseEnd(fromSeq: number): number | null {
    let endSeq: number | null = null;
    let sizeChars = 0;
    let dayEndsAtMs: number | null = null;
    const rows = this.#sql.exec<{ seq: number; size_chars: number; committed_at: number }>("SELECT seq, size_chars, committed_at FROM segments WHERE seq >= ? ORDER BY seq", fromSeq);
    for (const { seq, size_chars, committed_at } of rows) {
      sizeChars += size_chars;
      dayEndsAtMs ??= endOfDayMs(committed_at);
      if (endSeq !== null && (sizeChars > FLUSH_CHARACTERS || committed_at >= dayEndsAtMs)) break;
      endSeq = seq;
    }
    return endSeq;
  }

  /** Whether D1 still lacks something that is to be booked in this month. */
  isBehind(month: Month): boolean {
    // Of one that is closed nothing is lacking: what a slow clock still commits in it is booked later.
    if (this.#closedMonth !== null && this.#closedMonth >= month) return false;
    const sql = "SELECT 1 FROM segments WHERE seq > ? AND committed_at < ? LIMIT 1";
    return this.#sql.exec(sql, this.#row.flushed_seq, endOfMonthMs(month)).toArray().length > 0;
  }

  /** Ends the month, once D1 has all of it: nothing that follows is booked in it. The same month again is the same closing. */
  close(month: Month): DeskClosing {
    this.#sql.exec("INSERT INTO closed_months (month) VALUES (?) ON CONFLICT DO NOTHING", month);
    this.#closedMonth = lastOf(this.#closedMonth, month);
    const isFirst = this.#sql.exec("SELECT 1 FROM closed_months WHERE month < ? LIMIT 1", month).toArray().length === 0;
    const nothing = { to_seq: 0, events_total: 0 };
    const [end, start] = [this.#bookedUpTo("<=", month) ?? nothing, (isFirst ? null : this.#bookedUpTo("<", month)) ?? nothing];
    return { month, fromSeq: start.to_seq + 1, toSeq: end.to_seq, events: end.events_total - start.events_total };
  }

  #bookedUpTo(comparison: "<" | "<=", month: Month): BookedRow | null {
    const sql = `SELECT to_seq, events_total FROM booked_months WHERE month ${comparison} ? ORDER BY month DESC LIMIT 1`;
    return this.#sql.exec<BookedRow>(sql, month).toArray()[0] ?? null;
  }

  /** Of what D1 has, only enough is kept to recognise its repetitions. */
  arrived({ toSeq, committedAtMs, month, totals }: DeskFlush, nowMs: number): void {
    this.#bookedMonth = lastOf(this.#bookedMonth, month);
    this.#sql.exec("INSERT OR REPLACE INTO booked_months (month, to_seq, events_total) VALUES (?, ?, ?)", month, toSeq, totals.events);
    const recent = this.#sql.exec<{ recent: string }>("SELECT recent FROM segments WHERE seq <= ? ORDER BY seq", toSeq).toArray();
    const joined = recent.map((row) => row.recent.slice(1, -1)).filter((list) => list !== "");
    this.#sql.exec("INSERT INTO flushed VALUES (?, ?, ?)", toSeq, committedAtMs, `[${joined.join(",")}]`);
    this.#sql.exec("DELETE FROM segments WHERE seq <= ?", toSeq);
    this.#update({
      flushed_seq: toSeq,
      flushed_events: totals.events,
      flushed_spent_micros: totals.spentMicros,
      flushed_granted_micros: totals.grantedMicros,
      flush_failures: 0,
      flush_tried_at: nowMs,
      flush_error: null,
    });
  }

  failed(message: string, nowMs: number): void {
    this.#update({ flush_failures: this.#row.flush_failures + 1, flush_tried_at: nowMs, flush_error: message.slice(0, ERROR_CHARACTERS) });
  }

  #update(change: Partial<DeskRow>): void {
    const row: DeskRow = { ...this.#row, ...change };
    const columns = Object.entries(row).filter(([column]) => column !== "id");
    this.#sql.exec(`UPDATE desk SET ${columns.map(([column]) => `${column} = ?`).join(", ")}`, ...columns.map(([, value]) => value));
    this.#row = row;
  }
}

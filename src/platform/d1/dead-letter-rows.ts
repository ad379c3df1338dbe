import type { RecordingOrder } from "../../domain/recording/recording-order.ts";
import { newSid } from "../randomness.ts";

/** A result whose relay was given up has one dead letter; one that was sent again and died again is the same one. */
const ADD = `INSERT INTO dead_letters (sid, account_sid, add_on_result_sid, recording_sid, attempts, last_status, last_detail, created_at, updated_at)
  SELECT coalesce((SELECT sid FROM dead_letters WHERE add_on_result_sid = ?3), ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8
  WHERE true
  ON CONFLICT (sid) DO UPDATE SET attempts = excluded.attempts, last_status = excluded.last_status, last_detail = excluded.last_detail,
    redelivered_at = NULL, updated_at = excluded.updated_at`;

/** For a batch. */
export function addDeadLetter(db: D1Database, order: RecordingOrder, last: { attempts: number; status: number | null; detail: string }, nowMs: number): D1PreparedStatement {
  const { accountSid, xr, recordingSid } = order;
  return db.prepare(ADD).bind(newSid("DL"), accountSid, xr, recordingSid, last.attempts, last.status, last.detail, nowMs);
}

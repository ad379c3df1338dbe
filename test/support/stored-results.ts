import { randomBytes } from "node:crypto";
import type { Login, TestGateway } from "./gateway.ts";

/** What the gateway has of one add-on's work on a recording. */
export type StoredResult = { accountSid: string; recordingSid: string; addOnSid: string; configurationSid: string; xr: string; payloadSid: string; key: string; data: string; createdAtMs: number };

type Change = { recordingSid?: string; status?: string; data?: string; createdAtMs?: number; completedAtMs?: number | null };

export const sid = (prefix: string): string => prefix + randomBytes(16).toString("hex");

export const RESULT_DATA = '{"status":"ok","numbers":[12345678901234567890],"text":"Größe"}';

/** A recording with one result and its payload, put where the gateway keeps them: reading them is tested without the work that makes them. */
export async function storeResult(gateway: TestGateway, owner: Login, change: Change = {}): Promise<StoredResult> {
  const { recordingSid = sid("RE"), status = "completed", data = RESULT_DATA, createdAtMs = Date.now(), completedAtMs = createdAtMs + 5_000 } = change;
  const [xr, payloadSid, addOnSid, configurationSid] = [sid("XR"), sid("XH"), sid("XB"), sid("XE")];
  const key = `callbacks/${xr}/1`;
  const [db, bucket] = await Promise.all([gateway.miniflare.getD1Database("DB"), gateway.miniflare.getR2Bucket("RECORDINGS")]);
  await bucket.put(key, data);
  await db.batch([
    db
      .prepare(
        `INSERT OR IGNORE INTO recordings (sid, account_sid, source, media_type, channels, duration_ms, size_bytes, sha256, created_at, updated_at)
         VALUES (?1, ?2, 'RecordVerb', 'audio/wav', 1, 1000, 0, '', ?3, ?3)`,
      )
      .bind(recordingSid, owner.sid, createdAtMs),
    db
      .prepare(
        `INSERT INTO add_on_results (sid, account_sid, recording_sid, add_on_sid, configuration_sid, status, completed_at, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)`,
      )
      .bind(xr, owner.sid, recordingSid, addOnSid, configurationSid, status, completedAtMs, createdAtMs),
    db
      .prepare(
        `INSERT INTO payloads (sid, account_sid, recording_sid, add_on_result_sid, add_on_sid, configuration_sid, label, content_type, key, size_bytes, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'channel-1', 'application/json', ?7, ?8, ?9, ?9)`,
      )
      .bind(payloadSid, owner.sid, recordingSid, xr, addOnSid, configurationSid, key, Buffer.byteLength(data), createdAtMs),
  ]);
  return { accountSid: owner.sid, recordingSid, addOnSid, configurationSid, xr, payloadSid, key, data, createdAtMs };
}

/** A relay of a result that was given up. */
export async function storeDeadLetter(gateway: TestGateway, { accountSid, xr, recordingSid }: StoredResult, createdAtMs = Date.now()): Promise<string> {
  const deadLetter = sid("DL");
  const db = await gateway.miniflare.getD1Database("DB");
  await db
    .prepare(
      `INSERT INTO dead_letters (sid, account_sid, add_on_result_sid, recording_sid, attempts, last_status, last_detail, created_at, updated_at)
       VALUES (?1, ?2, ?3, ?4, 10, 503, 'It answered with status 503.', ?5, ?5)`,
    )
    .bind(deadLetter, accountSid, xr, recordingSid, createdAtMs)
    .run();
  return deadLetter;
}

/** Of a result, or of one of its payloads. */
export const resultPath = ({ accountSid, recordingSid, xr }: StoredResult): string => `/2010-04-01/Accounts/${accountSid}/Recordings/${recordingSid}/AddOnResults/${xr}`;
export const dataPath = (result: StoredResult): string => `${resultPath(result)}/Payloads/${result.payloadSid}/Data.json`;

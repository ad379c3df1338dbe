import { claimBytes, type Claim } from "../domain/billing/claim.ts";
import type { CreditAlert } from "../domain/billing/credit-alert.ts";
import type { DeskTotals, Grant } from "../domain/billing/credit.ts";
import type { DeskEvent, DeskStore } from "../domain/billing/desk.ts";
import type { Hold } from "../domain/billing/hold.ts";
import { type BookedCredit, reversalOf } from "../domain/billing/ledger.ts";
import { RecentInvocations } from "../domain/billing/recent-invocations.ts";
import type { Reversal } from "../domain/billing/reversal.ts";
import { leastRecentlyUsed } from "../domain/least-recently-used.ts";
import { HOLD_KEPT_MS, SETTLED_KEPT_MS } from "../domain/limits.ts";
import { CappedSpending } from "./capped-spending.ts";

type ClaimRow = { key: string; print: string; seed: string; holder: string; claimed_at: number; expires_at: number; answer: ArrayBuffer | null; progress: ArrayBuffer | null };
type ClaimsSizeRow = { claims: number; kept_bytes: number };
type KeptSizeRow = { kept_bytes: number };
type GrantRow = { key: string; sid: string; micros: number; reason: string; granted_at: number; left_micros: number };
type HoldRow = { xr: string; micros: number; refused_for: "credit" | "cap" | null; held_at: number; settled_micros: number | null; settled_at: number | null };
type CreditAlertRow = { grant_sid: string; grant_micros: number; level: number; is_told_uncovered: number };
type TotalsRow = { seq: number; events_total: number; spent_micros: number; granted_micros: number };
type RecentRow = { committed_at: number; recent: string };

/** The last segment's totals, or, when D1 has them all, those after the last flush. */
const LAST_TOTALS = `SELECT * FROM (SELECT seq, events_total, spent_micros, granted_micros FROM segments ORDER BY seq DESC LIMIT 1)
  UNION ALL SELECT flushed_seq, flushed_events, flushed_spent_micros, flushed_granted_micros FROM desk
  ORDER BY seq DESC LIMIT 1`;

/** Columns by name: during a deploy the table may have more of them than this version knows. */
const INSERT_SEGMENT = `INSERT INTO segments (seq, committed_at, events_total, spent_micros, granted_micros, size_chars, recent, events, voids, grants, alerts)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** Ours: more runs than one account has at a time. Platform: an object shares its 128 MB with others. */
const OPEN_CLAIMS_KEPT = 2_000;
const OPEN_CLAIMS_KEPT_BYTES = 8 * 1024 * 1024;

const keptBytesOf = ({ answer, progress }: Claim): number => (answer?.byteLength ?? 0) + (progress?.byteLength ?? 0);

/** `length` of a blob does not read it. */
const KEPT_BYTES = "coalesce(length(answer), 0) + coalesce(length(progress), 0)";

/**
 * What a desk remembers, on SQLite. Totals and recent invocations are read once and then held in memory; what decisions record is
 * gathered and written as one row by `commit`, so that an invocation costs no statement of its own.
 */
export class SqlDeskStore implements DeskStore {
  readonly #sql: SqlStorage;
  readonly #recent = new RecentInvocations();
  #totals: DeskTotals = { events: 0, spentMicros: 0, grantedMicros: 0 };
  #lastSeq = 0;
  #pending = emptySegment();
  readonly #capped: CappedSpending;
  #claimsBytes = 0;
  #heldMicros: number;
  #creditAlert: CreditAlert | null;
  /** Claims of runs under way, as they are on disk: each is asked for by every step of its run. */
  readonly #openClaims = leastRecentlyUsed<Claim>(OPEN_CLAIMS_KEPT, { max: OPEN_CLAIMS_KEPT_BYTES, of: keptBytesOf });

  constructor(sql: SqlStorage, nowMs: number) {
    this.#sql = sql;
    this.#capped = new CappedSpending(sql);
    const last = sql.exec<TotalsRow>(LAST_TOTALS).one();
    this.#lastSeq = last.seq;
    this.#totals = { events: last.events_total, spentMicros: last.spent_micros, grantedMicros: last.granted_micros };
    // Counted anew and not stored: a total that an older version did not keep would stay wrong.
    const { claims, kept_bytes } = sql.exec<ClaimsSizeRow>(`SELECT count(*) AS claims, total(${KEPT_BYTES}) AS kept_bytes FROM claims`).one();
    this.#claimsBytes = claims * claimBytes(null) + kept_bytes;
    this.#heldMicros = sql.exec<{ micros: number }>("SELECT total(micros) AS micros FROM holds WHERE settled_at IS NULL").one().micros;
    this.#creditAlert = creditAlertOf(sql);
    for (const { committed_at, recent } of recentRows(sql, nowMs - SETTLED_KEPT_MS)) this.#remember(JSON.parse(recent), committed_at);
  }

  #remember(recent: (string | number | null)[], atMs: number): void {
    for (let index = 0; index < recent.length; index += 2) {
      const price = recent[index + 1];
      this.#recent.remember(String(recent[index]), typeof price === "number" ? price : "void", atMs);
    }
  }

  totals(): DeskTotals {
    return this.#totals;
  }

  setTotals(totals: DeskTotals): void {
    this.#totals = totals;
  }

  recorded(xr: string): number | "void" | undefined {
    return this.#recent.get(xr);
  }

  record({ xr, priceMicros, record }: DeskEvent, nowMs: number): void {
    this.#recent.remember(xr, priceMicros, nowMs);
    this.#pending.recent.push(xr, priceMicros);
    this.#pending.events.push(record);
  }

  recordVoid({ xr, record }: DeskEvent, chargedMicros: number | null, nowMs: number): void {
    this.#recent.remember(xr, "void", nowMs);
    this.#pending.recent.push(xr, null);
    this.#pending.voids.push(`{"micros":${chargedMicros},"record":${record}}`);
  }

  rememberFree(xr: string, nowMs: number): void {
    this.#recent.remember(xr, 0, nowMs);
    this.#pending.recent.push(xr, 0);
  }

  claim(key: string): Claim | undefined {
    const open = this.#openClaims.get(key);
    if (open !== undefined) return open;
    const row = this.#sql.exec<ClaimRow>("SELECT * FROM claims WHERE key = ?", key).toArray()[0];
    if (row === undefined) return undefined;
    const { print, seed, holder, claimed_at: claimedAtMs, expires_at: expiresAtMs } = row;
    return { key, print, seed, holder, claimedAtMs, expiresAtMs, progress: bytesOf(row.progress), answer: bytesOf(row.answer) };
  }

  keepClaim(claim: Claim): void {
    this.#claimsBytes += claimBytes(keptBytesOf(claim)) - this.#bytesOfClaim(claim.key);
    const { key, print, seed, holder, claimedAtMs, expiresAtMs, progress, answer } = claim;
    const sql = "INSERT OR REPLACE INTO claims (key, print, seed, holder, claimed_at, expires_at, progress, answer) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    this.#sql.exec(sql, key, print, seed, holder, claimedAtMs, expiresAtMs, progress, answer);
    if (answer === null) this.#openClaims.set(key, claim);
    else this.#openClaims.delete(key);
  }

  keepAnswer(key: string, answer: Uint8Array): void {
    this.#claimsBytes += claimBytes(answer.byteLength) - this.#bytesOfClaim(key);
    this.#sql.exec("UPDATE claims SET answer = ?, progress = NULL WHERE key = ?", answer, key);
    this.#openClaims.delete(key);
  }

  keepProgress(key: string, progress: Uint8Array): void {
    this.#claimsBytes += claimBytes(progress.byteLength) - this.#bytesOfClaim(key);
    this.#sql.exec("UPDATE claims SET progress = ? WHERE key = ?", progress, key);
    const open = this.#openClaims.get(key);
    if (open !== undefined) this.#openClaims.set(key, { ...open, progress });
  }

  keepAlert(alert: string): void {
    this.#pending.alerts.push(alert);
  }

  #bytesOfClaim(key: string): number {
    const open = this.#openClaims.get(key);
    if (open !== undefined) return claimBytes(keptBytesOf(open));
    const row = this.#sql.exec<KeptSizeRow>(`SELECT ${KEPT_BYTES} AS kept_bytes FROM claims WHERE key = ?`, key).toArray()[0];
    return row === undefined ? 0 : claimBytes(row.kept_bytes);
  }

  claimsBytes(): number {
    return this.#claimsBytes;
  }

  grant(key: string): Grant | undefined {
    const row = this.#sql.exec<GrantRow>("SELECT * FROM grants WHERE key = ?", key).toArray()[0];
    if (row === undefined) return undefined;
    return { key, sid: row.sid, micros: row.micros, reason: row.reason, grantedAtMs: row.granted_at, leftMicros: row.left_micros };
  }

  keepGrant(grant: Grant): void {
    const { key, sid, micros, reason, grantedAtMs, leftMicros } = grant;
    this.#sql.exec("INSERT INTO grants VALUES (?, ?, ?, ?, ?, ?)", key, sid, micros, reason, grantedAtMs, leftMicros);
    this.#pending.credits.push({ sid, micros, grantedAtMs, reason });
  }

  reversal(transactionId: string): Reversal | undefined {
    const row = this.#sql.exec<{ reversal: string }>("SELECT reversal FROM reversals WHERE transaction_id = ?", transactionId).toArray()[0];
    return row === undefined ? undefined : JSON.parse(row.reversal);
  }

  keepReversal(reversal: Reversal): void {
    const { reverses, micros, reason, reversedAtMs: grantedAtMs } = reversal;
    this.#sql.exec("INSERT INTO reversals (transaction_id, reversal) VALUES (?, ?)", reverses.transactionId, JSON.stringify(reversal));
    this.#pending.credits.push({ sid: reversalOf(reverses.transactionId), micros, grantedAtMs, reason, reverses });
  }

  hold(xr: string): Hold | undefined {
    const row = this.#sql.exec<HoldRow>("SELECT * FROM holds WHERE xr = ?", xr).toArray()[0];
    if (row === undefined) return undefined;
    return { xr, micros: row.micros, refusedFor: row.refused_for, heldAtMs: row.held_at, settledMicros: row.settled_micros, settledAtMs: row.settled_at };
  }

  keepHold(hold: Hold): void {
    this.#heldMicros += heldBy(hold) - heldBy(this.hold(hold.xr));
    const { xr, micros, refusedFor, heldAtMs, settledMicros, settledAtMs } = hold;
    const sql = "INSERT OR REPLACE INTO holds (xr, micros, refused_for, held_at, settled_micros, settled_at) VALUES (?, ?, ?, ?, ?, ?)";
    this.#sql.exec(sql, xr, micros, refusedFor, heldAtMs, settledMicros, settledAtMs);
  }

  heldMicros(): number {
    return this.#heldMicros;
  }

  spentToday(installSid: string, day: number): number {
    return this.#capped.of(installSid, day);
  }

  addSpentToday(installSid: string, day: number, micros: number): void {
    this.#capped.add(installSid, day, micros);
  }

  accountSid(): string {
    return this.#sql.exec<{ account_sid: string }>("SELECT account_sid FROM desk").one().account_sid;
  }

  creditAlert(): CreditAlert | null {
    return this.#creditAlert;
  }

  setCreditAlert(alert: CreditAlert): void {
    this.#creditAlert = alert;
    const sql = "INSERT OR REPLACE INTO credit_alert (id, grant_sid, grant_micros, level, is_told_uncovered) VALUES (1, ?, ?, ?, ?)";
    this.#sql.exec(sql, alert.grantSid, alert.grantMicros, alert.level, alert.isToldUncovered ? 1 : 0);
  }

  /** The last segment; D1 is to have all up to it. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Writes what was recorded since the last commit, as one row. @returns whether there was anything. */
  commit(nowMs: number): boolean {
    this.#capped.write();
    const { recent, events, voids, credits, alerts } = this.#pending;
    if (recent.length === 0 && credits.length === 0 && alerts.length === 0) return false;
    const { events: eventsTotal, spentMicros, grantedMicros } = this.#totals;
    const texts = [events, voids, credits.map((credit) => JSON.stringify(credit)), alerts].map((list) => `[${list.join(",")}]`);
    const sizeChars = texts.reduce((sum, text) => sum + text.length, 0);
    this.#lastSeq += 1;
    this.#sql.exec(
      INSERT_SEGMENT,
      this.#lastSeq,
      nowMs,
      eventsTotal,
      spentMicros,
      grantedMicros,
      sizeChars,
      JSON.stringify(recent),
      ...texts,
    );
    this.#pending = emptySegment();
    this.#recent.forget(nowMs);
    return true;
  }

  /** When the oldest of what D1 has, and is still to be recognised, was committed. */
  keptSince(): number | null {
    return this.#sql.exec<{ at: number | null }>("SELECT min(committed_at) AS at FROM flushed").one().at;
  }

  forget(nowMs: number): void {
    this.#sql.exec("DELETE FROM flushed WHERE committed_at <= ?", nowMs - SETTLED_KEPT_MS);
    this.#capped.forget(nowMs);
    this.#sql.exec("DELETE FROM holds WHERE settled_at <= ?", nowMs - HOLD_KEPT_MS);
    this.#recent.forget(nowMs);
  }

  nextClaimExpiry(): number | null {
    return this.#sql.exec<{ at: number | null }>("SELECT min(expires_at) AS at FROM claims").one().at;
  }

  expireClaims(nowMs: number): void {
    const sql = `DELETE FROM claims WHERE key IN (SELECT key FROM claims WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
      RETURNING key, ${KEPT_BYTES} AS kept_bytes`;
    for (const { key, kept_bytes } of this.#sql.exec<KeptSizeRow & { key: string }>(sql, nowMs, CLAIMS_EXPIRED_AT_ONCE)) {
      this.#claimsBytes -= claimBytes(kept_bytes);
      this.#openClaims.delete(key);
    }
  }
}

/** Ours: their answers may be 1 MiB each. */
const CLAIMS_EXPIRED_AT_ONCE = 500;

/** In the order of their commits. Read from the end, so that segments which D1 has not taken for hours are not gone through. */
function recentRows(sql: SqlStorage, sinceMs: number): RecentRow[] {
  const rows: RecentRow[] = [];
  for (const table of ["segments", "flushed"]) {
    for (const row of sql.exec<RecentRow>(`SELECT committed_at, recent FROM ${table} ORDER BY seq DESC`)) {
      if (row.committed_at <= sinceMs) break;
      rows.push(row);
    }
  }
  return rows.toReversed();
}

function emptySegment() {
  return { recent: [] as (string | number | null)[], events: [] as string[], voids: [] as string[], credits: [] as BookedCredit[], alerts: [] as string[] };
}

function creditAlertOf(sql: SqlStorage): CreditAlert | null {
  const row = sql.exec<CreditAlertRow>("SELECT grant_sid, grant_micros, level, is_told_uncovered FROM credit_alert").toArray()[0];
  return row === undefined ? null : { grantSid: row.grant_sid, grantMicros: row.grant_micros, level: row.level, isToldUncovered: row.is_told_uncovered === 1 };
}

const heldBy = (hold: Hold | undefined): number => (hold === undefined || hold.settledMicros !== null ? 0 : hold.micros);

const bytesOf = (blob: ArrayBuffer | null): Uint8Array | null => (blob === null ? null : new Uint8Array(blob));

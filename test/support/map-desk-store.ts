import { claimBytes, type Claim } from "../../src/domain/billing/claim.ts";
import type { CreditAlert } from "../../src/domain/billing/credit-alert.ts";
import type { DeskTotals, Grant } from "../../src/domain/billing/credit.ts";
import type { DeskEvent, DeskStore } from "../../src/domain/billing/desk.ts";
import { type BookedCredit, reversalOf } from "../../src/domain/billing/ledger.ts";
import type { Reversal } from "../../src/domain/billing/reversal.ts";
import type { Hold } from "../../src/domain/billing/hold.ts";
import { RecentInvocations } from "../../src/domain/billing/recent-invocations.ts";

export type LogEntry =
  | { kind: "record"; xr: string; priceMicros: number; record: string; atMs: number }
  | { kind: "free"; xr: string; atMs: number }
  | { kind: "credit"; credit: BookedCredit; atMs: number }
  | { kind: "void"; xr: string; chargedMicros: number | null; record: string; atMs: number };

/** What a desk has on disk. Never changed in place: each commit makes the next one. */
export type Disk = {
  log: readonly LogEntry[];
  /** What was committed together: up to which place of the log, and the totals after it. */
  segments: readonly { end: number; totals: DeskTotals; committedAtMs: number }[];
  claims: ReadonlyMap<string, Claim>;
  grants: ReadonlyMap<string, Grant>;
  holds: ReadonlyMap<string, Hold>;
  /** By the transaction that they take back. */
  reversals: ReadonlyMap<string, Reversal>;
  totals: DeskTotals;
  creditAlert: CreditAlert | null;
  /** By install and day. */
  spentToday: ReadonlyMap<string, number>;
  alerts: readonly string[];
};

export const ACCOUNT_SID = `AC${"0".repeat(32)}`;

export const emptyDisk: Disk = { log: [], segments: [], claims: new Map(), grants: new Map(), holds: new Map(), reversals: new Map(), totals: { events: 0, spentMicros: 0, grantedMicros: 0 }, creditAlert: null, spentToday: new Map(), alerts: [] };

/** The desk's memory over maps: like the real one, it is rebuilt from disk and knows only the invocations of the last minute. */
export class MapDeskStore implements DeskStore {
  readonly #recent = new RecentInvocations();
  readonly #log: LogEntry[];
  #segments: Disk["segments"];
  readonly #claims: Map<string, Claim>;
  readonly #grants: Map<string, Grant>;
  readonly #holds: Map<string, Hold>;
  readonly #reversals: Map<string, Reversal>;
  readonly #alerts: string[];
  #totals: DeskTotals;
  #creditAlert: CreditAlert | null;
  readonly #spentToday: Map<string, number>;

  constructor(disk: Disk = emptyDisk, nowMs = 0) {
    this.#log = [...disk.log];
    this.#segments = disk.segments;
    this.#claims = new Map(disk.claims);
    this.#grants = new Map(disk.grants);
    this.#holds = new Map(disk.holds);
    this.#reversals = new Map(disk.reversals);
    this.#totals = disk.totals;
    this.#creditAlert = disk.creditAlert;
    this.#spentToday = new Map(disk.spentToday);
    this.#alerts = [...disk.alerts];
    for (const entry of disk.log) if (entry.kind !== "credit") this.#recent.remember(entry.xr, entry.kind === "void" ? "void" : entry.kind === "free" ? 0 : entry.priceMicros, entry.atMs);
    this.#recent.forget(nowMs);
  }

  /** What is on disk when this commit has reached it. */
  commit(nowMs: number): Disk {
    this.#recent.forget(nowMs);
    if (this.#log.length > (this.#segments.at(-1)?.end ?? 0)) this.#segments = [...this.#segments, { end: this.#log.length, totals: this.#totals, committedAtMs: nowMs }];
    return { log: [...this.#log], segments: this.#segments, claims: new Map(this.#claims), grants: new Map(this.#grants), holds: new Map(this.#holds), reversals: new Map(this.#reversals), totals: this.#totals, creditAlert: this.#creditAlert, spentToday: new Map(this.#spentToday), alerts: [...this.#alerts] };
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
    this.#log.push({ kind: "record", xr, priceMicros, record, atMs: nowMs });
  }

  recordVoid({ xr, record }: DeskEvent, chargedMicros: number | null, nowMs: number): void {
    this.#recent.remember(xr, "void", nowMs);
    this.#log.push({ kind: "void", xr, chargedMicros, record, atMs: nowMs });
  }

  rememberFree(xr: string, nowMs: number): void {
    this.#recent.remember(xr, 0, nowMs);
    this.#log.push({ kind: "free", xr, atMs: nowMs });
  }

  claim(key: string): Claim | undefined {
    return this.#claims.get(key);
  }

  keepClaim(claim: Claim): void {
    this.#claims.set(claim.key, claim);
  }

  keepAnswer(key: string, answer: Uint8Array): void {
    const claim = this.#claims.get(key);
    if (claim !== undefined) this.#claims.set(key, { ...claim, progress: null, answer });
  }

  keepProgress(key: string, progress: Uint8Array): void {
    const claim = this.#claims.get(key);
    if (claim !== undefined) this.#claims.set(key, { ...claim, progress });
  }

  keepAlert(alert: string): void {
    this.#alerts.push(alert);
  }

  claimsBytes(): number {
    return [...this.#claims.values()].reduce((sum, { answer, progress }) => sum + claimBytes((answer?.byteLength ?? 0) + (progress?.byteLength ?? 0)), 0);
  }

  nextClaimExpiry(): number | null {
    const expiries = [...this.#claims.values()].map(({ expiresAtMs }) => expiresAtMs);
    return expiries.length === 0 ? null : Math.min(...expiries);
  }

  grant(key: string): Grant | undefined {
    return this.#grants.get(key);
  }

  keepGrant(grant: Grant): void {
    this.#grants.set(grant.key, grant);
    this.#log.push({ kind: "credit", credit: { sid: grant.sid, micros: grant.micros, grantedAtMs: grant.grantedAtMs, reason: grant.reason }, atMs: grant.grantedAtMs });
  }

  reversal(transactionId: string): Reversal | undefined {
    return this.#reversals.get(transactionId);
  }

  keepReversal(reversal: Reversal): void {
    const { reverses, micros, reason, reversedAtMs: grantedAtMs } = reversal;
    this.#reversals.set(reverses.transactionId, reversal);
    this.#log.push({ kind: "credit", credit: { sid: reversalOf(reverses.transactionId), micros, grantedAtMs, reason, reverses }, atMs: grantedAtMs });
  }

  hold(xr: string): Hold | undefined {
    return this.#holds.get(xr);
  }

  keepHold(hold: Hold): void {
    this.#holds.set(hold.xr, hold);
  }

  accountSid(): string {
    return ACCOUNT_SID;
  }

  spentToday(installSid: string, day: number): number {
    return this.#spentToday.get(`${installSid}/${day}`) ?? 0;
  }

  addSpentToday(installSid: string, day: number, micros: number): void {
    this.#spentToday.set(`${installSid}/${day}`, Math.max(0, this.spentToday(installSid, day) + micros));
  }

  creditAlert(): CreditAlert | null {
    return this.#creditAlert;
  }

  setCreditAlert(alert: CreditAlert): void {
    this.#creditAlert = alert;
  }

  heldMicros(): number {
    return [...this.#holds.values()].reduce((sum, { micros, settledMicros }) => sum + (settledMicros === null ? micros : 0), 0);
  }
}

import { claimBytes, type Claim } from "../../src/domain/billing/claim.ts";
import type { DeskTotals, Grant } from "../../src/domain/billing/credit.ts";
import type { DeskEvent, DeskStore } from "../../src/domain/billing/desk.ts";
import { RecentInvocations } from "../../src/domain/billing/recent-invocations.ts";

export type LogEntry =
  | { kind: "record"; xr: string; priceMicros: number; record: string; atMs: number }
  | { kind: "void"; xr: string; chargedMicros: number | null; record: string; atMs: number };

/** What a desk has on disk. Never changed in place: each commit makes the next one. */
export type Disk = {
  log: readonly LogEntry[];
  claims: ReadonlyMap<string, Claim>;
  grants: ReadonlyMap<string, Grant>;
  totals: DeskTotals;
  alerts: readonly string[];
};

export const emptyDisk: Disk = { log: [], claims: new Map(), grants: new Map(), totals: { events: 0, spentMicros: 0, grantedMicros: 0 }, alerts: [] };

/** The desk's memory over maps: like the real one, it is rebuilt from disk and knows only the invocations of the last minute. */
export class MapDeskStore implements DeskStore {
  readonly #recent = new RecentInvocations();
  readonly #log: LogEntry[];
  readonly #claims: Map<string, Claim>;
  readonly #grants: Map<string, Grant>;
  readonly #alerts: string[];
  #totals: DeskTotals;

  constructor(disk: Disk = emptyDisk, nowMs = 0) {
    this.#log = [...disk.log];
    this.#claims = new Map(disk.claims);
    this.#grants = new Map(disk.grants);
    this.#totals = disk.totals;
    this.#alerts = [...disk.alerts];
    for (const entry of disk.log) this.#recent.remember(entry.xr, entry.kind === "void" ? "void" : entry.priceMicros, entry.atMs);
    this.#recent.forget(nowMs);
  }

  /** What is on disk when this commit has reached it. */
  commit(nowMs: number): Disk {
    this.#recent.forget(nowMs);
    return { log: [...this.#log], claims: new Map(this.#claims), grants: new Map(this.#grants), totals: this.#totals, alerts: [...this.#alerts] };
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
  }
}

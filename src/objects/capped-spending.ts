import { dayOf } from "../domain/billing/daily-cap.ts";

type Spent = { day: number; micros: number };

/** What an account's installs with a daily cap have spent. In memory while it changes, and one row for each install in a commit: it is asked for and changed by every call. */
export class CappedSpending {
  readonly #sql: SqlStorage;
  /** By install: at most as many as an account may have. */
  readonly #spent = new Map<string, Spent>();
  readonly #changed = new Set<string>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  of(installSid: string, day: number): number {
    const known = this.#spent.get(installSid);
    if (known?.day === day) return known.micros;
    const stored = this.#sql.exec<{ micros: number }>("SELECT micros FROM capped_spending WHERE install_sid = ? AND day = ?", installSid, day).toArray()[0]?.micros ?? 0;
    // One that is written at the next commit is not to be lost for another day's.
    if (!this.#changed.has(installSid)) this.#spent.set(installSid, { day, micros: stored });
    return stored;
  }

  add(installSid: string, day: number, micros: number): void {
    const before = this.of(installSid, day);
    if (this.#spent.get(installSid)?.day !== day) this.write();
    this.#spent.set(installSid, { day, micros: Math.max(0, before + micros) });
    this.#changed.add(installSid);
  }

  /** Puts what has changed since the last commit into this one. */
  write(): void {
    for (const installSid of this.#changed) {
      const spent = this.#spent.get(installSid);
      if (spent !== undefined) this.#sql.exec("INSERT OR REPLACE INTO capped_spending (install_sid, day, micros) VALUES (?, ?, ?)", installSid, spent.day, spent.micros);
    }
    this.#changed.clear();
  }

  /** Days that are over are of no use to anybody. */
  forget(nowMs: number): void {
    this.#sql.exec("DELETE FROM capped_spending WHERE day < ?", dayOf(nowMs));
    for (const [installSid, { day }] of this.#spent) if (day < dayOf(nowMs)) this.#spent.delete(installSid);
  }
}

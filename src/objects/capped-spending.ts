import { dayOf } from "../domain/billing/daily-cap.ts";

type Spent = { installSid: string; day: number; micros: number };

/** What an account's installs with a daily cap have spent. In memory, since every call asks for it and changes it; a commit writes each install's row once. */
export class CappedSpending {
  readonly #sql: SqlStorage;
  /** By install and day: of today, at most as many as an account may have installs. */
  readonly #spent = new Map<string, Spent>();
  readonly #changed = new Set<Spent>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  of(installSid: string, day: number): number {
    return this.#get(installSid, day).micros;
  }

  add(installSid: string, day: number, micros: number): void {
    const spent = this.#get(installSid, day);
    spent.micros = Math.max(0, spent.micros + micros);
    this.#changed.add(spent);
  }

  #get(installSid: string, day: number): Spent {
    const known = this.#spent.get(`${installSid}/${day}`);
    if (known !== undefined) return known;
    const sql = "SELECT micros FROM capped_spending WHERE install_sid = ? AND day = ?";
    const spent = { installSid, day, micros: this.#sql.exec<{ micros: number }>(sql, installSid, day).toArray()[0]?.micros ?? 0 };
    this.#spent.set(`${installSid}/${day}`, spent);
    return spent;
  }

  /** Puts what has changed since the last commit into this one. */
  write(): void {
    const sql = "INSERT OR REPLACE INTO capped_spending (install_sid, day, micros) VALUES (?, ?, ?)";
    for (const { installSid, day, micros } of this.#changed) this.#sql.exec(sql, installSid, day, micros);
    this.#changed.clear();
  }

  /** Days that are over are of no use to anybody. */
  forget(nowMs: number): void {
    this.#sql.exec("DELETE FROM capped_spending WHERE day < ?", dayOf(nowMs));
    for (const [place, { day }] of this.#spent) if (day < dayOf(nowMs)) this.#spent.delete(place);
  }
}

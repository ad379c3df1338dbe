import { waitUntil } from "cloudflare:workers";
import { leastRecentlyUsed } from "../domain/least-recently-used.ts";
import { SNAPSHOT_GRACE_MS, SNAPSHOT_RECHECK_MS, SNAPSHOT_REFRESH_AFTER_MS, SNAPSHOT_TTL_MS, SNAPSHOTS_KEPT } from "../domain/limits.ts";
import type { AccountSnapshot, SnapshotReader } from "./d1/account-snapshot.ts";

type Entry = {
  snapshot: AccountSnapshot | null;
  loadedAtMs: number;
  /** When it was last read from the primary. */
  checkedAtMs: number;
};

/** The snapshots of one isolate. A login is an account SID or an API key SID. */
export type Snapshots = {
  /** The account as it was at most 10 s ago; null when there is none under this login. */
  get(login: string): Promise<AccountSnapshot | null>;
  /** The account as the primary has it now, or had it less than a second ago. To be asked before anything is refused. */
  recheck(login: string): Promise<AccountSnapshot | null>;
  /** To be called after each write of an account through this isolate. */
  drop(accountSid: string): void;
};

/** How long a request waits for a read that another one began: that one may have hung up, and its read with it. */
const SHARED_READ_MS = 1_000;

export function snapshots(read: SnapshotReader): Snapshots {
  const entries = leastRecentlyUsed<Entry>(SNAPSHOTS_KEPT);
  const accountOfKey = leastRecentlyUsed<string>(SNAPSHOTS_KEPT);
  const reads = new Map<string, Promise<AccountSnapshot | null>>();
  /** Accounts written through this isolate: a read replica may not have it yet. */
  const writtenAtMs = leastRecentlyUsed<number>(SNAPSHOTS_KEPT);
  let writes = 0;

  const load = async (login: string, primary: boolean): Promise<AccountSnapshot | null> => {
    const writesBefore = writes;
    const snapshot = await read(login, primary);
    const name = snapshot?.sid ?? login;
    if (snapshot !== null && login !== snapshot.sid) accountOfKey.set(login, snapshot.sid);
    // A key that another isolate revoked: what is known of its account must not vouch for it any longer.
    if (snapshot === null) accountOfKey.delete(login);
    // What was read while something was written may be older than the write, so it serves this request only.
    if (writesBefore === writes) entries.set(name, { snapshot, loadedAtMs: Date.now(), checkedAtMs: primary ? Date.now() : (entries.get(name)?.checkedAtMs ?? 0) });
    return snapshot;
  };

  const shared = async (login: string, primary: boolean): Promise<AccountSnapshot | null> => {
    const key = `${login}/${primary}/${writes}`;
    const running = reads.get(key);
    if (running !== undefined) {
      const first = await Promise.race([running.then((snapshot) => ({ snapshot })), timeout(SHARED_READ_MS)]).catch(() => null);
      return first === null ? load(login, primary) : first.snapshot;
    }
    const reading = load(login, primary).finally(() => reads.delete(key));
    reads.set(key, reading);
    waitUntil(reading.catch(() => undefined));
    return reading;
  };

  const nameOf = (login: string): string => accountOfKey.get(login) ?? login;
  const mustReadPrimary = (name: string): boolean => Date.now() - (writtenAtMs.get(name) ?? 0) < SNAPSHOT_TTL_MS;

  return {
    async get(login) {
      const name = nameOf(login);
      const entry = entries.get(name);
      const ageMs = entry === undefined ? Infinity : Date.now() - entry.loadedAtMs;
      if (entry !== undefined && ageMs < SNAPSHOT_TTL_MS) {
        if (ageMs > SNAPSHOT_REFRESH_AFTER_MS) waitUntil(shared(login, mustReadPrimary(name)).catch(() => undefined));
        return entry.snapshot;
      }
      try {
        return await shared(login, mustReadPrimary(name));
      } catch (error) {
        // While D1 is down nothing can be revoked either, and look-ups go on.
        if (entry?.snapshot && ageMs < SNAPSHOT_GRACE_MS) return entry.snapshot;
        throw error;
      }
    },
    async recheck(login) {
      const entry = entries.get(nameOf(login));
      if (entry !== undefined && Date.now() - entry.checkedAtMs < SNAPSHOT_RECHECK_MS) return entry.snapshot;
      return shared(login, true);
    },
    drop(accountSid) {
      writes += 1;
      entries.delete(accountSid);
      writtenAtMs.set(accountSid, Date.now());
    },
  };
}

const timeout = (delayMs: number): Promise<null> => new Promise((resolve) => setTimeout(resolve, delayMs, null));

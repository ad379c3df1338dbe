import { leastRecentlyUsed } from "../domain/least-recently-used.ts";
import {
  SNAPSHOT_GRACE_MS,
  SNAPSHOT_RECHECK_MS,
  SNAPSHOT_REFRESH_AFTER_MS,
  SNAPSHOT_TTL_MS,
  SNAPSHOTS_KEPT,
  SNAPSHOTS_KEPT_CHARACTERS,
  UNKNOWN_LOGINS_KEPT,
} from "../domain/limits.ts";
import { within } from "./within.ts";

/** What can be kept: an account, or a phone number. */
type Kept = {
  /** Under which it is kept and dropped. It may be found by other names too: an account by its API keys and test credentials. */
  sid: string;
  /** About how much of the isolate's memory it takes. */
  sizeCharacters: number;
};

/** @param primary whether the primary database must be asked; else a read replica may answer. */
export type SnapshotReader<S> = (login: string, primary: boolean) => Promise<S | null>;

type Entry<S> = {
  snapshot: S;
  loadedAtMs: number;
  /** When it was last read from the primary. */
  checkedAtMs: number;
};

/** The snapshots of one isolate. For accounts, a login is the SID of an account, an API key or test credentials; for phone numbers, the number. */
export type Snapshots<S> = {
  /**
   * As it was at most 10 s ago; null when there is none under this login. Only while neither a replica nor the primary
   * answers it may be as old as `SNAPSHOT_GRACE_MS`, so that is the longest that a token lives on after it was revoked.
   */
  get(login: string): Promise<S | null>;
  /** As the primary has it now, or had it less than a second ago. To be asked before anything is refused. */
  recheck(login: string): Promise<S | null>;
  /** Whether something was found under this login and is remembered, however old. */
  knows(login: string): boolean;
  /** To be called after each write of it through this isolate. */
  drop(sid: string): void;
};

/** How long a request waits for a read that another one began: that one may have hung up, and its read with it. */
const SHARED_READ_MS = 1_000;

/** @param keepAlive lets a read go on when the request that began it has ended. */
export function snapshots<S extends Kept>(read: SnapshotReader<S>, keepAlive: (work: Promise<unknown>) => void): Snapshots<S> {
  const entries = leastRecentlyUsed<Entry<S>>(SNAPSHOTS_KEPT, { max: SNAPSHOTS_KEPT_CHARACTERS, of: ({ snapshot }) => snapshot.sizeCharacters });
  /** Apart, so that made-up logins push nothing else out. */
  const unknown = leastRecentlyUsed<Entry<null>>(UNKNOWN_LOGINS_KEPT);
  const accountOfLogin = leastRecentlyUsed<string>(SNAPSHOTS_KEPT);
  /** Those under way; one of a request that hung up may never end, and its login may never come again. */
  const reads = leastRecentlyUsed<{ reading: Promise<S | null>; writesBefore: number }>(SNAPSHOTS_KEPT);
  /** What was written through this isolate, when and as which of its writes: a read replica may not have it yet. */
  const written = leastRecentlyUsed<{ atMs: number; write: number }>(SNAPSHOTS_KEPT);
  let writes = 0;

  const nameOf = (login: string): string => accountOfLogin.get(login) ?? login;
  const isOlder = (name: string, writesBefore: number): boolean => (written.get(name)?.write ?? 0) > writesBefore;
  const mustReadPrimary = (name: string): boolean => Date.now() - (written.get(name)?.atMs ?? 0) < SNAPSHOT_TTL_MS;

  const load = async (login: string, primary: boolean): Promise<S | null> => {
    const writesBefore = writes;
    const snapshot = await read(login, primary);
    const now = Date.now();
    if (snapshot === null) {
      // A key, say, that another isolate revoked: what is known of its account must not vouch for it any longer.
      accountOfLogin.delete(login);
      entries.delete(login);
      unknown.set(login, { snapshot, loadedAtMs: now, checkedAtMs: primary ? now : (unknown.get(login)?.checkedAtMs ?? 0) });
      return null;
    }
    unknown.delete(login);
    if (login !== snapshot.sid) accountOfLogin.set(login, snapshot.sid);
    // What was read while the account was written may be older than the write, so it serves this request only.
    if (!isOlder(snapshot.sid, writesBefore)) {
      entries.set(snapshot.sid, { snapshot, loadedAtMs: now, checkedAtMs: primary ? now : (entries.get(snapshot.sid)?.checkedAtMs ?? 0) });
    }
    return snapshot;
  };

  const shared = async (login: string, primary: boolean): Promise<S | null> => {
    const key = `${login}/${primary}`;
    const running = reads.get(key);
    if (running !== undefined && !isOlder(nameOf(login), running.writesBefore)) {
      const first = await within(SHARED_READ_MS, running.reading);
      // The account of a login may turn out only now, with a write of it in between.
      if (first !== null && !isOlder(first.value?.sid ?? login, running.writesBefore)) return first.value;
      // Nobody else is to wait for it.
      if (reads.get(key) === running) reads.delete(key);
    }
    const begun = { reading: load(login, primary), writesBefore: writes };
    const forget = (): void => {
      if (reads.get(key) === begun) reads.delete(key);
    };
    reads.set(key, begun);
    keepAlive(begun.reading.then(forget, forget));
    return begun.reading;
  };

  /** A replica that fails leaves the primary to be asked. */
  const refreshed = async (login: string): Promise<S | null> => {
    if (mustReadPrimary(nameOf(login))) return shared(login, true);
    return shared(login, false).catch(() => shared(login, true));
  };

  return {
    async get(login) {
      const entry = entries.get(nameOf(login)) ?? unknown.get(login);
      const ageMs = entry === undefined ? Infinity : Date.now() - entry.loadedAtMs;
      if (entry !== undefined && ageMs < SNAPSHOT_TTL_MS) {
        if (entry.snapshot !== null && ageMs > SNAPSHOT_REFRESH_AFTER_MS) keepAlive(refreshed(login).catch(() => undefined));
        return entry.snapshot;
      }
      try {
        return await refreshed(login);
      } catch (error) {
        if (entry?.snapshot && ageMs < SNAPSHOT_GRACE_MS) return entry.snapshot;
        throw error;
      }
    },
    async recheck(login) {
      const entry = entries.get(nameOf(login)) ?? unknown.get(login);
      if (entry !== undefined && Date.now() - entry.checkedAtMs < SNAPSHOT_RECHECK_MS) return entry.snapshot;
      return shared(login, true);
    },
    knows: (login) => entries.get(nameOf(login)) !== undefined,
    drop(sid) {
      writes += 1;
      entries.delete(sid);
      unknown.delete(sid);
      written.set(sid, { atMs: Date.now(), write: writes });
    },
  };
}

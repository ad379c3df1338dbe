import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SNAPSHOT_GRACE_MS, SNAPSHOT_RECHECK_MS, SNAPSHOT_TTL_MS, SNAPSHOTS_KEPT, SNAPSHOTS_KEPT_CHARACTERS, UNKNOWN_LOGINS_KEPT } from "../../src/domain/limits.ts";
import type { AccountSnapshot } from "../../src/platform/d1/account-snapshot.ts";
import { snapshots } from "../../src/platform/snapshots.ts";

const [ALICE, BOB, KEY] = ["AC-alice", "AC-bob", "SK-of-alice"];

/** Stands in for the database: what it answers, and what it was asked. */
function world(sizeCharacters = 1) {
  const reads: string[] = [];
  const accounts = new Map<string, string>([[ALICE, ALICE], [BOB, BOB], [KEY, ALICE]]);
  const faults = { replica: false, primary: false };
  /** Reads that wait until they are let go. */
  const gates = new Map<string, Promise<void>>();
  let version = 0;
  const read = async (login: string, primary: boolean): Promise<AccountSnapshot | null> => {
    const place = primary ? "primary" : "replica";
    reads.push(`${login} ${place}`);
    const sid = accounts.get(login);
    const seen = version;
    await gates.get(login);
    if (faults[place]) throw new Error("D1_ERROR");
    return sid === undefined ? null : ({ sid, sizeCharacters, tokenHashes: [new Uint8Array([seen])] } as unknown as AccountSnapshot);
  };
  return {
    reads,
    accounts,
    faults,
    gates,
    write: () => void (version += 1),
    kept: snapshots(read, () => undefined),
  };
}

const versionOf = (snapshot: AccountSnapshot | null): number | undefined => snapshot?.tokenHashes[0]?.[0];

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"], now: 1_800_000_000_000 }));
afterEach(() => void vi.useRealTimers());

describe("an account's snapshot", () => {
  it("is read once, and again when it is too old", async () => {
    const { reads, kept } = world();
    for (let time = 0; time < 3; time += 1) expect((await kept.get(ALICE))?.sid).toBe(ALICE);
    expect(reads).toEqual([`${ALICE} replica`]);
    vi.advanceTimersByTime(SNAPSHOT_TTL_MS);
    await kept.get(ALICE);
    expect(reads).toHaveLength(2);
  });

  it("is kept while other accounts are written", async () => {
    const { gates, reads, kept } = world();
    const gate = Promise.withResolvers<void>();
    gates.set(ALICE, gate.promise);
    const reading = kept.get(ALICE);
    kept.drop(BOB);
    gate.resolve();
    await reading;
    await kept.get(ALICE);
    expect(reads).toEqual([`${ALICE} replica`]);
  });

  it.each([ALICE, KEY])("that was read while its account was written serves no later request: %s", async (login) => {
    const { gates, reads, write, kept } = world();
    const gate = Promise.withResolvers<void>();
    gates.set(login, gate.promise);
    const before = kept.get(login);
    write();
    kept.drop(ALICE);
    const after = kept.get(login);
    gate.resolve();
    expect(versionOf(await before)).toBe(0);
    expect(versionOf(await after)).toBe(1);
    expect(versionOf(await kept.get(login))).toBe(1);
    expect(reads).toHaveLength(2);
  });

  it("is read from the primary when a replica fails", async () => {
    const { faults, reads, kept } = world();
    await kept.get(ALICE);
    faults.replica = true;
    vi.advanceTimersByTime(SNAPSHOT_TTL_MS);
    expect((await kept.get(ALICE))?.sid).toBe(ALICE);
    expect(reads.at(-1)).toBe(`${ALICE} primary`);
    expect(reads).toHaveLength(3);
  });

  it("vouches for a revoked key only while neither answers, and for a minute", async () => {
    const { accounts, faults, kept } = world();
    await kept.get(KEY);
    accounts.delete(KEY);
    faults.replica = true;
    faults.primary = true;
    vi.advanceTimersByTime(SNAPSHOT_GRACE_MS - 1);
    expect((await kept.get(KEY))?.sid).toBe(ALICE);
    faults.primary = false;
    expect(await kept.get(KEY)).toBeNull();

    await kept.get(ALICE);
    faults.primary = true;
    vi.advanceTimersByTime(60_000);
    await expect(kept.get(ALICE)).rejects.toThrow("D1_ERROR");
  });

  it("makes way when snapshots together are too large", async () => {
    const { accounts, reads, kept } = world(SNAPSHOTS_KEPT_CHARACTERS / 2);
    accounts.set("AC-third", "AC-third");
    for (const login of [ALICE, BOB, "AC-third"]) await kept.get(login);
    expect([ALICE, BOB, "AC-third"].map(kept.knows)).toEqual([false, true, true]);
    await kept.get(BOB);
    expect(reads).toHaveLength(3);
  });
});

describe("a read that never ends", () => {
  it("costs one second once, and leaves no timer when another ends", async () => {
    const { gates, reads, kept } = world();
    gates.set(ALICE, new Promise(() => undefined));
    void kept.get(ALICE);
    await vi.advanceTimersByTimeAsync(0);

    const gate = Promise.withResolvers<void>();
    gates.set(ALICE, gate.promise);
    const follower = kept.get(ALICE);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(reads).toHaveLength(2);
    // Who comes now waits for the follower's read.
    const next = kept.get(ALICE);
    gate.resolve();
    expect((await Promise.all([follower, next])).map((snapshot) => snapshot?.sid)).toEqual([ALICE, ALICE]);
    expect(reads).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);

    vi.advanceTimersByTime(SNAPSHOT_TTL_MS);
    gates.delete(ALICE);
    await kept.get(ALICE);
    expect(reads).toHaveLength(3);
  });
});

describe("a login that is nobody's", () => {
  it("is read at most once a second, and found when it exists", async () => {
    const { accounts, reads, kept } = world();
    for (let time = 0; time < 3; time += 1) {
      expect(await kept.get("AC-new")).toBeNull();
      expect(await kept.recheck("AC-new")).toBeNull();
    }
    expect(reads).toEqual(["AC-new replica", "AC-new primary"]);
    expect(kept.knows("AC-new")).toBe(false);
    accounts.set("AC-new", "AC-new");
    vi.advanceTimersByTime(SNAPSHOT_RECHECK_MS);
    expect((await kept.recheck("AC-new"))?.sid).toBe("AC-new");
    expect((await kept.get("AC-new"))?.sid).toBe("AC-new");
    expect(kept.knows("AC-new")).toBe(true);
  });

  it("pushes no account out, however many there are", async () => {
    const { reads, kept } = world();
    await kept.get(KEY);
    for (let count = 0; count <= Math.max(SNAPSHOTS_KEPT, UNKNOWN_LOGINS_KEPT); count += 1) await kept.get(`AC-${count}`);
    const before = reads.length;
    expect((await kept.get(KEY))?.sid).toBe(ALICE);
    expect(reads).toHaveLength(before);
    expect(kept.knows(KEY)).toBe(true);
  });
});

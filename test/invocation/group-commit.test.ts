import { describe, expect, test } from "vitest";
import { GroupCommit } from "../../src/objects/group-commit.ts";

/** A disk whose writes take until `finishSync`, and what was committed together. */
function slowDisk(maxChars = 100) {
  const commits: string[][] = [];
  const syncs: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const aborts: unknown[] = [];
  let pending: string[] = [];
  const group = new GroupCommit({
    commit: () => {
      commits.push(pending);
      pending = [];
    },
    sync: () => new Promise<void>((resolve, reject) => void syncs.push({ resolve, reject })),
    abort: (error) => void aborts.push(error),
    maxChars,
  });
  const write = (name: string, sizeChars = 1): Promise<string> => group.run(() => (pending.push(name), `wrote ${name}`), sizeChars);
  return { group, commits, syncs, aborts, write };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a group commit", () => {
  test("writes what comes alone at once", async () => {
    const { write, commits } = slowDisk();
    expect(await write("a")).toBe("wrote a");
    expect(commits).toEqual([["a"]]);
  });

  test("writes together what came while the disk was busy, in order", async () => {
    const { write, commits, syncs } = slowDisk();
    const all = ["a", "b", "c"].map((name) => write(name));
    expect(commits).toEqual([["a"]]);
    syncs[0]?.resolve();
    await turn();
    expect(commits).toEqual([["a"], ["b", "c"]]);
    expect(await Promise.all(all)).toEqual(["wrote a", "wrote b", "wrote c"]);
  });

  test("starts again after it had nothing to do", async () => {
    const { write, commits, syncs } = slowDisk();
    await write("a");
    syncs[0]?.resolve();
    await turn();
    await write("b");
    expect(commits).toEqual([["a"], ["b"]]);
  });

  test("carries no more at a time than a row holds, but always something", async () => {
    const { write, commits, syncs } = slowDisk(10);
    const all = [write("a"), write("b", 6), write("c", 5), write("d", 99)];
    for (const index of [0, 1, 2]) {
      syncs[index]?.resolve();
      await turn();
    }
    expect(commits).toEqual([["a"], ["b"], ["c"], ["d"]]);
    await Promise.all(all);
  });

  test("ends the object when a write fails, and fails all that waited and all that come later", async () => {
    const { group, write, syncs, aborts } = slowDisk();
    const first = await write("a");
    const waiting = [write("b"), write("c")];
    syncs[0]?.reject(new Error("disk full"));
    const outcomes = await Promise.allSettled([...waiting, group.run(() => "later")]);
    expect(first).toBe("wrote a");
    expect(aborts).toEqual([new Error("disk full")]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  });
});

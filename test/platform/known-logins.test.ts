import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LOGINS_GATHERED } from "../../src/domain/limits.ts";
import { knownLogins } from "../../src/platform/d1/known-logins.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

function world(answer: (logins: readonly string[]) => Promise<ReadonlySet<string>> = (logins) => Promise.resolve(new Set(logins.filter((login) => login.startsWith("AC-real"))))) {
  const reads: (readonly string[])[] = [];
  const isKnown = knownLogins(
    (logins) => {
      reads.push(logins);
      return answer(logins);
    },
    () => undefined,
  );
  const ask = async (logins: string[]): Promise<boolean[]> => {
    const answers = Promise.all(logins.map(isKnown));
    await vi.advanceTimersByTimeAsync(1_000);
    return answers;
  };
  return { reads, ask };
}

describe("whether logins exist", () => {
  it("is one read for all that ask in a tenth of a second, and another for those that ask later", async () => {
    const { reads, ask } = world();
    expect(await ask(["AC-1", "AC-real", "AC-2", "AC-1"])).toEqual([false, true, false, false]);
    expect(await ask(["AC-real-too"])).toEqual([true]);
    expect(reads).toEqual([["AC-1", "AC-real", "AC-2"], ["AC-real-too"]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is one read of a bounded number", async () => {
    const { reads, ask } = world();
    await ask(Array.from({ length: 2 * LOGINS_GATHERED }, (_, index) => `AC-${index}`));
    expect(reads.map((logins) => logins.length)).toEqual([LOGINS_GATHERED]);
  });

  it("is unknown when the read fails or never ends, and asked anew by who comes next", async () => {
    const failing = [() => Promise.reject(new Error("D1_ERROR")), () => new Promise<never>(() => undefined)];
    const { ask } = world((logins) => failing.shift()?.() ?? Promise.resolve(new Set(logins)));
    expect(await ask(["AC-real"])).toEqual([false]);
    expect(await ask(["AC-real"])).toEqual([false]);
    expect(await ask(["AC-real"])).toEqual([true]);
  });
});

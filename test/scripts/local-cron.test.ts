import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CRONS } from "../../src/consumers/triggers.ts";
import { declaredCrons, pokeCrons } from "../../scripts/local-cron.ts";

const MINUTE_MS = 60_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

describe("cron in a local run", () => {
  it("has exactly the triggers that the Worker has a task for", () => {
    expect(declaredCrons().toSorted()).toEqual(CRONS.toSorted());
  });

  it("fires each trigger every minute, until it is ended", async () => {
    const fired: string[] = [];
    const end = pokeCrons(["a", "b"], async (cron) => void fired.push(cron), MINUTE_MS, () => undefined);
    await vi.advanceTimersByTimeAsync(MINUTE_MS - 1);
    expect(fired).toEqual([]);
    await vi.advanceTimersByTimeAsync(MINUTE_MS + 1);
    expect(fired).toEqual(["a", "b", "a", "b"]);
    end();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not start what still runs, and goes on after what failed", async () => {
    let [started, failed] = [0, 0];
    const hung = Promise.withResolvers<void>();
    const run = async (cron: string): Promise<void> => {
      if (cron === "broken") throw new Error("no");
      started += 1;
      await hung.promise;
    };
    const end = pokeCrons(["slow", "broken"], run, MINUTE_MS, (cron) => void (failed += cron === "broken" ? 1 : 100));
    await vi.advanceTimersByTimeAsync(3 * MINUTE_MS);
    expect([started, failed]).toEqual([1, 3]);
    hung.resolve();
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect([started, failed]).toEqual([2, 4]);
    end();
  });
});

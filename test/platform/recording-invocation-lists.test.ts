import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { expectCompletedOnce, goTo, IN_PROGRESS, inRecordingsWorld, RECEIVED, SETTLING, WOKEN } from "./recording-steps.ts";
import { follow, openRecording, SECOND_MS } from "./recording-under-test.ts";

inRecordingsWorld();

describe("an account's list shows an invocation", () => {
  test.each([
    ["queued until it is accepted", WOKEN, "queued"],
    ["in progress when it is accepted", IN_PROGRESS, "in-progress"],
    ["in progress when it was called back", RECEIVED + 1, "in-progress"],
  ])("%s", async (_name, steps, status) => {
    const recording = await openRecording();
    await goTo(recording, steps);
    expect((await recording.seen()).results).toEqual([status]);
  });

  test("canceled when it was canceled, and not as failed", async () => {
    const recording = await openRecording();
    await goTo(recording, IN_PROGRESS);
    await recording.invocation.cancel();
    await recording.ring();
    expect((await recording.seen()).results).toEqual(["canceled"]);
  });

  test("as it is by then, when it goes on while it is being listed", async () => {
    const recording = await openRecording();
    await follow(recording.startMessage);
    const whileListed = afterListing(() => recording.invocation.cancel());
    await recording.ring();
    expect(whileListed.times).toBe(2);
    expect((await recording.seen()).results).toEqual(["canceled"]);
  });
});

/** D1 has listed it, and its answer comes only when this is done, the first time. */
function afterListing(work: () => Promise<unknown>): { times: number } {
  const listed = { times: 0 };
  const prepare = env.DB.prepare.bind(env.DB);
  vi.spyOn(env.DB, "prepare").mockImplementation((sql) => {
    const statement = prepare(sql);
    if (!sql.startsWith("INSERT INTO add_on_results")) return statement;
    vi.spyOn(statement, "bind").mockImplementation((...values) => {
      const bound = prepare(sql).bind(...values);
      const run = bound.run.bind(bound);
      bound.run = async <T>() => {
        const result = await run<T>();
        if (++listed.times === 1) await work();
        return result;
      };
      return bound;
    });
    return statement;
  });
  return listed;
}

test("a result is relayed only when it is listed: until D1 takes that, its developer hears nothing", async () => {
  vi.spyOn(console, "log").mockReturnValue(undefined);
  const recording = await openRecording();
  await goTo(recording, SETTLING);
  await env.DB.exec("ALTER TABLE add_on_results RENAME TO add_on_results_away");
  await recording.ring();
  await recording.ringAtDue(SECOND_MS);
  expect([await recording.phase(), recording.peers.relays]).toEqual(["completed", []]);
  await env.DB.exec("ALTER TABLE add_on_results_away RENAME TO add_on_results");
  await recording.ringAtDue(SECOND_MS);
  await expectCompletedOnce(recording);
});

import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { setStarted } from "../../src/platform/d1/recordings-to-start.ts";
import { expectCanceledOnce, goTo, inRecordingsWorld, RESULT, STARTED, WOKEN } from "./recording-steps.ts";
import { follow, openRecording, type RecordingUnderTest } from "./recording-under-test.ts";

inRecordingsWorld();

/** As the route does with a recording of which nothing is listed yet: there is nobody to tell. */
async function deleteUnlisted({ recordingSid, xr }: RecordingUnderTest): Promise<void> {
  const [, { results }] = await env.DB.batch<{ sid: string }>([
    env.DB.prepare("DELETE FROM recordings WHERE sid = ?").bind(recordingSid),
    env.DB.prepare("SELECT sid FROM add_on_results WHERE sid = ?").bind(xr),
  ]) as [D1Result, D1Result<{ sid: string }>];
  expect(results).toEqual([]);
}

async function whileNothingCanBeListed(work: () => Promise<unknown>): Promise<void> {
  vi.spyOn(console, "log").mockReturnValue(undefined);
  await env.DB.exec("ALTER TABLE add_on_results RENAME TO add_on_results_away");
  await work();
  await env.DB.exec("ALTER TABLE add_on_results_away RENAME TO add_on_results");
}

describe("a recording that is deleted before anything of it is listed", () => {
  test("is not sent, and nobody is told", async () => {
    const recording = await openRecording();
    await goTo(recording, STARTED);
    await deleteUnlisted(recording);
    await recording.ring();
    await expectCanceledOnce(recording, []);
    expect(recording.peers.audio).toEqual([]);
  });

  test("is canceled as soon as D1 says so: the callback is gone, nothing is charged, kept or relayed", async () => {
    const recording = await openRecording();
    await goTo(recording, STARTED);
    await whileNothingCanBeListed(async () => {
      await recording.ring();
      await follow(recording.take("dispatch"));
    });
    await deleteUnlisted(recording);
    await recording.ringAtDue();
    expect(await recording.callBack(RESULT)).toBe("gone");
    await expectCanceledOnce(recording, []);
  });

  test("is forgotten if it had ended by then: nothing of it is kept, and nobody is told of what is not there", async () => {
    const recording = await openRecording();
    await goTo(recording, STARTED);
    await whileNothingCanBeListed(async () => {
      await recording.ring();
      await follow(recording.take("dispatch"));
      await recording.callBack(RESULT);
      await recording.ring();
      await follow(recording.take("check"));
      await recording.ring();
    });
    await deleteUnlisted(recording);
    for (let turns = 0; turns < 3 && (await recording.phase()) !== null; turns++) await recording.ringAtDue();
    expect(await recording.phase()).toBeNull();
    expect([await recording.seen(), recording.peers.relays]).toMatchObject([{ results: [], bodies: 0 }, []]);
  });
});

test("what a publisher says while the recording is deleted is not kept", async () => {
  const recording = await openRecording();
  recording.peers.publisher = async () => {
    await recording.invocation.cancel();
    await recording.ring();
    return Response.json({ reason: "too quiet" });
  };
  await goTo(recording, WOKEN + 1);
  await recording.ring();
  await expectCanceledOnce(recording);
});

test("a recording that has the SID of a deleted one is another one: what was started for that does not count as started for this", async () => {
  const recording = await openRecording();
  const old = { sid: recording.recordingSid, created_at: 0 };
  await env.DB.prepare("UPDATE recordings SET created_at = 7 WHERE sid = ?").bind(recording.recordingSid).run();
  const row = async () => env.DB.prepare("SELECT start_due_at FROM recordings WHERE sid = ?").bind(recording.recordingSid).first<number | null>("start_due_at");
  expect([await setStarted(env.DB, old), await row()]).toEqual([false, 0]);
  expect([await setStarted(env.DB, { ...old, created_at: 7 }), await row()]).toEqual([true, null]);
});

test("what was begun for a deleted recording is not listed under a new one with its SID", async () => {
  const recording = await openRecording();
  await goTo(recording, STARTED);
  await env.DB.prepare("UPDATE recordings SET created_at = 7 WHERE sid = ?").bind(recording.recordingSid).run();
  await recording.ring();
  await expectCanceledOnce(recording, []);
});

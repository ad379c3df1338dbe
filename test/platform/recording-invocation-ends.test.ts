import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { deskWorld } from "./desk-worker.ts";
import { expectCompletedOnce, expectFailedOnce, goTo, IN_PROGRESS, inRecordingsWorld, RESULT, SETTLING, WOKEN } from "./recording-steps.ts";
import { follow, MINUTE_MS, openRecording, PRICE_MICROS, type RecordingUnderTest } from "./recording-under-test.ts";

inRecordingsWorld();

const ringDesk = ({ accountSid }: RecordingUnderTest): Promise<boolean> => runDurableObjectAlarm(env.ACCOUNT_DESK.getByName(accountSid));

describe("a settlement", () => {
  test("whose reply is lost is asked for again, and charges once", async () => {
    const recording = await openRecording();
    await goTo(recording, SETTLING);
    deskWorld.losesSettleReplies = true;
    await recording.ring();
    expect([await recording.phase(), recording.peers.relays]).toEqual(["settling", []]);
    deskWorld.losesSettleReplies = false;
    await recording.evict();
    await recording.ringAtDue();
    await expectCompletedOnce(recording);
  });

  test("whose replies are lost until the desk has forgotten the invocation charges once all the same", async () => {
    const recording = await openRecording();
    await goTo(recording, SETTLING);
    deskWorld.losesSettleReplies = true;
    await recording.ring();
    deskWorld.losesBeginReplies = true;
    for (let minute = 0; minute < 5; minute++) {
      // The desk carries it to D1, and forgets it a minute later.
      await ringDesk(recording);
      await recording.ringAtDue();
    }
    expect(await recording.phase()).toBe("settling");
    [deskWorld.losesBeginReplies, deskWorld.losesSettleReplies] = [false, false];
    await recording.ringAtDue();
    await expectCompletedOnce(recording);
  });

  test("that the credit does not cover makes it fail at no price: the result is not handed out, and the developer hears why", async () => {
    const recording = await openRecording({ creditMicros: PRICE_MICROS - 1 });
    await goTo(recording, SETTLING);
    await recording.ring();
    await expectFailedOnce(recording, 61003);
    expect((await recording.invocation.inspect())?.outcome).toMatchObject({ failure: { kind: "credit_exhausted" }, priceMicros: 0 });
  });

  test("on credit that something else has used up meanwhile fails, and no more is spent than there is", async () => {
    const recording = await openRecording({ creditMicros: PRICE_MICROS });
    await goTo(recording, SETTLING);
    await recording.desk.settle({ begunAtMs: Date.now() + deskWorld.aheadMs, events: [{ xr: "XRother", priceMicros: PRICE_MICROS, record: "{}" }] });
    await recording.ring();
    expect([await recording.phase(), (await recording.desk.balance()).leftMicros]).toEqual(["failed", 0]);
  });
});

describe("while D1 does not take what lists show", () => {
  test("the work goes on, and is listed as soon as it does", async () => {
    const logged = vi.spyOn(console, "log").mockReturnValue(undefined);
    const recording = await openRecording();
    await goTo(recording, WOKEN);
    await follow(recording.take("dispatch"));
    await env.DB.exec("ALTER TABLE add_on_results RENAME TO add_on_results_away");
    await recording.ring();
    expect(await recording.callBack(RESULT)).toBe("received");
    await recording.ring();
    await follow(recording.take("check"));
    await recording.ring();
    expect(await recording.phase()).toBe("completed");
    await env.DB.exec("ALTER TABLE add_on_results_away RENAME TO add_on_results");
    for (let turns = 0; turns < 3 && recording.peers.relays.length === 0; turns++) await recording.ringAtDue();
    await expectCompletedOnce(recording);
    expect(logged.mock.calls.map(([line]) => JSON.parse(String(line)).event)).toContain("recording_alarm_failed");
  });

  test("the publisher's time still ends", async () => {
    vi.spyOn(console, "log").mockReturnValue(undefined);
    const recording = await openRecording();
    await goTo(recording, IN_PROGRESS - 1);
    await env.DB.exec("ALTER TABLE add_on_results RENAME TO add_on_results_away");
    await recording.ring();
    deskWorld.aheadMs += 2 * MINUTE_MS;
    await recording.ring();
    expect(await recording.phase()).toBe("failed");
    await env.DB.exec("ALTER TABLE add_on_results_away RENAME TO add_on_results");
    deskWorld.aheadMs += MINUTE_MS;
    await recording.ring();
    await expectFailedOnce(recording, 61001);
  });
});

test("a recording that was deleted meanwhile gets no result listed", async () => {
  const recording = await openRecording();
  await goTo(recording, IN_PROGRESS);
  await env.DB.batch([
    env.DB.prepare("DELETE FROM recordings WHERE sid = ?").bind(recording.recordingSid),
    env.DB.prepare("DELETE FROM add_on_results WHERE sid = ?").bind(recording.xr),
  ]);
  await recording.invocation.cancel();
  await recording.ring();
  expect(await recording.seen()).toMatchObject({ results: [], payloads: 0, spentMicros: 0 });
});

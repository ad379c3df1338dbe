import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { deskWorld } from "./desk-worker.ts";
import { expectCanceledOnce, expectCompletedOnce, expectFailedOnce, goTo, IN_PROGRESS, inRecordingsWorld, RESULT, SETTLING, STARTED, STEPS, WOKEN } from "./recording-steps.ts";
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
    for (let minute = 0; minute < 5; minute++) {
      // The desk carries it to D1, and forgets it a minute later.
      await ringDesk(recording);
      await recording.ringAtDue();
    }
    expect(await recording.phase()).toBe("settling");
    deskWorld.losesSettleReplies = false;
    await recording.ringAtDue();
    await expectCompletedOnce(recording);
  });

  test("of what is canceled when it was charged and nobody heard of that takes the charge back", async () => {
    vi.spyOn(console, "log").mockReturnValue(undefined);
    const recording = await openRecording();
    await goTo(recording, SETTLING);
    deskWorld.losesSettleReplies = true;
    await recording.ring();
    expect([await recording.phase(), (await recording.desk.balance()).spentMicros]).toEqual(["settling", PRICE_MICROS]);
    deskWorld.losesSettleReplies = false;
    await recording.invocation.cancel();
    await recording.ring();
    await expectCanceledOnce(recording);
  });
});

async function booksOf({ desk }: RecordingUnderTest): Promise<number[]> {
  const { spentMicros, heldMicros, leftMicros } = await desk.balance();
  return [spentMicros, heldMicros, leftMicros];
}

describe("what a recording may cost", () => {
  test("is held from before it is sent to its end", async () => {
    const recording = await openRecording({ creditMicros: 3 * PRICE_MICROS });
    await goTo(recording, STARTED);
    expect(await booksOf(recording)).toEqual([0, 0, 3 * PRICE_MICROS]);
    await recording.ring();
    expect(await booksOf(recording)).toEqual([0, PRICE_MICROS, 2 * PRICE_MICROS]);
    for (const [, take] of STEPS.slice(WOKEN)) await take(recording);
    expect(await booksOf(recording)).toEqual([PRICE_MICROS, 0, 2 * PRICE_MICROS]);
    await expectCompletedOnce(recording);
  });

  test("and the credit does not cover makes it fail before anything is sent, at no price, and the developer hears why", async () => {
    const recording = await openRecording({ creditMicros: PRICE_MICROS - 1 });
    await goTo(recording, STARTED);
    await recording.ring();
    await expectFailedOnce(recording, 61003);
    expect([recording.peers.audio, recording.waiting("dispatch"), await booksOf(recording)]).toEqual([[], 0, [0, 0, PRICE_MICROS - 1]]);
  });

  test("cannot be spent by anything else meanwhile", async () => {
    const recording = await openRecording({ creditMicros: PRICE_MICROS });
    await goTo(recording, WOKEN);
    const other = { begunAtMs: Date.now() + deskWorld.aheadMs, events: [{ xr: "XRother", priceMicros: 1, record: "{}" }] };
    expect(await recording.desk.settle(other)).toMatchObject({ kind: "refused", leftMicros: 0 });
    for (const [, take] of STEPS.slice(WOKEN)) await take(recording);
    await expectCompletedOnce(recording);
  });

  test.each<[string, (recording: RecordingUnderTest) => Promise<unknown>]>([
    ["fails", ({ peers, take }) => ((peers.publisher = () => new Response(null, { status: 404 })), follow(take("dispatch")))],
    ["is canceled", ({ invocation }) => invocation.cancel()],
  ])("is given back when it %s", async (_what, end) => {
    const recording = await openRecording({ creditMicros: PRICE_MICROS });
    await goTo(recording, WOKEN);
    await end(recording);
    await recording.ring();
    expect(await booksOf(recording)).toEqual([0, 0, PRICE_MICROS]);
  });

  test("is asked for again when its reply is lost, and held once; until then nothing is sent", async () => {
    vi.spyOn(console, "log").mockReturnValue(undefined);
    const recording = await openRecording({ creditMicros: 3 * PRICE_MICROS });
    await goTo(recording, STARTED);
    deskWorld.losesHoldReplies = true;
    await recording.ring();
    expect([recording.waiting("dispatch"), await recording.phase()]).toEqual([0, "queued"]);
    deskWorld.losesHoldReplies = false;
    await recording.evict();
    await recording.ringAtDue();
    expect([recording.waiting("dispatch"), await booksOf(recording)]).toEqual([1, [0, PRICE_MICROS, 2 * PRICE_MICROS]]);
  });

  test("is not held by an end that came before the desk had heard of it", async () => {
    const recording = await openRecording({ creditMicros: PRICE_MICROS });
    await goTo(recording, STARTED);
    await recording.invocation.cancel();
    await recording.ring();
    await expectCanceledOnce(recording);
    expect(await booksOf(recording)).toEqual([0, 0, PRICE_MICROS]);
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

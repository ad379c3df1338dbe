import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { deskWorld } from "./desk-worker.ts";
import { ALL, CHECKING, expectCanceledOnce, expectCompletedOnce, expectFailedOnce, goTo, IN_PROGRESS, inRecordingsWorld, RECEIVED, RESULT, SETTLING, STARTED, WOKEN } from "./recording-steps.ts";
import { CALLBACK_MS, follow, openRecording, PRICE_MICROS, SECOND_MS, sidOf, type RecordingUnderTest } from "./recording-under-test.ts";

inRecordingsWorld();

/** From the callback to the end. */
async function finish(recording: RecordingUnderTest): Promise<void> {
  await recording.ring();
  await follow(recording.take("check"));
  await recording.ring();
}

describe("a callback and the end of the publisher's time", () => {
  test("at the same instant, the callback first: it is received, and the time's end changes nothing", async () => {
    const recording = await openRecording();
    await goTo(recording, IN_PROGRESS);
    deskWorld.aheadMs += CALLBACK_MS - 500;
    expect(await recording.callBack(RESULT)).toBe("received");
    deskWorld.aheadMs += SECOND_MS;
    await finish(recording);
    await expectCompletedOnce(recording);
  });

  test("at the same instant, the alarm first: it has failed, and the callback is gone and not kept", async () => {
    const recording = await openRecording();
    await goTo(recording, IN_PROGRESS);
    await recording.ringAtDue(1);
    expect(await recording.callBack(RESULT)).toBe("gone");
    await recording.ring();
    await expectFailedOnce(recording, 61001);
    expect((await recording.seen()).bodies).toBe(0);
  });

  test("after it, before the alarm has rung: gone all the same", async () => {
    const recording = await openRecording();
    await goTo(recording, IN_PROGRESS);
    deskWorld.aheadMs += CALLBACK_MS + SECOND_MS;
    expect(await recording.callBack(RESULT)).toBe("gone");
    await recording.ringAtDue();
    await expectFailedOnce(recording, 61001);
  });

  test("while its body was sent: the end of the upload counts", async () => {
    const recording = await openRecording();
    await goTo(recording, IN_PROGRESS);
    const upload = { attempt: sidOf(""), md5: "0".repeat(32), sizeBytes: 2 };
    deskWorld.aheadMs += CALLBACK_MS + SECOND_MS;
    expect(await recording.invocation.receive(upload, Date.now() + deskWorld.aheadMs)).toEqual({ kind: "gone" });
  });

  test.each([["the callback first", true], ["the alarm first", false]])("called at once, %s: exactly one wins", async (_name, isCallbackFirst) => {
    const recording = await openRecording();
    await goTo(recording, IN_PROGRESS);
    deskWorld.aheadMs += CALLBACK_MS - 20;
    const callBack = () => recording.callBack(RESULT);
    const atDue = () => recording.ringAtDue(1);
    const [one, other] = isCallbackFirst ? await Promise.all([callBack(), atDue()]) : await Promise.all([atDue(), callBack()]);
    const told = one ?? other;
    if (told === "received") {
      await finish(recording);
      await expectCompletedOnce(recording);
    } else {
      expect(told).toBe("gone");
      // Five seconds later it is said that nothing came, unless the alarm was that late.
      if ((await recording.phase()) === "in_progress") await recording.ringAtDue();
      else await recording.ring();
      await expectFailedOnce(recording, 61001);
    }
  });
});

describe("a callback", () => {
  test("before the 202 was read is the normal way, and the 202 changes nothing", async () => {
    const recording = await openRecording();
    let told = "";
    recording.peers.publisher = async () => {
      told = await recording.callBack(RESULT);
      return new Response(null, { status: 202 });
    };
    await goTo(recording, 3);
    expect([told, await recording.phase()]).toEqual(["received", "received"]);
    await finish(recording);
    await expectCompletedOnce(recording);
  });

  test("before a 500 counts too: the audio is not sent again", async () => {
    const recording = await openRecording();
    recording.peers.publisher = async () => {
      await recording.callBack(RESULT);
      return new Response(null, { status: 500 });
    };
    await goTo(recording, 3);
    await finish(recording);
    await expectCompletedOnce(recording);
    expect(recording.peers.audio).toHaveLength(1);
  });

  test("after a 500 and before the next attempt: what wakes up for that one finds nothing to send", async () => {
    const recording = await openRecording();
    recording.peers.publisher = () => new Response(null, { status: 500 });
    await goTo(recording, 3);
    await recording.ringAtDue();
    const wakeUp = recording.take("dispatch");
    expect(await recording.callBack(RESULT)).toBe("received");
    expect(await follow(wakeUp)).toEqual({ acks: 1, retries: 0 });
    await finish(recording);
    await expectCompletedOnce(recording);
    expect(recording.peers.audio).toHaveLength(1);
  });

  test("after whoever sent the audio has died is taken as well", async () => {
    const recording = await openRecording();
    await goTo(recording, WOKEN);
    const begun = await recording.invocation.beginDispatch();
    if (begun.kind !== "go") throw new Error("nothing is to be sent");
    const callback = { attempt: sidOf(""), md5: "0".repeat(32), sizeBytes: RESULT.length };
    await env.RECORDINGS.put(`callbacks/${recording.xr}/${callback.attempt}`, RESULT);
    expect(await recording.invocation.receive(callback, Date.now())).toEqual({ kind: "received" });
    await finish(recording);
    await expectCompletedOnce(recording);
  });

  test("twice at once: one is received, the same again repeats it, another conflicts; one body stays", async () => {
    const recording = await openRecording();
    await goTo(recording, IN_PROGRESS);
    expect((await Promise.all([recording.callBack(RESULT), recording.callBack(RESULT)])).toSorted()).toEqual(["received", "repeated"]);
    expect((await Promise.all([recording.callBack('{"text":"a"}'), recording.callBack('{"text":"b"}')])).toSorted()).toEqual(["conflict", "conflict"]);
    await finish(recording);
    await expectCompletedOnce(recording);
  });

  test("of two that differ, at once: the first is what is listed", async () => {
    const recording = await openRecording();
    await goTo(recording, IN_PROGRESS);
    const told = await Promise.all([recording.callBack('{"text":"a"}'), recording.callBack('{"text":"b"}')]);
    expect(told.toSorted()).toEqual(["conflict", "received"]);
    await finish(recording);
    await expectCompletedOnce(recording);
    const [body] = (await env.RECORDINGS.list({ prefix: `callbacks/${recording.xr}/` })).objects;
    expect(await (await env.RECORDINGS.get(body?.key ?? ""))?.json()).toEqual({ text: told[0] === "received" ? "a" : "b" });
  });

  test("again after the end is told that it had come, whatever is done about it", async () => {
    const recording = await openRecording();
    await goTo(recording, SETTLING);
    await recording.ring();
    expect([await recording.callBack(RESULT), await recording.callBack("{}")]).toEqual(["repeated", "conflict"]);
    await expectCompletedOnce(recording);
  });

  test("that its response schema refuses fails, uncharged, with no payload", async () => {
    const recording = await openRecording();
    await goTo(recording, IN_PROGRESS);
    expect(await recording.callBack('{"text":42}')).toBe("received");
    await finish(recording);
    await expectFailedOnce(recording, 61004);
  });

  test("that nobody checks in 15 minutes fails, uncharged, and a check that comes after that changes nothing", async () => {
    const recording = await openRecording();
    await goTo(recording, CHECKING);
    const wakeUp = recording.take("check");
    deskWorld.aheadMs += 15 * 60 * SECOND_MS;
    await recording.ring();
    await follow(wakeUp);
    await recording.ring();
    await expectFailedOnce(recording, 61000);
  });
});

describe("canceled", () => {
  test.each([
    ["before anything was sent", STARTED],
    ["before whoever sends it has woken up", WOKEN],
    ["in progress", IN_PROGRESS],
    ["when it was called back", RECEIVED],
    ["while it waits for its check", CHECKING],
  ])("%s: it ends so, uncharged and unrelayed, and what comes after that is gone", async (_name, steps) => {
    const recording = await openRecording();
    await goTo(recording, steps);
    await recording.invocation.cancel();
    if (steps === WOKEN) expect(await follow(recording.take("dispatch"))).toEqual({ acks: 1, retries: 0 });
    if (steps === CHECKING) expect(await follow(recording.take("check"))).toEqual({ acks: 1, retries: 0 });
    if (steps >= IN_PROGRESS) expect(await recording.callBack(RESULT)).toBe("gone");
    await recording.evict();
    await recording.ring();
    await expectCanceledOnce(recording);
    if (steps >= IN_PROGRESS) expect(await recording.callBack(RESULT)).toBe("gone");
    else expect(recording.peers.audio).toEqual([]);
  });

  test("while the audio is on its way: the publisher's acceptance comes too late", async () => {
    const recording = await openRecording();
    recording.peers.publisher = async () => {
      await recording.invocation.cancel();
      return new Response(null, { status: 202 });
    };
    await goTo(recording, 3);
    await recording.ring();
    await expectCanceledOnce(recording);
    expect(await recording.callBack(RESULT)).toBe("gone");
  });

  test("twice: its callback is still told that it is gone", async () => {
    const recording = await openRecording();
    await goTo(recording, IN_PROGRESS);
    await recording.invocation.cancel();
    await recording.invocation.cancel();
    await recording.ring();
    await recording.invocation.cancel();
    await recording.ring();
    expect(await recording.callBack(RESULT)).toBe("gone");
    await expectCanceledOnce(recording);
  });

  test("when its outcome is decided and not recorded yet: it is not charged, and nothing of it is kept or relayed", async () => {
    const recording = await openRecording();
    await goTo(recording, SETTLING);
    await recording.invocation.cancel();
    await recording.ring();
    await expectCanceledOnce(recording);
    expect((await recording.seen()).bodies).toBe(0);
  });

  test("when its outcome is recorded: that stands, is charged, and nothing of it is kept", async () => {
    const recording = await openRecording();
    await goTo(recording, ALL);
    await recording.invocation.cancel();
    await recording.ring();
    expect(await recording.phase()).toBeNull();
    expect(await recording.seen()).toMatchObject({ recorded: [{ status: "successful" }], results: [], payloads: 0, bodies: 0, spentMicros: PRICE_MICROS });
    expect(await recording.tables()).toEqual([]);
  });
});

test("what is forgotten while it is under way is canceled, settled at no price, and then gone", async () => {
  const recording = await openRecording();
  await goTo(recording, RECEIVED);
  await recording.invocation.forget();
  await recording.ring();
  expect([await recording.phase(), await recording.tables()]).toEqual([null, []]);
  expect(await recording.seen()).toMatchObject({ recorded: [{ status: "failed", code: null, price_micros: 0 }], results: [], payloads: 0, bodies: 0, spentMicros: 0 });
  expect(recording.peers.relays).toEqual([]);
});

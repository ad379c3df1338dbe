import { expect, test } from "vitest";
import { CALLBACK_READ_MS } from "../../src/domain/recording/recording-times.ts";
import { now } from "./desk-under-test.ts";
import { deskWorld } from "./desk-worker.ts";
import { expectFailedOnce, goTo, inRecordingsWorld, WOKEN } from "./recording-steps.ts";
import { DEFINITION, follow, MINUTE_MS, openRecording, SECOND_MS } from "./recording-under-test.ts";

inRecordingsWorld();

const setNow = (atMs: number): void => void (deskWorld.aheadMs = atMs - Date.now());

test.each([
  ["ten times the recording's duration", {}, 600],
  ["as often its duration as the definition says", { callback_timeout: { times_duration: 2 } }, 120],
])("a publisher has %s from its acceptance on", async (_name, timeout, seconds) => {
  const recording = await openRecording({ durationMs: MINUTE_MS, definition: { ...DEFINITION, ...timeout } });
  await goTo(recording, WOKEN);
  const acceptedFromMs = now();
  await follow(recording.take("dispatch"));
  const acceptedUntilMs = now();
  await recording.ring();
  setNow(acceptedFromMs + (seconds - 1) * SECOND_MS);
  await recording.ring();
  expect(await recording.phase()).toBe("in_progress");
  // What was uploaded in time may still be read back for so long.
  setNow(acceptedUntilMs + seconds * SECOND_MS + CALLBACK_READ_MS + 1);
  await recording.ring();
  await expectFailedOnce(recording, 61001);
});

import { expect, test } from "vitest";
import { rows } from "./desk-under-test.ts";
import { ALL, goTo, inRecordingsWorld } from "./recording-steps.ts";
import { openRecording, type RecordingUnderTest } from "./recording-under-test.ts";

inRecordingsWorld();

type Alert = { account_sid: string; error_code: number; request_url: string; alert_text: string };

const alertsOf = ({ xr }: RecordingUnderTest): Promise<Alert[]> =>
  rows<Alert>("SELECT account_sid, error_code, request_url, alert_text FROM alerts WHERE resource_sid = ? ORDER BY created_at, sid", xr);

test("a developer is told of a relay that fails at its first attempt and at its last one, and never its own credentials", async () => {
  const recording = await openRecording({ relayUrl: "https://user:secret@developer.example.com/relay" });
  recording.peers.developer = () => new Response(null, { status: 500 });
  const alert = { account_sid: recording.accountSid, error_code: 11200, request_url: "https://***:***@developer.example.com/relay" };
  await goTo(recording, ALL);
  const first = { ...alert, alert_text: expect.stringContaining("It is sent again.") };
  expect(await alertsOf(recording)).toEqual([first]);
  for (let attempt = 2; attempt <= 9; attempt++) await recording.ringAtDue();
  expect(await alertsOf(recording)).toEqual([first]);
  await recording.ringAtDue();
  expect(await alertsOf(recording)).toEqual([first, { ...alert, alert_text: expect.stringContaining("After 10 attempts it is a dead letter") }]);
});

test("a relay that comes through, or that nobody wants any more, is no alert", async () => {
  for (const status of [200, 410]) {
    const recording = await openRecording();
    recording.peers.developer = () => new Response(null, { status });
    await goTo(recording, ALL);
    expect(await alertsOf(recording)).toEqual([]);
  }
});

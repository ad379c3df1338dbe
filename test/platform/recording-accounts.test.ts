import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { startRecording } from "../../src/consumers/start-recording.ts";
import { requestSidFromSeed } from "../../src/domain/sid.ts";
import { invocationOf } from "../../src/platform/recording-invocation.ts";
import { gatewayOf } from "../../src/wiring.ts";
import { gatewayEnv } from "./gateway-env.ts";
import { goTo, inRecordingsWorld, STARTED, WOKEN } from "./recording-steps.ts";
import { follow, gateway, installAddOn, openRecording, setAccountStatus, setAccountStatusElsewhere } from "./recording-under-test.ts";

inRecordingsWorld();

describe("of an account that is suspended", () => {
  test("nothing is sent, and when it is active again the next attempt is", async () => {
    const recording = await openRecording();
    await goTo(recording, WOKEN);
    await setAccountStatus(recording.accountSid, "suspended");
    await follow(recording.take("dispatch"));
    expect([await recording.phase(), recording.peers.audio]).toEqual(["queued", []]);
    await setAccountStatus(recording.accountSid, "active");
    await recording.ringAtDue();
    await follow(recording.take("dispatch"));
    expect([await recording.phase(), recording.peers.audio.length]).toEqual(["in_progress", 1]);
  });

  test("nothing is sent, also when this isolate has not heard of it", async () => {
    const recording = await openRecording();
    // By another isolate, so that this one has not asked the primary database.
    await startRecording(gatewayOf({ ...gatewayEnv }), recording.recordingSid);
    await recording.ring();
    expect((await gateway.snapshots.get(recording.accountSid))?.status).toBe("active");
    await setAccountStatusElsewhere(recording.accountSid, "suspended");
    await follow(recording.take("dispatch"));
    expect([await recording.phase(), recording.peers.audio]).toEqual(["queued", []]);
  });

  test.each([
    ["that this isolate knows to be so", setAccountStatus],
    ["that this isolate remembers as active", setAccountStatusElsewhere],
  ])("no add-on is started: %s", async (_name, setStatus) => {
    const recording = await openRecording();
    await gateway.snapshots.get(recording.accountSid);
    await setStatus(recording.accountSid, "suspended");
    expect(await follow(recording.startMessage)).toEqual({ acks: 1, retries: 0 });
    expect(await recording.invocation.inspect()).toBeNull();
  });
});

describe("the add-ons of a recording", () => {
  test("are those of the moment when it is started, whatever this isolate remembers", async () => {
    const recording = await openRecording();
    const setExtensions = (json: string) => env.DB.prepare("UPDATE installed_add_ons SET extensions = ?2 WHERE sid = ?1").bind(recording.configurationSid, json).run();
    await setExtensions("{}");
    await gateway.snapshots.get(recording.accountSid);
    await setExtensions('{"recording-api":true}');
    await goTo(recording, STARTED);
    expect(await recording.phase()).toBe("queued");
  });

  test("are not those that are installed later, though the wake-up to start them comes again", async () => {
    const recording = await openRecording();
    await goTo(recording, STARTED);
    const { configurationSid } = await installAddOn(recording.accountSid, "later");
    gateway.snapshots.drop(recording.accountSid);
    await follow(recording.startMessage);
    const later = await requestSidFromSeed(`${recording.recordingSid}/0`, `${configurationSid}/mixed`);
    expect([await recording.phase(), await invocationOf(env.RECORDING_INVOCATION, later).inspect()]).toEqual(["queued", null]);
  });
});

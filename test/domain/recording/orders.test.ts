import { describe, expect, test } from "vitest";
import type { InstalledAddOn, UnusableAddOn } from "../../../src/domain/catalog/install.ts";
import { ordersOf, type StartedRecording } from "../../../src/domain/recording/orders.ts";
import type { RecordingAudio } from "../../../src/domain/recording/recording-order.ts";
import { installedRecordingAddOn, ORDER, recordingVersion } from "../../support/recording-orders.ts";

const audio = (key: string, channels: number): RecordingAudio => ({ key, sizeBytes: 10, sha256: "", mediaType: "audio/x-wav", channels });

/** @property splits how often its channels were asked for. */
function recordingOf(channels: 1 | 2, durationMs = 10_000): StartedRecording & { splits: number } {
  return {
    sid: ORDER.recordingSid,
    createdAtMs: 1_700_000_000_000,
    accountSid: ORDER.accountSid,
    integrationPoint: "recording-api",
    durationMs,
    whole: audio("whole", channels),
    splits: 0,
    async channels() {
      this.splits += 1;
      return [audio("left", 1), audio("right", 1)];
    },
  };
}

const addOn = (change: Partial<InstalledAddOn> = {}, request = {}, definition = {}): Promise<InstalledAddOn> =>
  installedRecordingAddOn(recordingVersion(request, definition), change);
const sent = (orders: Awaited<ReturnType<typeof ordersOf>>): unknown[] => orders.map(({ channel, audio: { key } }) => [channel, key]);

describe("the orders of a recording", () => {
  test("are one for each add-on that is enabled where it was made", async () => {
    const [here, elsewhere] = await Promise.all([addOn(), addOn({ sid: "XE2", enabledAt: new Set(["recording-dial"]) })]);
    const orders = await ordersOf(recordingOf(1), [here, elsewhere], 60_000);
    expect(orders.map(({ configurationSid }) => configurationSid)).toEqual([ORDER.configurationSid]);
  });

  test("have what cannot be run here too, at no price, so that its dispatch tells its account", async () => {
    const { version, configuration: _, credentials: __, publisher, ...rest } = await addOn();
    const unusable: UnusableAddOn = { ...rest, version: { sid: version.sid, unitPriceMicros: 0 }, publisher: { sid: publisher.sid, status: "active" } };
    const recording = recordingOf(2);
    expect(await ordersOf(recording, [unusable], 60_000)).toMatchObject([{ configurationSid: ORDER.configurationSid, versionSid: version.sid, unitPriceMicros: 0, relayUrl: null, channel: null }]);
    expect(recording.splits).toBe(0);
  });

  test("of two channels are one for each of them", async () => {
    expect(sent(await ordersOf(recordingOf(2), [await addOn()], 60_000))).toEqual([[1, "left"], [2, "right"]]);
  });

  test("of two channels are one for whom wants them mixed, and nothing is split for that", async () => {
    const recording = recordingOf(2);
    expect(sent(await ordersOf(recording, [await addOn({}, { channels: "mixed" })], 60_000))).toEqual([[null, "whole"]]);
    expect(recording.splits).toBe(0);
  });

  test("of one channel get the recording as it is", async () => {
    const recording = recordingOf(1);
    expect(sent(await ordersOf(recording, [await addOn()], 60_000))).toEqual([[null, "whole"]]);
    expect(recording.splits).toBe(0);
  });

  test("have the same request SIDs whenever they are made, and different ones by install and channel", async () => {
    const addOns = [await addOn(), await addOn({ sid: "XE2" })];
    const [once, again] = [await ordersOf(recordingOf(2), addOns, 60_000), await ordersOf(recordingOf(2), addOns, 60_000)];
    expect(again).toEqual(once);
    expect(new Set(once.map(({ xr }) => xr)).size).toBe(4);
    for (const { xr } of once) expect(xr).toMatch(/^XR[0-9a-f]{32}$/);
  });

  test.each([
    ["ten times the duration", 10_000, {}, 100_000],
    ["so many times as the definition says", 10_000, { callback_timeout: { times_duration: 7.5 } }, 75_000],
    ["a minute at least", 1_000, {}, 60_000],
  ])("give the publisher %s", async (_name, durationMs, definition, expected) => {
    const [order] = await ordersOf(recordingOf(1, durationMs), [await addOn({}, {}, definition)], 60_000);
    expect(order?.callbackTimeoutMs).toBe(expected);
  });

  test.each([
    ["as it is configured", { callback_url: "https://developer.example.com/" }, "https://developer.example.com/"],
    ["not at all where there is none", {}, null],
    ["not at all where it is empty", { callback_url: "" }, null],
  ])("name the developer's URL %s", async (_name, configuration, expected) => {
    const [order] = await ordersOf(recordingOf(1), [await addOn({ configuration })], 60_000);
    expect(order?.relayUrl).toBe(expected);
  });
});

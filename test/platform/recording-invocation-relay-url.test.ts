import { describe, expect, test } from "vitest";
import { goTo, ALL, inRecordingsWorld, SETTLING } from "./recording-steps.ts";
import { gateway, openRecording, RELAY_URL, setRelayUrl, setRelayUrlElsewhere, type RecordingUnderTest } from "./recording-under-test.ts";

inRecordingsWorld();

const OTHER_URL = "https://developer.example.com/mended";
const answering = (status: number) => (): Response => new Response(null, { status });
const urlsOf = ({ peers }: RecordingUnderTest): string[] => peers.relays.map(({ url }) => url);

async function relayToDeath(recording: RecordingUnderTest): Promise<void> {
  for (let attempt = 2; attempt <= 10; attempt++) await recording.ringAtDue();
}

describe("a result is relayed to where the install's configuration says at that time", () => {
  test("also when that has changed since the last attempt", async () => {
    const recording = await openRecording();
    recording.peers.developer = answering(500);
    await goTo(recording, ALL);
    await setRelayUrl(recording, OTHER_URL);
    recording.peers.developer = answering(204);
    await recording.ringAtDue();
    expect([urlsOf(recording), (await recording.relay())?.status]).toEqual([[RELAY_URL, OTHER_URL], "delivered"]);
  });

  test("and is not ended by what this isolate remembers from before there was a URL", async () => {
    const recording = await openRecording({ relayUrl: null });
    await gateway.snapshots.get(recording.accountSid);
    await setRelayUrlElsewhere(recording, RELAY_URL);
    await goTo(recording, ALL);
    expect(urlsOf(recording)).toEqual([RELAY_URL]);
  });

  test("and to nobody when the URL was removed, until there is one again", async () => {
    const recording = await openRecording();
    recording.peers.developer = answering(500);
    await goTo(recording, ALL);
    await setRelayUrl(recording, null);
    await recording.ringAtDue();
    expect(await recording.relay()).toMatchObject({ status: "stopped", nextAtMs: null, attempts: [{ status: 500 }] });
    expect([recording.peers.relays.length, await recording.invocation.redeliver()]).toEqual([1, false]);
    await setRelayUrl(recording, OTHER_URL);
    recording.peers.developer = answering(204);
    expect(await recording.invocation.redeliver()).toBe(true);
    await recording.ring();
    expect([urlsOf(recording), (await recording.relay())?.status]).toEqual([[RELAY_URL, OTHER_URL], "delivered"]);
  });

  test("also when it was added after the recording came: it is pending, then a dead letter that can be sent again", async () => {
    const recording = await openRecording({ relayUrl: null });
    recording.peers.developer = answering(500);
    await goTo(recording, SETTLING);
    await setRelayUrl(recording, OTHER_URL);
    await recording.ring();
    expect([urlsOf(recording), (await recording.relay())?.status]).toEqual([[OTHER_URL], "pending"]);
    await relayToDeath(recording);
    expect([(await recording.relay())?.status, (await recording.seen()).deadLetters.length]).toEqual(["dead", 1]);
    recording.peers.developer = answering(200);
    expect(await recording.invocation.redeliver()).toBe(true);
    await recording.ring();
    expect((await recording.relay())?.status).toBe("delivered");
  });

  test.each([
    ["names an address instead of a host", "https://10.0.0.1/relay"],
    ["leads back to the gateway", "https://gateway.example.com/v1/Recordings"],
  ])("but never to one that %s, whenever it was stored", async (_name, url) => {
    const recording = await openRecording({ relayUrl: url });
    await goTo(recording, ALL);
    expect(recording.peers.relays).toEqual([]);
    expect((await recording.relay())?.attempts).toMatchObject([{ status: null }]);
  });
});

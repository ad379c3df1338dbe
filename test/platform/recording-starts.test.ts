import { env } from "cloudflare:workers";
import { beforeEach, expect, test, vi } from "vitest";
import { audioPrefix } from "../../src/domain/recording/keys.ts";
import { requestSidFromSeed } from "../../src/domain/sid.ts";
import { invocationOf } from "../../src/platform/recording-invocation.ts";
import { rows } from "./desk-under-test.ts";
import { wakeUps } from "./gateway-env.ts";
import { inRecordingsWorld } from "./recording-steps.ts";
import { follow, gateway, installAddOn, openAccount, type WakeUp } from "./recording-under-test.ts";
import { request } from "./requests.ts";

inRecordingsWorld();
beforeEach(() => void vi.spyOn(console, "log").mockReturnValue(undefined));

/** PCM of 16 bits at 8 kHz, 250 ms long, with two channels. */
function stereo(): Uint8Array<ArrayBuffer> {
  const [dataBytes, words] = [8_000, [0x4646_4952, 8_036, 0x4556_4157, 0x2074_6d66, 16, 0x0002_0001, 8_000, 32_000, 0x0010_0004, 0x6174_6164, 8_000]];
  const file = new DataView(new ArrayBuffer(words.length * 4 + dataBytes));
  for (const [index, word] of words.entries()) file.setUint32(index * 4, word, true);
  return new Uint8Array(file.buffer);
}

/** A recording whose channels are sent one by one, and its two invocations. */
async function openStereo() {
  const { accountSid, authorization } = await openAccount();
  const { configurationSid } = await installAddOn(accountSid, "sound");
  const answer = await request(authorization, "POST", "/v1/Recordings?Source=OutboundAPI", { mediaType: "audio/x-wav", bytes: stereo() });
  const { sid } = await answer.json<{ sid: string }>();
  const [row] = await rows<{ created_at: number }>("SELECT created_at FROM recordings WHERE sid = ?", sid);
  const xrs = await Promise.all(["1", "2"].map((channel) => requestSidFromSeed(`${sid}/${row?.created_at}`, `${configurationSid}/${channel}`)));
  return {
    sid,
    startMessage: { v: 1, kind: "start", recording: sid } as WakeUp,
    outcomes: () => Promise.all(xrs.map(async (xr) => (await invocationOf(env.RECORDING_INVOCATION, xr).inspect())?.outcome)),
    stored: async (): Promise<number> => (await env.RECORDINGS.list({ prefix: audioPrefix(accountSid, sid) })).objects.length,
    sends: (): number => wakeUps.filter((wakeUp) => xrs.some((xr) => xr === (wakeUp as WakeUp).xr)).length,
    async remove(): Promise<void> {
      expect((await request(authorization, "DELETE", `/2010-04-01/Accounts/${accountSid}/Recordings/${sid}.json`)).status).toBe(204);
    },
  };
}

test("a recording of two channels is started for each of them", async () => {
  const recording = await openStereo();
  expect(await follow(recording.startMessage)).toEqual({ acks: 1, retries: 0 });
  expect([await recording.outcomes(), await recording.stored()]).toEqual([[null, null], 3]);
});

test("a recording that is deleted while it is started leaves nothing: its invocations are canceled, its channels deleted", async () => {
  const recording = await openStereo();
  const get = gateway.recordings.get.bind(gateway.recordings);
  vi.spyOn(gateway.recordings, "get").mockImplementationOnce(async (key, options) => {
    const audio = await get(key, options);
    await recording.remove();
    return audio;
  });
  expect(await follow(recording.startMessage)).toEqual({ acks: 1, retries: 0 });
  expect(await recording.outcomes()).toMatchObject([{ canceled: true }, { canceled: true }]);
  expect([await recording.stored(), recording.sends()]).toEqual([0, 0]);
});

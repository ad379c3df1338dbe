import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { deleteLeftoverAudio } from "../../src/consumers/leftover-audio.ts";
import { wakeOverdueRecordings } from "../../src/consumers/overdue-recordings.ts";
import { utf8 } from "../../src/domain/bytes.ts";
import { audioKey } from "../../src/domain/recording/keys.ts";
import { beginUpload } from "../../src/platform/d1/audio-uploads.ts";
import { rows } from "./desk-under-test.ts";
import { gatewayEnv, wakeUps } from "./gateway-env.ts";
import { inRecordingsWorld } from "./recording-steps.ts";
import { gateway, MINUTE_MS, openAccount, SECOND_MS, sidOf } from "./recording-under-test.ts";
import { failing, gone, request } from "./requests.ts";

inRecordingsWorld();
beforeEach(() => void vi.spyOn(console, "log").mockReturnValue(undefined));

const HOUR_MS = 60 * MINUTE_MS;
const AUDIO = utf8("sound");

/** An account, and a SID that its next recording is to have. */
async function openUpload() {
  const { accountSid, authorization } = await openAccount();
  const sid = sidOf("RE");
  const key = audioKey(accountSid, sid);
  return {
    accountSid,
    sid,
    key,
    send: async (bindings = {}): Promise<number> =>
      (await request(authorization, "POST", `/v1/Recordings?Source=OutboundAPI&Duration=1&RecordingSid=${sid}`, { mediaType: "audio/mpeg", bytes: AUDIO }, bindings)).status,
    hasAudio: async (): Promise<boolean> => (await env.RECORDINGS.head(key)) !== null,
    uploads: async (): Promise<number> => (await rows("SELECT begun_at FROM audio_uploads WHERE recording_sid = ?", sid)).length,
    recordings: async (): Promise<number> => (await rows("SELECT sid FROM recordings WHERE sid = ?", sid)).length,
    starts: (): number => wakeUps.filter((wakeUp) => JSON.stringify(wakeUp).includes(sid)).length,
  };
}

/** Done, and its answer is lost. */
async function unsaid(work: () => unknown): Promise<never> {
  await work();
  return gone();
}

describe("a new recording", () => {
  test("is stored, with its wake-up, and its upload is over", async () => {
    const upload = await openUpload();
    expect(await upload.send()).toBe(201);
    expect([await upload.hasAudio(), await upload.recordings(), await upload.uploads(), upload.starts()]).toEqual([true, 1, 0, 1]);
    expect([await upload.send(), upload.starts()]).toEqual([200, 1]);
  });

  test("whose wake-up is lost is safe all the same, and is started a minute later", async () => {
    const upload = await openUpload();
    expect(await upload.send({ DISPATCH: failing(gatewayEnv.DISPATCH, "send", gone) })).toBe(201);
    expect([await upload.recordings(), upload.starts()]).toEqual([1, 0]);
    await wakeOverdueRecordings(gateway, Date.now() + MINUTE_MS + SECOND_MS);
    expect(upload.starts()).toBe(1);
  });

  test("whose row D1 does not take is not there; its audio is found and deleted, and no younger audio is", async () => {
    const upload = await openUpload();
    expect(await upload.send({ DB: failing(env.DB, "batch", gone) })).toBe(500);
    expect([await upload.recordings(), await upload.hasAudio(), await upload.uploads(), upload.starts()]).toEqual([0, true, 1, 0]);
    await deleteLeftoverAudio(gateway, Date.now() + 5 * HOUR_MS);
    expect([await upload.hasAudio(), await upload.uploads()]).toEqual([true, 1]);
    await deleteLeftoverAudio(gateway, Date.now() + 7 * HOUR_MS);
    expect([await upload.hasAudio(), await upload.uploads()]).toEqual([false, 0]);
  });

  test("whose row D1 takes without saying so keeps its audio, whatever is left of its upload", async () => {
    const upload = await openUpload();
    expect(await upload.send({ DB: failing(env.DB, "batch", unsaid) })).toBe(500);
    expect(await upload.recordings()).toBe(1);
    await beginUpload(env.DB, { account_sid: upload.accountSid, recording_sid: upload.sid, begun_at: Date.now() });
    await deleteLeftoverAudio(gateway, Date.now() + 7 * HOUR_MS);
    expect([await upload.hasAudio(), await upload.uploads()]).toEqual([true, 0]);
    expect(await upload.send()).toBe(200);
  });
});

/** What is stored there, as if it had been stored so long ago. */
async function aged(key: string, ageMs: number): Promise<R2Object | null> {
  const left = await env.RECORDINGS.head(key);
  return left && new Proxy(left, { get: (object, name: keyof R2Object) => (name === "uploaded" ? new Date(Date.now() - ageMs) : object[name]) });
}

describe("audio that a request which died has left", () => {
  test.each([
    ["is in nobody's way after a minute", 61 * SECOND_MS, 201],
    ["may still become a recording before that: the same SID is refused", 59 * SECOND_MS, 409],
  ])("%s", async (_name, ageMs, status) => {
    const upload = await openUpload();
    await env.RECORDINGS.put(upload.key, "left");
    expect(await upload.send({ RECORDINGS: failing(env.RECORDINGS, "head", () => aged(upload.key, ageMs)) })).toBe(status);
    expect(await (await env.RECORDINGS.get(upload.key))?.text()).toBe(status === 201 ? "sound" : "left");
  });
});

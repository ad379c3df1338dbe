import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { audioPrefix } from "../../src/domain/recording/keys.ts";
import { rows } from "./desk-under-test.ts";
import { ALL, goTo, IN_PROGRESS, inRecordingsWorld, STARTED } from "./recording-steps.ts";
import { openRecording, type RecordingUnderTest } from "./recording-under-test.ts";
import { failing, gone, request } from "./requests.ts";

inRecordingsWorld();
beforeEach(() => void vi.spyOn(console, "log").mockReturnValue(undefined));

const remove = async ({ authorization, accountSid, recordingSid }: RecordingUnderTest, bindings = {}): Promise<number> =>
  (await request(authorization, "DELETE", `/2010-04-01/Accounts/${accountSid}/Recordings/${recordingSid}.json`, null, bindings)).status;

/** How much of it there is, in R2 and in D1. */
async function left(recording: RecordingUnderTest): Promise<Record<string, number>> {
  const { accountSid, recordingSid } = recording;
  const audio = await env.RECORDINGS.list({ prefix: audioPrefix(accountSid, recordingSid) });
  const recordings = await rows("SELECT sid FROM recordings WHERE sid = ?", recordingSid);
  const { results, payloads, bodies } = await recording.seen();
  return { audio: audio.objects.length, recordings: recordings.length, results: results.length, payloads, bodies };
}

const NOTHING = { audio: 0, recordings: 0, results: 0, payloads: 0, bodies: 0 };

describe("a deletion", () => {
  test.each([
    ["to list what is there", "list"],
    ["to delete the audio", "delete"],
  ] as const)("for which R2 fails %s can be asked for again, and then leaves nothing", async (_name, method) => {
    const recording = await openRecording();
    await goTo(recording, ALL);
    expect(await remove(recording, { RECORDINGS: failing(env.RECORDINGS, method, gone) })).toBe(500);
    expect(await left(recording)).toMatchObject({ audio: 1, recordings: 1, results: 1, payloads: 1 });
    expect(await remove(recording)).toBe(204);
    expect(await left(recording)).toEqual(NOTHING);
  });

  test("for which R2 has deleted the audio and not the results can be asked for again too", async () => {
    const recording = await openRecording();
    await goTo(recording, ALL);
    let deletions = 0;
    const second = failing(env.RECORDINGS, "delete", (work) => (++deletions === 2 ? gone() : work()), 2);
    expect(await remove(recording, { RECORDINGS: second })).toBe(500);
    expect(await left(recording)).toEqual({ audio: 0, recordings: 1, results: 1, payloads: 1, bodies: 1 });
    expect(await remove(recording)).toBe(204);
    expect(await left(recording)).toEqual(NOTHING);
  });

  test("whose rows D1 does not delete can be asked for again", async () => {
    const recording = await openRecording();
    await goTo(recording, IN_PROGRESS);
    // The first batch asks for what hangs on it.
    let batches = 0;
    const second = failing(env.DB, "batch", (work) => (++batches === 2 ? gone() : work()), 2);
    expect([await remove(recording, { DB: second }), batches]).toEqual([500, 2]);
    expect(await left(recording)).toMatchObject({ recordings: 1 });
    expect(await remove(recording)).toBe(204);
    expect(await left(recording)).toMatchObject({ recordings: 0, results: 0 });
  });

  test("cancels also what is listed only while it goes on", async () => {
    const recording = await openRecording();
    await goTo(recording, STARTED);
    const listing = failing(env.RECORDINGS, "list", async (work) => {
      await recording.ring();
      return work();
    });
    expect(await remove(recording, { RECORDINGS: listing })).toBe(204);
    expect((await recording.invocation.inspect())?.outcome).toMatchObject({ canceled: true, priceMicros: 0 });
    expect(await left(recording)).toEqual(NOTHING);
  });
});

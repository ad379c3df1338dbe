import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { expectCompletedOnce, goTo, IN_PROGRESS, inRecordingsWorld, RESULT } from "./recording-steps.ts";
import { follow, openRecording, type RecordingUnderTest } from "./recording-under-test.ts";
import { failing, gone, request } from "./requests.ts";

inRecordingsWorld();
beforeEach(() => void vi.spyOn(console, "log").mockReturnValue(undefined));

const callBack = ({ publisherAuthorization, callbackUrl }: RecordingUnderTest, bindings = {}): Promise<Response> =>
  request(publisherAuthorization, "POST", callbackUrl(), { mediaType: "application/json", bytes: RESULT }, bindings);

describe("a callback whose storage fails", () => {
  test.each(["put", "get"] as const)("in its %s is to be sent again, leaves nothing, and is then taken", async (method) => {
    const recording = await openRecording();
    await goTo(recording, IN_PROGRESS);
    const answer = await callBack(recording, { RECORDINGS: failing(env.RECORDINGS, method, gone) });
    expect([answer.status, answer.headers.get("Retry-After")]).toEqual([503, "1"]);
    expect([await recording.phase(), (await recording.seen()).bodies]).toEqual(["in_progress", 0]);
    expect((await callBack(recording)).status).toBe(200);
    await recording.ring();
    await follow(recording.take("check"));
    await recording.ring();
    await expectCompletedOnce(recording);
  });
});

import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { CHECKING, goTo, inRecordingsWorld, WOKEN } from "./recording-steps.ts";
import { follow, gateway, openRecording } from "./recording-under-test.ts";

inRecordingsWorld();

describe("a wake-up", () => {
  test("that cannot be followed, since D1 does not answer, comes again", async () => {
    vi.spyOn(console, "log").mockReturnValue(undefined);
    const recording = await openRecording();
    await env.DB.exec("ALTER TABLE recordings RENAME TO recordings_away");
    const followed = await follow(recording.startMessage);
    await env.DB.exec("ALTER TABLE recordings_away RENAME TO recordings");
    expect(followed).toEqual({ acks: 0, retries: 1 });
    expect(await follow(recording.startMessage)).toEqual({ acks: 1, retries: 0 });
    expect(await recording.phase()).toBe("queued");
  });

  test("that fails repeats no other of its batch", async () => {
    vi.spyOn(console, "log").mockReturnValue(undefined);
    const [one, other] = [await openRecording(), await openRecording()];
    await goTo(one, WOKEN);
    await env.DB.exec("ALTER TABLE recordings RENAME TO recordings_away");
    const followed = await follow(other.startMessage, one.take("dispatch"));
    await env.DB.exec("ALTER TABLE recordings_away RENAME TO recordings");
    expect(followed).toEqual({ acks: 1, retries: 1 });
    expect(await one.phase()).toBe("in_progress");
  });
});

/** The invocations that are called, in the order of the calls. */
function called(): string[] {
  const names: string[] = [];
  const getByName = gateway.invocations.getByName.bind(gateway.invocations);
  vi.spyOn(gateway.invocations, "getByName").mockImplementation((name, options) => {
    names.push(name);
    return getByName(name, options);
  });
  return names;
}

test("results are checked one after the other, since each may fill much of the memory", async () => {
  const [one, other] = [await openRecording(), await openRecording()];
  await goTo(one, CHECKING);
  await goTo(other, CHECKING);
  const wakeUps = [one.take("check"), other.take("check")];
  const names = called();
  await follow(...wakeUps);
  // Each is asked what is to be checked, and told what came of it.
  expect(names).toEqual([one.xr, one.xr, other.xr, other.xr]);
});

test("audio is sent to several publishers at once", async () => {
  const [one, other] = [await openRecording(), await openRecording()];
  await goTo(one, WOKEN);
  await goTo(other, WOKEN);
  const both = Promise.withResolvers<void>();
  const publisher = async () => {
    if (one.peers.audio.length + other.peers.audio.length === 2) both.resolve();
    await both.promise;
    return new Response(null, { status: 202 });
  };
  [one.peers.publisher, other.peers.publisher] = [publisher, publisher];
  expect(await follow(one.take("dispatch"), other.take("dispatch"))).toEqual({ acks: 2, retries: 0 });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { Reports } from "../../examples/publishers/sound_analysis/reports.ts";
import { SoundAnalysisWorld } from "./sound-analysis-gateway.ts";
import { keys } from "./sound-analysis-synthesis.ts";
import { wav } from "./sound-analysis-wav.ts";

const recording = wav(keys("0*"));
const world = new SoundAnalysisWorld();
const warnings: Record<string, unknown>[] = [];

beforeAll(async () => {
  vi.spyOn(console, "warn").mockImplementation((line) => void warnings.push(JSON.parse(String(line))));
  await world.start();
});
beforeEach(() => {
  world.answers = [200];
  world.posted = [];
  warnings.length = 0;
});
afterAll(() => world.end());

describe("the request SID is an idempotency token:", () => {
  test("a retry is accepted again, and the report goes out once", async () => {
    const sent = world.upload(recording);
    expect((await world.send(sent)).status).toBe(202);
    await world.reportsTo(sent);
    expect((await world.send(sent)).status).toBe(202);
    expect(await world.pathsBefore(recording)).toEqual([sent.callbackPath]);
  });

  test("two at once are one report", async () => {
    const sent = world.upload(recording);
    expect((await Promise.all([world.send(sent), world.send(sent)])).map(({ status }) => status)).toEqual([202, 202]);
    expect(await world.pathsBefore(recording)).toEqual([sent.callbackPath]);
  });

  test("a retry with another callback URL gets the same report there", async () => {
    const first = world.upload(recording);
    await world.send(first);
    const [report] = await world.reportsTo(first);
    const retry = world.upload(recording, { sid: first.sid });
    expect(retry.callbackPath).not.toBe(first.callbackPath);
    expect((await world.send(retry)).status).toBe(202);
    expect((await world.reportsTo(retry))[0]?.text).toBe(report?.text);
  });

  test("a retry with another callback URL ends what is tried at the first one", async () => {
    world.answers = [503];
    const first = world.upload(recording);
    await world.send(first);
    await world.reportsTo(first, 2);
    const retry = world.upload(recording, { sid: first.sid });
    await world.send(retry);
    await expect.poll(() => warnings, { timeout: 5_000 }).toEqual([{ add_on: "sound_analysis", request_sid: first.sid, undelivered: "stopped" }]);
    world.answers = [200];
    await expect.poll(() => world.posted.at(-1)?.path, { timeout: 5_000 }).toBe(retry.callbackPath);
  });

  test("another recording with the same SID is refused", async () => {
    const first = world.upload(recording);
    await world.send(first);
    await world.reportsTo(first);
    expect(await world.send(world.upload(wav(keys("7")), { sid: first.sid }))).toMatchObject({ status: 409, code: "request_sid_reused" });
  });
});

describe("a report", () => {
  test.each<[string, (number | undefined)[]]>([
    ["500 and 503", [500, 503, 200]],
    ["429", [429, 200]],
    ["a connection that breaks", [undefined, undefined, 200]],
  ])("is posted again after %s, the same bytes, until it is taken", async (_, each) => {
    world.answers = [...each];
    const sent = world.upload(recording);
    await world.send(sent);
    const reports = await world.reportsTo(sent, each.length);
    expect(new Set(reports.map(({ text }) => text)).size).toBe(1);
    expect(await world.pathsBefore(recording)).toEqual(each.map(() => sent.callbackPath));
    expect(warnings).toEqual([]);
  });

  test.each([302, 400, 401, 404, 409, 410, 413])("is not posted again after %i", async (status) => {
    world.answers = [status];
    const sent = world.upload(recording);
    await world.send(sent);
    await expect.poll(() => warnings, { timeout: 5_000 }).toEqual([{ add_on: "sound_analysis", request_sid: sent.sid, undelivered: status }]);
    world.answers = [200];
    expect(await world.pathsBefore(recording)).toEqual([sent.callbackPath]);
  });

  test("is given up when the gateway's time for it is over", async () => {
    world.answers = [503];
    const sent = world.upload(recording, { ttlMs: "1500" });
    await world.send(sent);
    await expect.poll(() => warnings, { timeout: 5_000 }).toEqual([{ add_on: "sound_analysis", request_sid: sent.sid, undelivered: 503 }]);
    expect(world.posted.length).toBeGreaterThan(2);
  });

  test("that waits for its next attempt ends when the publisher stops", async () => {
    const stopping = new SoundAnalysisWorld({ firstMs: 60_000, mostMs: 60_000 });
    stopping.answers = [503];
    await stopping.start();
    const sent = stopping.upload(recording, { ttlMs: "600000" });
    expect((await stopping.send(sent)).status).toBe(202);
    await stopping.reportsTo(sent);
    stopping.stopAddOn();
    await expect.poll(() => warnings.map(({ undelivered }) => undelivered), { timeout: 5_000 }).toEqual(["stopped"]);
    stopping.end();
  });

  test("that would be too much to keep is to come again later", () => {
    const reports = new Reports({ key: { sid: "SK", secret: "s" }, delays: { firstMs: 1, mostMs: 1 }, onEnd: () => undefined });
    const report = { callbackUrl: "https://gateway.test/", text: "x".repeat(65 * 1024 * 1024), deadlineMs: 1 };
    expect(reports.accept({ requestSid: "XR1", fingerprint: "a" }, report, 0)).toBe("busy");
  });
});

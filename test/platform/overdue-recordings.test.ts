import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { wakeOverdueRecordings } from "../../src/consumers/overdue-recordings.ts";
import { takeOverdue } from "../../src/platform/d1/recordings-to-start.ts";
import { migrated, rows } from "./desk-under-test.ts";
import { wakeUps } from "./gateway-env.ts";
import { gateway, MINUTE_MS, SECOND_MS } from "./recording-under-test.ts";

const NOW = 1_800_000_000_000;
const HOUR_MS = 60 * MINUTE_MS;

beforeAll(migrated);
beforeEach(async () => {
  vi.spyOn(console, "log").mockReturnValue(undefined);
  wakeUps.length = 0;
  await env.DB.exec("DELETE FROM recordings");
});

/** @param ageMs since it came, and since its add-ons were to be started. */
async function store(sid: string, ageMs: number, dueMs: number | null = ageMs): Promise<void> {
  await env.DB.prepare(
    "INSERT INTO recordings (sid, account_sid, source, media_type, channels, duration_ms, size_bytes, sha256, start_due_at, created_at, updated_at) VALUES (?1, 'AC1', 'OutboundAPI', 'audio/mpeg', 1, 1, 1, '', ?2, ?3, ?3)",
  ).bind(sid, dueMs === null ? null : NOW - dueMs, NOW - ageMs).run();
}

const dueInMs = async (): Promise<Record<string, number>> => Object.fromEntries((await rows<{ sid: string; due: number }>("SELECT sid, start_due_at AS due FROM recordings")).map(({ sid, due }) => [sid, due - NOW]));
const take = (limit: number, nowMs = NOW): Promise<string[]> => takeOverdue(env.DB, nowMs, nowMs, limit);

describe("recordings that nobody has started", () => {
  test("are taken oldest first, so many at a time", async () => {
    for (const [sid, ageMs] of [["REyoung", 1], ["REold", 3], ["REmiddle", 2]] as const) await store(sid, ageMs);
    expect((await take(2)).toSorted()).toEqual(["REmiddle", "REold"]);
    expect(await take(2)).toEqual(["REyoung"]);
  });

  test("are due again the later the older they are, and within an hour", async () => {
    await store("REyoung", 2 * MINUTE_MS);
    await store("REold", 5 * HOUR_MS);
    await take(10);
    expect(await dueInMs()).toEqual({ REyoung: 2 * MINUTE_MS, REold: HOUR_MS });
  });

  test("over and over do not hold up one that comes later", async () => {
    for (let index = 0; index < 5; index++) await store(`REbroken${index}`, HOUR_MS);
    expect(await take(5)).toHaveLength(5);
    await store("RElater", MINUTE_MS);
    expect(await take(5, NOW + MINUTE_MS)).toEqual(["RElater"]);
    expect(await take(5, NOW + 2 * HOUR_MS)).toHaveLength(5);
  });

  test("are woken up again a minute after they were due, and no others", async () => {
    await store("REdue", MINUTE_MS + SECOND_MS);
    await store("REyoung", MINUTE_MS - SECOND_MS);
    await store("REstarted", HOUR_MS, null);
    await wakeOverdueRecordings(gateway, NOW);
    expect(wakeUps).toEqual([{ v: 1, kind: "start", recording: "REdue" }]);
    await wakeOverdueRecordings(gateway, NOW);
    expect(wakeUps).toHaveLength(1);
  });

  test("are a hundred a minute at most", async () => {
    for (let index = 0; index < 101; index++) await store(`RE${index}`, HOUR_MS);
    await wakeOverdueRecordings(gateway, NOW);
    expect(wakeUps).toHaveLength(100);
  });

  test("are given up after three days of trying, and their account is told once; what was never tried is tried", async () => {
    const old = 3 * 24 * HOUR_MS + SECOND_MS;
    await store("REbroken", old, 2 * HOUR_MS);
    await store("REuntried", old);
    await store("REyounger", old - 2 * SECOND_MS, 2 * HOUR_MS);
    for (let count = 0; count < 2; count++) await wakeOverdueRecordings(gateway, NOW + count * SECOND_MS);
    expect(wakeUps.map((wakeUp) => (wakeUp as { recording: string }).recording).toSorted()).toEqual(["REuntried", "REyounger"]);
    expect(await rows("SELECT account_sid, error_code, resource_sid FROM alerts WHERE resource_sid GLOB 'RE*'")).toEqual([{ account_sid: "AC1", error_code: 61000, resource_sid: "REbroken" }]);
    expect(await rows("SELECT sid FROM recordings WHERE start_due_at IS NULL")).toEqual([{ sid: "REbroken" }]);
  });
});

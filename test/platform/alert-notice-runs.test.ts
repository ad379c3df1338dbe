import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { sendAlertNotices } from "../../src/consumers/alert-notices.ts";
import type { WebhookAttempt } from "../../src/domain/incoming/webhook-answer.ts";
import type { WebhookRequest } from "../../src/domain/incoming/webhook-request.ts";
import type { Settings } from "../../src/env.ts";
import { migrated } from "./desk-under-test.ts";
import { countingReads } from "./rows-read.ts";

const MINUTE_MS = 60_000;
const MINUTE = 30_000_000 * MINUTE_MS;
const TOLD: WebhookAttempt = { kind: "answered", status: 204, mediaType: null, body: new Uint8Array() };
const FAILED: WebhookAttempt = { kind: "refused_status", status: 503 };

beforeAll(migrated);
beforeEach(async () => {
  await env.DB.batch(["alerts", "alert_notices", "accounts"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "log").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Accounts with so many kinds each, all due. */
async function keepDue(accounts: number, kinds: number): Promise<void> {
  const numbers = `WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${accounts * kinds - 1})`;
  const sid = `printf('AC%032d', n / ${kinds})`;
  await env.DB.batch([
    env.DB.prepare(`INSERT OR IGNORE INTO accounts (sid, friendly_name, status, owner_account_sid, tokens_updated_at, log_key, alert_url, created_at, updated_at)
      ${numbers} SELECT ${sid}, 'Test', 'active', 'AC0', 0, 'k', 'https://example.com/', 0, 0 FROM numbers`),
    env.DB.prepare(`INSERT INTO alerts (sid, account_sid, error_code, log_level, alert_text, generated_at, created_at)
      ${numbers} SELECT printf('NO%032d', n), ${sid}, n % ${kinds}, 'error', 'Text.', 0, 0 FROM numbers`),
    env.DB.prepare(`INSERT INTO alert_notices (account_sid, error_code, log_level, due_at, due_count, alert_sid, tried_at)
      ${numbers} SELECT ${sid}, n % ${kinds}, 'error', ${MINUTE}, 1, printf('NO%032d', n), 0 FROM numbers`),
  ]);
}

type Send = (request: WebhookRequest) => WebhookAttempt | Promise<WebhookAttempt>;

/** @param atMs what the clock says when the run begins. */
function run(send: Send, atMs: number, scheduledMs = Math.floor(atMs / MINUTE_MS) * MINUTE_MS, d1 = env.DB): Promise<void> {
  vi.setSystemTime(atMs);
  const settings = { publicUrl: "https://gateway.example.com", operatorAuthToken: "token" } as Settings;
  const clock = { nowMs: () => Date.now(), random: () => 0, after: () => () => undefined };
  return sendAlertNotices({ d1, settings, clock, webhook: { send: async (request) => send(request) } }, scheduledMs);
}

describe("a run", () => {
  test.each([{ what: "told", answer: TOLD, kinds: 1 }, { what: "told of several kinds", answer: TOLD, kinds: 5 }, { what: "dead", answer: FAILED, kinds: 1 }])(
    "posts a hundred at most, with four statements each and two for all: accounts that are $what",
    async ({ answer, kinds }) => {
      await keepDue(150 / kinds, kinds);
      let posts = 0;
      const { db, statements } = countingReads();
      await run(() => ((posts += 1), answer), MINUTE, MINUTE, db);
      expect([posts, statements()]).toEqual([100, 402]);
    },
  );

  test("begins nothing after 45 s, also between the kinds of one account", async () => {
    await keepDue(1, 3);
    let posts = 0;
    const slow: Send = () => {
      posts += 1;
      vi.setSystemTime(Date.now() + 23_000);
      return TOLD;
    };
    await run(slow, MINUTE);
    expect(posts).toBe(2);
    await run(slow, MINUTE + MINUTE_MS);
    expect(posts).toBe(3);
  });

  test("that comes late is not repeated by the next minute's while it posts", async () => {
    await keepDue(1, 1);
    const answer = Promise.withResolvers<WebhookAttempt>();
    const posted = Promise.withResolvers<void>();
    const late = run(() => (posted.resolve(), answer.promise), MINUTE + 59_000);
    await posted.promise;
    let again = 0;
    const countAgain: Send = () => ((again += 1), TOLD);
    await run(countAgain, MINUTE + MINUTE_MS);
    expect(again).toBe(0);
    answer.resolve(FAILED);
    await late;
    await run(countAgain, MINUTE + 2 * MINUTE_MS);
    expect(again, "it is due as before").toBe(1);
  });

  test("comes for every minute although one begins a little later than the other", async () => {
    await keepDue(1, 1);
    let posts = 0;
    for (const delayMs of [900, 100, 500]) await run(() => ((posts += 1), FAILED), MINUTE + posts * MINUTE_MS + delayMs);
    expect(posts).toBe(3);
  });

  test("of an account whose URL takes all but one kind brings the others", async () => {
    await keepDue(1, 3);
    const told: (string | null)[] = [];
    const takesOnly12: Send = ({ body }) => {
      const payload = new URLSearchParams(String(body)).get("Payload") ?? "";
      const code = JSON.parse(payload).error_code as string;
      if (code === "0") return FAILED;
      told.push(code);
      return TOLD;
    };
    await run(takesOnly12, MINUTE);
    await run(takesOnly12, MINUTE + MINUTE_MS);
    expect(new Set(told)).toEqual(new Set(["1", "2"]));
  });
});

import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { consumeDeadMessages } from "../../src/consumers/dead-messages.ts";
import { LOG_KEPT_MS } from "../../src/domain/limits.ts";
import { migrated, rows } from "./desk-under-test.ts";
import { gatewayEnv } from "./gateway-env.ts";
import { houseKept } from "./house-kept.ts";

const START = { v: 1, kind: "start", recording: "RE1" };
const CHECK = { v: 1, kind: "check", xr: "XR1" };

beforeAll(migrated);
beforeEach(async () => {
  await env.DB.exec("DELETE FROM dead_messages");
  vi.spyOn(console, "log").mockReturnValue(undefined);
});

async function die(...bodies: unknown[]): Promise<{ acks: number; retries: number }> {
  const batch = createMessageBatch("dipswitch-dispatch-dead-letters", bodies.map((body, index) => ({ id: String(index), timestamp: Date.now(), attempts: 1, body })));
  await consumeDeadMessages(batch, gatewayEnv);
  const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext());
  return { acks: explicitAcks.length, retries: retryMessages.length };
}

const kept = () => rows<{ message: string; deaths: number; redelivered_at: number | null }>("SELECT message, deaths, redelivered_at FROM dead_messages ORDER BY message");

test("a message that was given up is kept once, with how often that was; what was sent again and given up again waits anew", async () => {
  expect(await die(START, CHECK)).toEqual({ acks: 2, retries: 0 });
  await env.DB.exec("UPDATE dead_messages SET redelivered_at = 7");
  expect(await die(START)).toEqual({ acks: 1, retries: 0 });
  expect(await kept()).toEqual([
    { message: JSON.stringify(CHECK), deaths: 1, redelivered_at: 7 },
    { message: JSON.stringify(START), deaths: 2, redelivered_at: null },
  ]);
});

test("one that cannot be kept comes again", async () => {
  await env.DB.exec("ALTER TABLE dead_messages RENAME TO dead_messages_away");
  const died = await die(START);
  await env.DB.exec("ALTER TABLE dead_messages_away RENAME TO dead_messages");
  expect(died).toEqual({ acks: 0, retries: 1 });
});

test("they are deleted thirty days after they were last given up", async () => {
  const now = Date.now();
  await die(START, CHECK);
  await env.DB.prepare("UPDATE dead_messages SET created_at = ?1, updated_at = ?1 WHERE message LIKE '%check%'").bind(now - LOG_KEPT_MS - 1).run();
  await env.DB.prepare("UPDATE dead_messages SET created_at = ?1, updated_at = ?2 WHERE message LIKE '%start%'").bind(now - LOG_KEPT_MS - 1, now - LOG_KEPT_MS).run();
  expect((await houseKept(now))["dead_messages_deleted"]).toEqual({ count: 1 });
  expect((await kept()).map(({ message }) => message)).toEqual([JSON.stringify(START)]);
});

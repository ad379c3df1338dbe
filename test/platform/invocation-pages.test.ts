import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { listInvocations } from "../../src/platform/d1/invocations.ts";
import type { Cursor } from "../../src/platform/d1/page.ts";
import { migrated } from "./desk-under-test.ts";
import { countingReads } from "./rows-read.ts";

const COUNT = 3_000;
const SIZE = 100;
const sidOf = (number: number): string => `XR${number.toString(16).padStart(32, "0")}`;
const numbers = (from: number, to: number): string[] => Array.from({ length: Math.abs(to - from) }, (_item, index) => sidOf(from < to ? from + index : from - index));

beforeAll(async () => {
  await migrated();
  // Number n began at n milliseconds.
  const sql = `INSERT INTO invocations (sid, account_sid, publisher_sid, integration_point, status, price_micros, started_at, duration_ms, desk_seq)
    SELECT value->>0, 'AC1', 'AC2', 'lookup', 'successful', 0, value->>1, 1, 1 FROM json_each(?1)`;
  await env.DB.prepare(sql).bind(JSON.stringify(Array.from({ length: COUNT }, (_item, number) => [sidOf(number), number]))).run();
});

/** The page at this place of a log, and how many rows were read for it. */
async function pageAt(accountSid: string, cursor: Cursor | null, startMs = 0, endMs = COUNT) {
  const { db, rowsRead } = countingReads();
  const { items } = await listInvocations(db, accountSid, { startMs, endMs }, { size: SIZE, number: 0, cursor });
  return { sids: items.map(({ sid }) => sid), rowsRead: await rowsRead() };
}
const at = (direction: Cursor["direction"], number: number): Cursor => ({ direction, createdAtMs: number, sid: sidOf(number) });

describe.each([["the developer's", "AC1"], ["the publisher's", "AC2"]])("a page of a long log, %s", (_whose, account) => {
  test("reads no more rows at the end of the time than at its beginning, there and back", async () => {
    const first = await pageAt(account, null);
    expect(first.sids).toEqual(numbers(COUNT - 1, COUNT - 1 - SIZE));
    const last = await pageAt(account, at("after", SIZE));
    expect(last.sids).toEqual(numbers(SIZE - 1, -1));
    const back = await pageAt(account, at("before", COUNT - 1 - SIZE));
    expect(back.sids).toEqual(numbers(COUNT - 1, COUNT - 1 - SIZE));
    for (const { rowsRead } of [first, last, back]) expect(rowsRead).toBeLessThan(5 * SIZE);
  });

  test("keeps to the time, wherever the cursor is", async () => {
    expect((await pageAt(account, at("after", 2_000), 0, 50)).sids).toEqual(numbers(49, -1));
    expect((await pageAt(account, at("after", 2_000), 1_990, 2_500)).sids).toEqual(numbers(1_999, 1_989));
    expect((await pageAt(account, at("before", 1_000), 2_990, COUNT)).sids).toEqual(numbers(COUNT - 1, 2_989));
    expect((await pageAt(account, at("before", 1_000), 0, 1_011)).sids).toEqual(numbers(1_010, 1_000));
  });
});

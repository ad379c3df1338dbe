import type { Login, TestGateway } from "./gateway.ts";

/** Texts of a call that somebody else may have chosen. */
export type LoggedTexts = { unique_name?: string; detail?: string; warning?: string };

/** Calls of the developer's; `startMs` is when the first of them began, and three begin at each time. */
export type LoggedRows = { developer: Login; publisher: Login; count: number; startMs: number; everyMs: number; texts?: LoggedTexts };

let stored = 0;
const sidOf = (prefix: string, number: number): string => prefix + number.toString(16).padStart(32, "0");

/** Stores calls as a desk's flush would have. @returns their request SIDs, the oldest first. */
export async function storeInvocations(gateway: TestGateway, { developer, publisher, count, startMs, everyMs, texts = {} }: LoggedRows): Promise<string[]> {
  const first = stored;
  stored += count;
  const details = {
    failure: null,
    detail: null,
    warning: null,
    wait_ms: 0,
    bytes_in: 200,
    bytes_out: 300,
    attempts: [{ started_at_ms: startMs, duration_ms: 20, status: 200, failure: null }],
    number: { country: "US", last4: "4546", hmac: "00" },
    unique_name: "anagrams",
    idempotency_key: null,
    ...texts,
  };
  const sql = `INSERT INTO invocations (sid, account_sid, publisher_sid, add_on_sid, version_sid, configuration_sid, integration_point, status, price_micros, started_at, duration_ms, desk_seq, details)
    WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?1)
    SELECT printf('XR%032x', ?2 + n), ?3, ?4, ?5, ?6, ?7, 'lookup', 'successful', 100, ?8 + n / 3 * ?9, 20, 1, ?10 FROM numbers`;
  const values = [count, first, developer.sid, publisher.sid, sidOf("XB", 1), sidOf("XC", 1), sidOf("XE", 1), startMs, everyMs, JSON.stringify(details)];
  const db = await gateway.miniflare.getD1Database("DB");
  await db.prepare(sql).bind(...values).run();
  return Array.from({ length: count }, (_item, index) => sidOf("XR", first + index));
}

import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { HOUSEKEEPING_BATCH, HOUSEKEEPING_BATCHES, LOG_KEPT_MS } from "../../src/domain/limits.ts";
import { emptyOldDetails } from "../../src/platform/d1/invocations.ts";
import { migrated, rows } from "./desk-under-test.ts";
import { houseKept } from "./house-kept.ts";

const NOW = 1_800_000_000_000;
const DUE = NOW - LOG_KEPT_MS;

beforeAll(migrated);
beforeEach(async () => {
  await env.DB.batch(["invocations", "housekeeping"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
});

let last = 0;
/** Delivered in this order, each with the time at which it started. */
async function deliver(startedAtMs: number[]): Promise<void> {
  const list = startedAtMs.map((atMs) => [`XR${(last += 1)}`, atMs]);
  const sql = `INSERT INTO invocations (sid, account_sid, integration_point, status, price_micros, started_at, duration_ms, desk_seq, details)
    SELECT value->>0, 'AC1', 'lookup', 'successful', 0, value->>1, 1, 1, '{}' FROM json_each(?1)`;
  await env.DB.prepare(sql).bind(JSON.stringify(list)).run();
}
const kept = async () => (await rows<{ started_at: number }>("SELECT started_at FROM invocations WHERE details IS NOT NULL ORDER BY rowid")).map((row) => row.started_at - DUE);
const emptiedBy = async () => (await houseKept(NOW))["housekeeping"];

/** The same database; the statements that are prepared stand in `statements`. */
function noting(db: D1Database, statements: string[]): D1Database {
  return new Proxy(db, {
    get(target, name: keyof D1Database) {
      if (name !== "prepare") return target[name].bind(target);
      return (sql: string) => {
        statements.push(sql);
        return target.prepare(sql);
      };
    },
  });
}

describe("the log's details", () => {
  test("are emptied when their thirty days are over, and no others", async () => {
    await deliver([DUE - 2, DUE - 1, DUE, DUE + 1]);
    expect(await emptiedBy()).toEqual({ invocations_emptied: 2 });
    expect(await kept()).toEqual([0, 1]);
  });

  test("are emptied from where the last run stopped", async () => {
    await deliver([DUE - 1, DUE - 1]);
    await houseKept(NOW);
    expect(await emptiedBy()).toEqual({ invocations_emptied: 0 });
    await deliver([DUE - 1, DUE + 1]);
    expect(await emptiedBy()).toEqual({ invocations_emptied: 1 });
    expect(await kept()).toEqual([1]);
  });

  test("of what a desk delivered late are emptied with the rows before them", async () => {
    await deliver([DUE - 1, DUE + 1, DUE - 9]);
    await houseKept(NOW);
    expect(await kept()).toEqual([1, -9]);
    await houseKept(NOW + 2);
    expect(await kept()).toEqual([]);
  });

  test("are emptied in batches, so many in a run, and the next run goes on", async () => {
    const inOneRun = HOUSEKEEPING_BATCH * HOUSEKEEPING_BATCHES;
    await deliver(Array.from({ length: inOneRun + 1 }, () => DUE - 1));
    expect(await emptiedBy()).toEqual({ invocations_emptied: inOneRun });
    expect(await emptiedBy()).toEqual({ invocations_emptied: 1 });
  });

  test("cost no scan: each statement goes to its rows by their numbers", async () => {
    await deliver(Array.from({ length: 500 }, (_, index) => DUE - 400 + index));
    const statements: string[] = [];
    await emptyOldDetails(noting(env.DB, statements), DUE, 100);
    const plans = await Promise.all(statements.map((sql) => rows<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...(sql.match(/\?\d/g) ?? []).map(() => "1"))));
    const onInvocations = plans.flat().map(({ detail }) => detail).filter((detail) => detail.includes("invocations"));
    expect(onInvocations).toHaveLength(2);
    for (const detail of onInvocations) expect(detail).toMatch(/^SEARCH invocations USING INTEGER PRIMARY KEY \(rowid>\?( AND rowid<\?)?\)$/);
    // And it leaves off at the end of its batch: three more batches of a hundred are past their time.
    expect(await kept()).toHaveLength(400);
  });
});
